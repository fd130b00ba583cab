import Foundation
import Testing

extension Lifecycle {
    /// What a changed SecretProviderClass does to each kind of workload that mounts it, and what can change in place.
    @Suite(.enabled(if: Kubectl.isInstalled, "no kubectl is on the PATH")) struct WorkloadRestartTests {
        private static let plan = "plans/aks-csi-demo"

        private static func workload(_ name: String, _ kind: String, _ spec: String) -> String {
            "  \(name):\n    kind: \(kind)\n    namespace: infra\n"
                + "    mounts: [{secretProviderClass: aks-csi-demo, path: /mnt/x}]\n    spec: \(spec)\n"
        }

        private static let workloads: String = {
            let pod = "containers: [{name: main, image: \"app:1\"}]"
            let once = "{spec: {restartPolicy: Never, \(pod)}}"
            return "workloads:\n" + workload("dep", "Deployment", "{template: {spec: {\(pod)}}}")
                + workload("sts", "StatefulSet", "{serviceName: sts, template: {spec: {\(pod)}}}")
                + workload("ds", "DaemonSet", "{template: {spec: {\(pod)}}}")
                + workload("lazy", "DaemonSet", "{updateStrategy: {type: OnDelete}, template: {spec: {\(pod)}}}")
                + workload("once", "Job", "{backoffLimit: 3, template: \(once)}")
                + workload("nightly", "CronJob", "{schedule: \"0 0 * * *\", jobTemplate: {spec: {template: \(once)}}}")
        }()

        /// Uids of the pods, by the workload that their names begin with.
        private func pods(_ kubectl: Kubectl) async throws -> [String: String] {
            let lines = try await kubectl(
                "get", "pods", "-n", "infra", "-o",
                "jsonpath={range .items[*]}{.metadata.name} {.metadata.uid}{\"\\n\"}{end}"
            ).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            return Dictionary(
                lines.map { (String($0[0].prefix { $0 != "-" }), $0[1]) }, uniquingKeysWith: { first, _ in first })
        }

        @Test func `a changed class restarts what can be restarted, and the plan says what becomes of the others`()
            async throws
        {
            try await SandboxWorld.with { sandbox in
                let kubectl = try Kubectl(sandbox: sandbox)
                try sandbox.editSpec("pods:\n", Self.workloads + "pods:\n")
                try await sandbox.purser("apply", Self.plan, "--yes")
                let before = try await pods(kubectl)
                #expect(Set(before.keys) == ["aks", "dep", "sts", "ds", "lazy", "once"])
                try sandbox.editSpec("- secret: aks-csi-demo-secret", "- {secret: aks-csi-demo-secret, alias: other}")
                let planned = try await sandbox.purser("plan", Self.plan).output
                for said in [
                    "its pods are replaced, because the SecretProviderClasses", "its next run has it",
                    "a job that has run does not run again", "deletes its former one (OnDelete)",
                ] {
                    #expect(planned.contains(said), "\(planned)")
                }
                try await sandbox.purser("apply", Self.plan, "--yes")
                let after = try await pods(kubectl)
                for name in ["dep", "sts", "ds"] { #expect(after[name] != before[name], "\(name)") }
                for name in ["lazy", "once"] { #expect(after[name] == before[name], "\(name)") }
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                #expect(again.output.contains("No changes"), "\(again.transcript)")
            }
        }

        @Test func `what the API server lets change is changed without another run or another pod`() async throws {
            try await SandboxWorld.with { sandbox in
                let kubectl = try Kubectl(sandbox: sandbox)
                try sandbox.editSpec("pods:\n", Self.workloads + "pods:\n")
                try await sandbox.purser("apply", Self.plan, "--yes")
                let before = try await pods(kubectl)
                try sandbox.editSpec("backoffLimit: 3", "backoffLimit: 5")
                try sandbox.editSpec(
                    "    spec:                               # the rest of the pod",
                    "    spec:\n      activeDeadlineSeconds: 3600\n"
                        + "      tolerations: [{key: spot, operator: Exists}]  # the rest of the pod")
                try await sandbox.purser("apply", Self.plan, "--yes")
                #expect(try await pods(kubectl) == before)
                let tolerations = try await kubectl(
                    "get", "pod", "aks-csi-demo", "-n", "infra", "-o", "jsonpath={.spec.tolerations[*].key}")
                #expect(tolerations.contains("spot") && tolerations.contains("node.kubernetes.io/not-ready"))
                #expect(
                    try await kubectl("get", "job", "once", "-n", "infra", "-o", "jsonpath={.spec.backoffLimit}") == "5"
                )
                let again = try await sandbox.purser("plan", Self.plan, "--detailed-exitcode", expecting: 0)
                #expect(again.output.contains("No changes"), "\(again.transcript)")
            }
        }

        @Test func `a scaled workload's replicas are its scaler's`() async throws {
            try await SandboxWorld.with { sandbox in
                let kubectl = try Kubectl(sandbox: sandbox)
                try sandbox.editSpec(
                    "pods:\n",
                    "workloads:\n"
                        + Self.workload(
                            "dep", "Deployment",
                            "{replicas: 2, template: {spec: {containers: [{name: main, image: \"app:1\"}]}}}")
                        + "pods:\n")
                try await sandbox.purser("apply", Self.plan, "--yes")
                let path = "/apis/apps/v1/namespaces/infra/deployments/dep/scale"
                try await kubectl(
                    "replace", "--raw", "\(path)?fieldManager=autoscaler", "-f", "-",
                    input:
                        #"{"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"dep","namespace":"infra"},"#
                        + #""spec":{"replicas":3}}"#)
                let stopped = try await sandbox.purser("plan", Self.plan, expecting: 1)
                #expect(stopped.errors.contains("plan/field-conflict"), "\(stopped.transcript)")
                #expect(stopped.errors.contains(".spec.replicas is owned by autoscaler"), "\(stopped.transcript)")
                try sandbox.editSpec("replicas: 2, ", "")
                try await sandbox.purser("apply", Self.plan, "--yes")
                #expect(
                    try await kubectl("get", "deployment", "dep", "-n", "infra", "-o", "jsonpath={.spec.replicas}")
                        == "3")
            }
        }
    }
}
