import Foundation
import Synchronization
import Testing

extension Lifecycle {
    /// The built `purser` at the sandbox's cluster and at a real API server: all that it makes in a cluster, from the
    /// plan to its end.
    @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), ClusterTold()) struct ClusterLifecycleTests {
        @Test(arguments: TestCluster.Kind.available)
        func `every kind is planned, made, left alone and taken away`(_ kind: TestCluster.Kind) async throws {
            try await ClusterUser.with(kind) { user in
                let kubectl = user.kubectl
                let namespaces = try await kubectl("get", "namespaces", "-o", "name")
                try user.write(ClusterSpec(hasCronJob: user.cluster.minor >= 21).text)
                let plan = try await user.purser("plan")
                for address in [
                    "namespaces/shop", "serviceAccounts/front", "secretProviderClasses/shop", "pods/reader",
                ] {
                    #expect(plan.output.contains("+ \(address)"), "\(plan.transcript)")
                }
                try await user.purser("apply", "--yes")
                try await user.expectNoChanges()
                let mounted = try await kubectl(
                    "get", "secretproviderclasspodstatuses", "-n", "shop", "-o",
                    "jsonpath={range .items[*]}{.status.secretProviderClassName}={.status.mounted} {end}")
                #expect(mounted.contains("shop=true"))
                #expect(try await kubectl("get", "secret", "shop-password", "-n", "shop", "-o", "name") != "")
                try await user.purser("destroy", "--yes")
                #expect(try await kubectl("get", "namespaces", "-o", "name") == namespaces)
                #expect(try await kubectl("get", "secretproviderclasses", "-A", "-o", "name") == "")
            }
        }

        @Test(arguments: TestCluster.Kind.available)
        func `what others change is drift, or a conflict with its owner`(_ kind: TestCluster.Kind) async throws {
            try await ClusterUser.with(kind) { user in
                let kubectl = user.kubectl
                try user.write(ClusterSpec().text)
                try await user.purser("apply", "--yes")
                try await kubectl("label", "deployment", "front", "-n", "shop", "tier=other", "--overwrite")
                let drift = try await user.purser("plan")
                #expect(drift.output.contains(#"~ labels.tier: "other" -> "front""#))
                try await user.purser("apply", "--yes")
                try await user.expectNoChanges()
                // Fields that the spec does not name are nobody's business.
                try await kubectl("annotate", "deployment", "front", "-n", "shop", "note=x")
                try await user.expectNoChanges()

                let scaled = """
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: front, namespace: shop}
                    spec: {replicas: 1}
                    """
                try await kubectl(
                    "apply", "--server-side", "--force-conflicts", "--field-manager=scaler", "--validate=false", "-f",
                    "-", input: scaled)
                let conflict = try await user.purser("plan", expecting: 1)
                #expect(conflict.output.contains("plan/field-conflict"))
                #expect(conflict.output.contains("scaler"))
                #expect(conflict.output.contains("spec.replicas"))
                try await user.purser("apply", "--yes", "--force-conflicts")
                try await user.expectNoChanges()
                let replicas = try await kubectl(
                    "get", "deployment", "front", "-n", "shop", "-o", "jsonpath={.spec.replicas}")
                #expect(replicas == "2")
            }
        }

        @Test(arguments: TestCluster.Kind.available)
        func `what cannot change is replaced, and what can is not`(_ kind: TestCluster.Kind) async throws {
            try await ClusterUser.with(kind) { user in
                var spec = ClusterSpec()
                try user.write(spec.text)
                try await user.purser("apply", "--yes")
                spec.image = "registry.k8s.io/pause:3.9"
                try await changed(user, spec, ["~ pods/reader", "~ workloads/front", "~ workloads/store"])
                spec.path = "/etc/elsewhere"
                try await changed(user, spec, ["-/+ pods/reader", "~ workloads/front"])
                spec.command = "other"
                try await changed(user, spec, ["-/+ workloads/once"])
                spec.storage = "2Gi"
                try await changed(user, spec, ["-/+ workloads/store"])
                spec.storage = "3Gi"
                try await changed(user, spec, ["-/+ workloads/store"])
                spec.selector = "other"
                try await changed(user, spec, ["-/+ workloads/front"])
                spec.secretType = "example.com/password"
                try await changed(user, spec, ["-/+ secretProviderClasses/shop"])
                let type = try await user.kubectl(
                    "get", "secret", "shop-password", "-n", "shop", "-o", "jsonpath={.type}")
                #expect(type == "example.com/password")
            }
        }

        private func changed(
            _ user: ClusterUser, _ spec: ClusterSpec, _ lines: [String],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            try user.write(spec.text)
            let plan = try await user.purser("plan", sourceLocation: sourceLocation)
            for line in lines {
                #expect(plan.output.contains(line), "\(plan.transcript)", sourceLocation: sourceLocation)
            }
            try await user.purser("apply", "--yes", sourceLocation: sourceLocation)
            try await user.expectNoChanges(sourceLocation: sourceLocation)
        }

        @Test(arguments: TestCluster.Kind.available)
        func `workloads restart with their class, and say so`(_ kind: TestCluster.Kind) async throws {
            try await ClusterUser.with(kind) { user in
                var spec = ClusterSpec()
                try user.write(spec.text)
                try await user.purser("apply", "--yes")
                let pods = ["get", "pods", "-n", "shop", "-l", "app.kubernetes.io/name=front", "-o", "name"]
                let before = try await user.kubectl(pods)
                spec.alias = "renamed"
                try user.write(spec.text)
                let plan = try await user.purser("plan")
                #expect(
                    plan.output.contains("its pods are replaced, because the SecretProviderClasses that they mount"))
                try await user.purser("apply", "--yes")
                try await user.expectNoChanges()
                #expect(try await user.kubectl(pods) != before)
            }
        }

        @Test(arguments: TestCluster.Kind.available)
        func `what is held by a finalizer is told, and goes when it is let go`(_ kind: TestCluster.Kind) async throws {
            try await ClusterUser.with(kind) { user in
                let kubectl = user.kubectl
                try user.write(ClusterSpec().text)
                try await user.purser("apply", "--yes")
                let patch = { (finalizers: String) in
                    _ = try await kubectl(
                        "patch", "secretproviderclass", "shop", "-n", "shop", "--type=merge", "-p",
                        "{\"metadata\": {\"finalizers\": \(finalizers)}}")
                }
                try await patch(#"["example.com/hold"]"#)
                let holder = "finalizer 'example.com/hold', which its controller has not removed"
                let run = try await user.purser("destroy", "--yes", "--json") { said in
                    for _ in 0..<600 where !said().contains(holder) {
                        // Another process is waited for, which tells in no other way how far it is.
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await patch("null")
                }
                #expect(run.output.contains(holder), "\(run.transcript)")
                _ = try await kubectl.refusal("get", "namespace", "shop")
            }
        }
    }
}

