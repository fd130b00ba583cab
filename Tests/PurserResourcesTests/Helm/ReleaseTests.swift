import Crypto
import Foundation
import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

@Suite struct ReleaseTests {
    private let helm = FakeHelm()
    private let cluster = FakeCluster()
    private let test = TestOperation("releases/csi")
    private let desired = Attributes([
        "name": "csi", "namespace": "csi", "chart": "csi-secrets-store-provider-azure",
        "repository": "https://charts.test", "version": "1.8.2", "timeout": "2m", "status": "deployed",
        "values": ["secrets-store-csi-driver": ["enableSecretRotation": true]],
    ])

    private func release() async throws -> Release {
        let clients = try await cluster.clients(helm: helm)
        return Release(helm: clients.helm, kubernetes: clients.kubernetes, polling: clients.polling)
    }

    /// What Helm keeps in the cluster, as far as it says whose the release is.
    private func mark(_ environment: String, release: String = "csi") {
        cluster.put(
            [
                "metadata": [
                    "name": "sh.helm.release.v1.csi.v1",
                    "labels": [
                        "owner": "helm", "name": "csi", "version": "1", "purser-environment": .string(environment),
                        "purser-release": .string(release),
                    ],
                ]
            ], at: "/api/v1/namespaces/csi/secrets/sh.helm.release.v1.csi.v1")
    }

