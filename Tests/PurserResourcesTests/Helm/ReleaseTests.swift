import PurserClients
import PurserEngine
import Synchronization
import Testing

@testable import PurserResources

/// Plays out `helm`: releases with their history, and a way to leave one half done.
private final class FakeHelm: HelmRunner {
    struct Revision: Sendable {
        var status: String
        var chart: String
        var values: JSONValue
    }

    private let state = Mutex<(revisions: [Revision], calls: [[String]], questions: Int)>(([], [], .max))
    var calls: [[String]] { state.withLock { $0.calls } }
    var revisions: [Revision] { state.withLock { $0.revisions } }
    var verbs: [String] { calls.compactMap(\.first).filter { $0 != "status" && $0 != "history" && $0 != "version" } }

    /// Leaves the latest revision in a status; after so many questions it is deployed.
    func leave(_ status: String, forStatusCalls count: Int = .max) {
        state.withLock {
            $0.revisions[$0.revisions.count - 1].status = status
            $0.questions = count
        }
    }

    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        state.withLock { state in
            state.calls.append(invocation.arguments)
            let arguments = invocation.arguments
            switch arguments.first {
            case "version": return HelmOutput(exitCode: 0, standardOutput: Array("v3.17.1+g980d8ac".utf8))
            case "upgrade": return Self.upgrade(arguments, invocation.input, &state.revisions)
            case "uninstall":
                if state.revisions.isEmpty { return Self.notFound }
                state.revisions = []
                return HelmOutput(exitCode: 0)
            case "rollback":
                guard let number = Int(arguments[2]), state.revisions.indices.contains(number - 1) else {
                    return Self.notFound
                }
                state.revisions[state.revisions.count - 1].status = "superseded"
                state.revisions.append(state.revisions[number - 1])
                state.revisions[state.revisions.count - 1].status = "deployed"
                return HelmOutput(exitCode: 0)
            default:
                if arguments.first == "status" {
                    state.questions -= 1
                    if state.questions == 0 { state.revisions[state.revisions.count - 1].status = "deployed" }
                }
                return Self.tell(arguments, state.revisions)
            }
        }
    }

    private static func upgrade(
        _ arguments: [String], _ input: [UInt8]?, _ revisions: inout [Revision]
    ) -> HelmOutput {
        let version = arguments.firstIndex(of: "--version").map { arguments[$0 + 1] } ?? ""
        let values = input.flatMap { try? JSONValue(parsing: $0) } ?? [:]
        if !revisions.isEmpty { revisions[revisions.count - 1].status = "superseded" }
        revisions.append(Revision(status: "deployed", chart: "\(arguments[2])-\(version)", values: values))
        return output(status(revisions))
    }

    private static func tell(_ arguments: [String], _ revisions: [Revision]) -> HelmOutput {
        guard let last = revisions.last else { return notFound }
        switch arguments.first {
        case "status": return output(status(revisions))
        case "get": return output(last.values)
        default:
            return output(
                .array(
                    revisions.enumerated().map { index, revision in
                        [
                            "revision": .integer(index + 1), "status": .string(revision.status),
                            "chart": .string(revision.chart), "app_version": "1.8.2", "description": "",
                        ]
                    }))
        }
    }

    private static func status(_ revisions: [Revision]) -> JSONValue {
        [
            "name": "csi", "namespace": "csi", "version": .integer(revisions.count),
            "info": ["status": .string(revisions.last?.status ?? "")],
        ]
    }

    private static func output(_ value: JSONValue) -> HelmOutput {
        HelmOutput(exitCode: 0, standardOutput: value.encoded)
    }
    private static let notFound = HelmOutput(exitCode: 1, standardError: "Error: release: not found")
}

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

    @Test func `what an install that was cut short left of its hooks goes too`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        let rights = "/apis/rbac.authorization.k8s.io/v1"
        let account = "/api/v1/namespaces/csi/serviceaccounts"
        func hook(_ name: String, _ more: [String: JSONValue] = [:], instance: String = "csi") -> JSONValue {
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
        let mine: [String: JSONValue] = ["subjects": [["namespace": "csi"]], "roleRef": ["name": "mine"]]
        let theirs: [String: JSONValue] = ["subjects": [["namespace": "other"]], "roleRef": ["name": "theirs"]]
        cluster.put(hook("up"), at: "\(account)/up")
        cluster.put(hook("up", instance: "another"), at: "\(account)/another")
        cluster.put(hook("mine", mine), at: "\(rights)/clusterrolebindings/mine")
        cluster.put(hook("theirs", theirs), at: "\(rights)/clusterrolebindings/theirs")
        cluster.put(hook("mine"), at: "\(rights)/clusterroles/mine")
        cluster.put(hook("theirs"), at: "\(rights)/clusterroles/theirs")
        try await release.delete(made, test.operation)
        #expect(
            cluster.writes.map(\.path) == [
                "\(account)/up", "\(rights)/clusterrolebindings/mine", "\(rights)/clusterroles/mine",
            ])
    }

    @Test func `deleting what is not there is done`() async throws {
        try await release().delete(desired, test.operation)
    }

    @Test func `the chart's name and version come apart at the right hyphen`() {
        #expect(ChartName("csi-driver-1.2.3-rc.1", likely: "csi-driver")?.version == "1.2.3-rc.1")
        #expect(ChartName("other-chart-1.2.3", likely: "csi-driver")?.name == "other-chart")
        #expect(ChartName("oci-chart-2.0.0", likely: "oci://x.test/oci-chart")?.name == "oci://x.test/oci-chart")
        #expect(ChartName("nothing", likely: nil) == nil)
    }
}

@Suite struct ReleaseValuesTests {
    @Test(arguments: [
        ["adminPassword": "x"] as Value, ["a": ["b": [["dbToken": "x"]]]], ["connection_string": "x"],
        ["env": [["name": "API_KEY", "value": "x"]]],
    ])
    func `a text under a secret's name is refused`(values: Value) {
        #expect(ReleaseValues.secrets(in: values, at: "values").count == 1)
    }

    @Test(arguments: [
        ["secrets-store-csi-driver": ["enableSecretRotation": true, "filteredWatchSecret": true]] as Value,
        ["syncSecret": ["enabled": true]], ["existingSecret": "name"], ["imagePullSecrets": [["name": "x"]]],
        ["tokenRequests": [["audience": "x"]]], ["password": ""], ["secretName": "x"],
        ["automountServiceAccountToken": true],
    ])
    func `a name of a Secret, a switch and an empty text are no secrets`(values: Value) {
        #expect(ReleaseValues.secrets(in: values, at: "values") == [])
    }

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