/// The clusters that were started while a suite ran.
final class ClustersSeen: Sendable {
    @TaskLocal static var current: ClustersSeen?

    private let found = Mutex<Set<String>>([])

    func note(_ cluster: TestCluster) { _ = found.withLock { $0.insert(cluster.description) } }

    var text: String {
        let names = found.withLock { $0.sorted() }
        return names.isEmpty ? "no cluster" : names.joined(separator: " and ")
    }
}

/// Tells in the output which clusters a suite was run against.
struct ClusterTold: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let seen = ClustersSeen()
        try await ClustersSeen.$current.withValue(seen, operation: function)
        let kubectl = Kubectl.Program.found.last.map { ", with kubectl \($0.version)" } ?? ""
        print("\(test.name) ran against \(seen.text)\(kubectl), with \(HelmProgram.told)\(ClusterScope.left)")
    }
}

/// An environment of all that Purser makes in a cluster, and of the vault that it reads.
struct ClusterSpec {
    var hasCronJob = false
    var image = "registry.k8s.io/pause:3.10"
    var path = "/etc/shop"
    var alias = "password"
    var command = "first"
    /// Of the StatefulSet's claims, which outlive it; none without it.
    var storage: String?
    var selector = "front"
    var secretType = "Opaque"

    var text: String {
        """
        apiVersion: purser/v1
        environment: cluster
        variables:
          tenant: {env: AZURE_TENANT_ID}
          subscription: {env: AZURE_SUBSCRIPTION_ID}
        azure: {tenant: "${var.tenant}", subscription: "${var.subscription}", location: westeurope}
        cluster: {nodeResourceGroup: aks-nodes-west-dev}
        groups:
          shop: {name: cluster-shop}
        identities:
          shop: {name: cluster-shop-identity, group: shop, nodes: all}
        vaults:
          shop:
            name: cluster-shop-vault
            group: shop
            authorization: policies
            access:
              shop: {identity: shop, secrets: [get]}
            secrets:
              password: {value: {env: SECRET_VALUE}}
        namespaces:
          shop: {labels: {tier: shop}}
        serviceAccounts:
          front: {namespace: shop, annotations: {example.com/note: made}}
        secretProviderClasses:
          shop:
            namespace: shop
            vault: shop
            identity: {userAssigned: shop}
            objects:
              - {secret: password, alias: \(alias)}
            secretObjects:
              shop-password: {type: \(secretType), data: {password: \(alias)}}
        pods:
          reader:
            namespace: shop
            mounts:
              - {secretProviderClass: shop, path: \(path)}
              - {secret: shop-password, path: /etc/password}
            spec:
              containers:
                - {name: reader, image: "\(image)", resources: {limits: {memory: 1024Mi, cpu: 1000m}}}
        workloads:
          front:
            kind: Deployment
            namespace: shop
            labels: {tier: front}
            mounts: [{secretProviderClass: shop, path: \(path)}]
            spec:
              replicas: 2
              selector: {matchLabels: {app: \(selector)}}
              template:
                metadata: {labels: {app: \(selector), app.kubernetes.io/name: front}}
                spec:
                  serviceAccountName: front
                  containers: [{name: front, image: "\(image)", ports: [{containerPort: 80}]}]
          store:
            kind: StatefulSet
            namespace: shop
            mounts: [{secretProviderClass: shop, path: /etc/shop}]
            spec:
              serviceName: store
              replicas: 1
              template: {spec: {containers: [{name: store, image: "\(image)"}]}}
              \(storage.map(Self.claims) ?? "")
          agent:
            kind: DaemonSet
            namespace: shop
            mounts: [{secretProviderClass: shop, path: /etc/shop}]
            spec: {template: {spec: {containers: [{name: agent, image: "registry.k8s.io/pause:3.10"}]}}}
          once:
            kind: Job
            namespace: shop
            mounts: [{secretProviderClass: shop, path: /etc/shop}]
            spec:
              template:
                spec:
                  restartPolicy: Never
                  containers: [{name: once, image: "registry.k8s.io/pause:3.10", command: ["\(command)"]}]
        \(hasCronJob ? Self.cronJob : "")
        """
    }

    private static func claims(_ storage: String) -> String {
        "volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], "
            + "resources: {requests: {storage: \(storage)}}}}]"
    }

    private static let cronJob = """
          nightly:
            kind: CronJob
            namespace: shop
            spec:
              schedule: "0 3 * * *"
              jobTemplate:
                spec:
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [{name: nightly, image: "registry.k8s.io/pause:3.10"}]
        """
}