    @Test func `a release is installed with its version pinned, and marked as ours`() async throws {
        let made = try await release().create(desired, test.operation)
        #expect(made[Release.revision] == 1)
        #expect(made[Release.appVersion] == "1.8.2")
        let install = try #require(helm.calls.first { $0.first == "upgrade" })
        #expect(install.contains("--install"))
        #expect(install.contains("--wait"))
        #expect(install.contains("120s"))
        #expect(!install.contains("--atomic") && !install.contains("--rollback-on-failure"))
        #expect(install.contains("purser-environment=example,purser-release=csi"))
        let pull = try #require(helm.calls.first { $0.first == "pull" })
        #expect(
            pull.prefix(7) == [
                "pull", "csi-secrets-store-provider-azure", "--repo", "https://charts.test", "--version", "1.8.2",
                "--destination",
            ])
        #expect(install[2].hasPrefix(pull[7]), "what was fetched is what is installed")
    }

    @Test func `the digest of the archive is recorded`() async throws {
        let made = try await release().create(desired, test.operation)
        let digest = SHA256.hash(data: Data("1.8.2 archive".utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        #expect(made[Release.digest] == "sha256:" + digest.joined())
    }

    @Test func `a chart that is another than the reviewed one is not installed`() async throws {
        let release = try await release()
        let reviewed = desired.merging(Attributes(["digest": "sha256:00"]))
        let failure = await #expect(throws: ResourceFailure.self) {
            try await release.create(reviewed, self.test.operation)
        }
        #expect(failure?.diagnosticCode == .chartChanged)
        #expect(helm.verbs == [])
    }

    @Test func `what was uninstalled is restored, whatever the repository gives out by then`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        try await release.delete(made, test.operation)
        helm.give("another archive")
        let restored = try await release.restore(made, test.operation)
        #expect(restored[Release.digest] != made[Release.digest])
        #expect(helm.revisions.count == 1)
    }

    @Test func `a secret that somebody gave Helm is not read into state`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        var theirs = desired
        theirs.values["values"] = ["admin": ["password": "hunter2"], "env": [["name": "API_KEY", "value": "hunter3"]]]
        _ = try await release.update(made, to: theirs, test.operation)
        let seen = try #require(try await release.read(made, wanted: desired, test.operation)).attributes
        #expect(
            seen.values["values"] == [
                "admin": ["password": "(sensitive)"], "env": [["name": "API_KEY", "value": "(sensitive)"]],
            ])
    }

    @Test func `what is installed reads back as what was wanted`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        mark("example")
        let observed = try #require(try await release.read(made, wanted: desired, test.operation))
        #expect(observed.attributes == made)
        #expect(observed.owner == test.operation.owner)
    }

    @Test func `a release that failed shows so and is to be upgraded`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        helm.leave("failed")
        let observed = try #require(try await release.read(made, wanted: desired, test.operation))
        #expect(observed.attributes[Release.status] == "failed")
        #expect(try #require(Release.attribute("status")).effect == .updates)
    }

    @Test func `restoring goes back to the recorded revision`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        var newer = desired
        newer.values["values"] = [:]
        _ = try await release.update(made, to: newer, test.operation)
        let restored = try await release.restore(made, test.operation)
        #expect(helm.verbs == ["upgrade", "upgrade", "rollback"])
        #expect(helm.revisions.last?.values == helm.revisions.first?.values)
        #expect(restored[Release.revision] == 3)
        #expect(restored.values["values"] == made.values["values"])
        // Done again, for fear that something came late, it makes nothing more.
        _ = try await release.restore(made, test.operation)
        #expect(helm.revisions.count == 3)
    }

    @Test func `restoring what was uninstalled installs it`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        try await release.delete(made, test.operation)
        let restored = try await release.restore(made, test.operation)
        #expect(helm.verbs == ["upgrade", "uninstall", "upgrade"])
        #expect(restored == made)
    }

    @Test func `restoring what is as it was changes nothing`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        #expect(try await release.restore(made, test.operation) == made)
        #expect(helm.verbs == ["upgrade"])
    }

    @Test func `a release of somebody else keeps its name`() async throws {
        let release = try await release()
        _ = try await release.create(desired, test.operation)
        mark("other")
        let failure = await #expect(throws: ResourceFailure.self) {
            try await release.create(self.desired, self.test.operation)
        }
        #expect(failure?.diagnosticCode == .applyAlreadyExists)
        #expect(failure?.summary.contains("'other'") == true)
    }

    @Test func `an install of ours that was cut short is begun again`() async throws {
        let release = try await release()
        _ = try await release.create(desired, test.operation)
        mark("example")
        helm.leave("pending-install")
        let made = try await release.create(desired, test.operation)
        #expect(made[Release.revision] == 1)
        #expect(helm.verbs == ["upgrade", "uninstall", "upgrade"])
    }

    @Test func `the Helm of a killed run is waited for before anything is taken back`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        helm.leave("pending-upgrade", forStatusCalls: 3)
        #expect(try await release.restore(made, test.operation) == made)
        #expect(helm.verbs == ["upgrade"])
        #expect(test.reports.count == 1)
    }

    @Test func `a dead Helm's upgrade is rolled back`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        _ = try await release.update(made, to: desired, test.operation)
        helm.leave("pending-upgrade")
        _ = try await release.restore(made, test.operation)
        #expect(helm.verbs == ["upgrade", "upgrade", "rollback"])
    }

    @Test func `a release that another Helm works on is left alone, and the way out told`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        helm.leave("pending-upgrade")
        let failure = await #expect(throws: ResourceFailure.self) {
            try await release.update(made, to: self.desired, self.test.operation)
        }
        #expect(failure?.diagnosticCode == .applyReleasePending)
        #expect(failure?.hint?.contains("helm uninstall csi --namespace csi") == true)
    }

    private static let rights = "/apis/rbac.authorization.k8s.io/v1"

    private func hook(_ name: String, _ more: [String: JSONValue] = [:], instance: String = "csi") -> JSONValue {
        .object(
            [
                "metadata": [
                    "name": .string(name), "annotations": ["helm.sh/hook": "pre-install"],
                    "labels": [
                        "app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": .string(instance),
                    ],
                ]
            ].merging(more) { $1 })
    }

    @Test func `what an install that was cut short left of its hooks goes too`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        let (rights, account) = (Self.rights, "/api/v1/namespaces/csi/serviceaccounts")
        let mine: [String: JSONValue] = ["subjects": [["namespace": "csi"]], "roleRef": ["name": "mine"]]
        let theirs: [String: JSONValue] = ["subjects": [["namespace": "other"]], "roleRef": ["name": "theirs"]]
        cluster.put(hook("up"), at: "\(account)/up")
        cluster.put(hook("up", instance: "another"), at: "\(account)/another")
        cluster.put(hook("mine", mine), at: "\(rights)/clusterrolebindings/mine")
        cluster.put(hook("theirs", theirs), at: "\(rights)/clusterrolebindings/theirs")
        cluster.put(hook("mine"), at: "\(rights)/clusterroles/mine")
        cluster.put(hook("theirs"), at: "\(rights)/clusterroles/theirs")
        cluster.put(hook("unbound"), at: "\(rights)/clusterroles/unbound")
        try await release.delete(made, test.operation)
        #expect(
            cluster.writes.map(\.path) == [
                "\(account)/up", "\(rights)/clusterrolebindings/mine", "\(rights)/clusterroles/mine",
                "\(rights)/clusterroles/unbound",
            ])
    }

    @Test func `what nothing binds may be of a release of the same name elsewhere, and stays`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        cluster.put(hook("unbound"), at: "\(Self.rights)/clusterroles/unbound")
        cluster.put(
            [
                "metadata": [
                    "name": "sh.helm.release.v1.csi.v1", "namespace": "other",
                    "labels": ["owner": "helm", "name": "csi"],
                ]
            ], at: "/api/v1/namespaces/other/secrets/sh.helm.release.v1.csi.v1")
        try await release.delete(made, test.operation)
        #expect(cluster.writes.isEmpty)
    }

    @Test func `deleting what is not there is done`() async throws {
        try await release().delete(desired, test.operation)
        #expect(helm.verbs == ["uninstall"], "Helm is asked, and what it does not find is gone")
        #expect(cluster.writes.isEmpty)
    }

    @Test func `the chart's name and version come apart at the right hyphen`() {
        #expect(ChartName("csi-driver-1.2.3-rc.1", likely: "csi-driver")?.version == "1.2.3-rc.1")
        #expect(ChartName("other-chart-1.2.3", likely: "csi-driver")?.name == "other-chart")
        #expect(ChartName("oci-chart-2.0.0", likely: "oci://x.test/oci-chart")?.name == "oci://x.test/oci-chart")
        #expect(ChartName("nothing", likely: nil) == nil)
    }
}

@Suite struct RepositoryRuleTests {
    @Test(arguments: [
        "https://charts.test/x", "oci://registry.test/x", "http://127.0.0.1:8080", "http://localhost/x",
        "http://[::1]:80/",
    ])
    func `charts come over lines that nobody else can write on`(address: String) {
        #expect(RepositoryRule.rule.problem(address) == nil)
    }

    @Test(arguments: [
        "http://charts.test", "http://localhost.evil.test", "http://127.0.0.1@evil.test/", "ftp://x", "charts",
    ])
    func `and over no others`(address: String) {
        #expect(RepositoryRule.rule.problem(address) != nil)
    }
}
