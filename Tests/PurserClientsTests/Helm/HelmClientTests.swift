import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

struct HelmClientTests {
    static let chart = HelmChart(name: "csi", repository: "https://charts.test", version: "1.8.2")

    private func client(_ runner: ScriptedHelm, context: String? = nil) -> HelmClient {
        HelmClient(
            runner: runner,
            environment: [
                "PATH": "/bin", "HOME": "/h", "KUBECONFIG": "/k", "HTTPS_PROXY": "p", "SSL_CERT_FILE": "/ca",
                "HELM_CACHE_HOME": "/c", "AZURE_CLIENT_SECRET": "hunter2", "SECRET_VALUE": "hunter3", "LANG": "C",
            ], context: context)
    }

    private static func connection(
        _ authentication: KubernetesConnection.Authentication
    ) -> @Sendable () async throws(ServiceError) -> KubernetesConnection {
        { () async throws(ServiceError) in
            KubernetesConnection(
                context: "x", server: "https://k.test", tls: TLSOptions(), authentication: authentication,
                namespace: "default", impersonation: [])
        }
    }

    @Test func `a kubeconfig that may not be used here is not used through Helm`() async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("kind: Pod\n".utf8))])
        let client = HelmClient(runner: helm, environment: ["PATH": "/bin"], kubeconfig: "/repo/kubeconfig") {
            () async throws(ServiceError) in throw .kubeconfig("runs a program")
        }
        let error = await #expect(throws: ServiceError.self) { try await client.status("r", namespace: "csi") }
        #expect(error?.code == "Kubeconfig")
        #expect(helm.runs.isEmpty)
        #expect(try await client.template("r", namespace: "csi", chart: Self.chart) == "kind: Pod\n")
    }

    @Test func `a plugin that Helm runs sees what it signs in with, and no other secrets`() async throws {
        let environment = ["PATH": "/bin", "AZURE_CLIENT_SECRET": "hunter2", "AAD_LOGIN_METHOD": "spn", "SECRET": "x"]
        let exec: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin", "interactiveMode": "Never",
        ]
        let plugin = try ExecPlugin(exec, of: "u", directory: "/", clusterInfo: [:])
        let answer = HelmOutput(exitCode: 1, standardError: "Error: release: not found")
        for (authentication, expected) in [
            (KubernetesConnection.Authentication.none, ["PATH"]),
            (.exec(plugin), ["AAD_LOGIN_METHOD", "AZURE_CLIENT_SECRET", "PATH"]),
        ] {
            let helm = ScriptedHelm([answer])
            let client = HelmClient(
                runner: helm, environment: environment, connection: Self.connection(authentication))
            #expect(try await client.status("r", namespace: "csi") == nil)
            #expect(helm.runs[0].environment.keys.sorted() == expected)
        }
    }

    @Test(arguments: [("v3.17.1+g980d8ac\n", "--atomic"), ("v4.0.0-rc.1\n", "--rollback-on-failure")])
    func `an upgrade installs and waits, in the words of the version`(version: String, atomic: String) async throws {
        let helm = ScriptedHelm([
            HelmOutput(exitCode: 0, standardOutput: Array(version.utf8)),
            HelmOutput(
                exitCode: 0,
                standardOutput: Array(
                    #"{"name":"r","namespace":"csi","version":2,"info":{"status":"deployed","description":"ok"}}"#.utf8)
            ),
        ])
        let release = try await client(helm, context: "x").upgradeInstall(
            "r", namespace: "csi", chart: Self.chart, values: ["a": 1], atomic: true, timeout: .seconds(90))
        #expect(
            release == HelmRelease(name: "r", namespace: "csi", revision: 2, status: "deployed", description: "ok"))
        let run = try #require(helm.runs.last)
        #expect(
            run.arguments == [
                "upgrade", "r", "csi", "--install", "--reset-values", "-f", "-", "-o", "json", "--repo",
                "https://charts.test", "--version", "1.8.2", "--timeout", "90s", "--wait", atomic, "--namespace", "csi",
                "--kube-context", "x",
            ])
        #expect(run.input == Array(#"{"a":1}"#.utf8))
    }

    @Test func `helm sees only what it needs of the environment`() async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("v3.1.0".utf8))])
        #expect(try await client(helm).version() == HelmVersion(major: 3, minor: 1, patch: 0))
        #expect(
            helm.runs[0].environment == [
                "PATH": "/bin", "HOME": "/h", "KUBECONFIG": "/k", "HTTPS_PROXY": "p", "SSL_CERT_FILE": "/ca",
                "HELM_CACHE_HOME": "/c",
            ])
    }

    @Test func `a release that is not there is nil, empty or false`() async throws {
        let missing = HelmOutput(exitCode: 1, standardError: "Error: release: not found\n")
        let uninstall = HelmOutput(
            exitCode: 1, standardError: "Error: uninstall: Release not loaded: r: release: not found")
        let version = HelmOutput(exitCode: 0, standardOutput: Array("v3.17.1".utf8))
        let helm = ScriptedHelm([missing, missing, missing, missing, version, uninstall])
        let client = client(helm)
        #expect(try await client.status("r", namespace: "csi") == nil)
        #expect(try await client.history("r", namespace: "csi") == [])
        #expect(try await client.values("r", namespace: "csi") == nil)
        #expect(try await client.manifest("r", namespace: "csi") == nil)
        #expect(try await client.uninstall("r", namespace: "csi") == false)
    }

    @Test func `history and values are read`() async throws {
        let history = """
            [{"revision":2,"status":"deployed","chart":"csi-1.8.2","app_version":"1","description":"Upgrade complete"},
             {"revision":1,"status":"superseded","chart":"csi-1.8.1","app_version":"1","description":"Install complete"}]
            """
        let helm = ScriptedHelm([
            HelmOutput(exitCode: 0, standardOutput: Array(history.utf8)),
            HelmOutput(exitCode: 0, standardOutput: Array("null\n".utf8)),
            HelmOutput(exitCode: 0, standardOutput: Array(#"{"a":true}"#.utf8)),
        ])
        let client = client(helm)
        let revisions = try await client.history("r", namespace: "csi")
        #expect(revisions.map(\.revision) == [1, 2])
        #expect(revisions.map(\.chart) == ["csi-1.8.1", "csi-1.8.2"])
        #expect(try await client.values("r", namespace: "csi") == [:])
        #expect(try await client.values("r", namespace: "csi", revision: 1) == ["a": true])
        #expect(helm.runs[2].arguments.contains("--revision"))
    }

    @Test(arguments: [
        (
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", "OperationInProgress",
            false
        ),
        ("Error: UPGRADE FAILED: \"r\" has no deployed releases", "NoDeployedRelease", true),
        ("Error: INSTALLATION FAILED: cannot re-use a name that is still in use", "NameInUse", true),
        ("Error: UPGRADE FAILED: context deadline exceeded", "TimedOut", true),
        ("Error: Kubernetes cluster unreachable: Get \"https://k\"", "Unreachable", false),
        ("Error: kubernetes cluster unreachable: stat /k: no such file", "Unreachable", false),
        ("Error: something else", "HelmFailed", true),
    ])
    func `failures are told apart`(text: String, code: String, unknown: Bool) async throws {
        let helm = ScriptedHelm([
            HelmOutput(exitCode: 1, standardError: "WARNING: Kubernetes configuration file is group-readable\n" + text)
        ])
        let error = await #expect(throws: ServiceError.self) {
            try await client(helm).upgradeInstall("r", namespace: "csi", chart: Self.chart)
        }
        #expect(error?.code == code)
        #expect(error?.message == String(text.dropFirst(7)))
        #expect(error?.outcomeUnknown == unknown)
    }

    @Test func `an old helm is refused, and what is no version is told`() async throws {
        let old = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("v2.17.0+ga690bad".utf8))])
        let tooOld = await #expect(throws: ServiceError.self) { try await client(old).version() }
        #expect(tooOld?.code == "HelmNotFound")
        let odd = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("hello".utf8))])
        let unexpected = await #expect(throws: ServiceError.self) { try await client(odd).version() }
        #expect(unexpected?.code == "UnexpectedAnswer")
    }

    @Test func `a template needs neither cluster nor revision`() async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("kind: Pod\n".utf8))])
        let text = try await client(helm).template("r", namespace: "csi", chart: HelmChart(name: "./chart"))
        #expect(text == "kind: Pod\n")
        #expect(
            helm.runs[0].arguments == [
                "template", "r", "./chart", "-f", "-", "--include-crds", "--namespace", "csi",
            ])
    }
}

/// Answers runs in order and remembers them.
final class ScriptedHelm: HelmRunner {
    private let outputs: Mutex<[HelmOutput]>
    private let seen = Mutex<[HelmInvocation]>([])

    init(_ outputs: [HelmOutput]) { self.outputs = Mutex(outputs) }

    var runs: [HelmInvocation] { seen.withLock { $0 } }

    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        seen.withLock { $0.append(invocation) }
        return outputs.withLock { $0.isEmpty ? HelmOutput(exitCode: 99) : $0.removeFirst() }
    }
}
