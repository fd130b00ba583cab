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
                "HELM_KUBEAPISERVER": "https://other", "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true",
                "HELM_NAMESPACE": "other", "HELM_DEBUG": "true", "HELM_PLUGINS": "/plugins", "HELM_DRIVER": "secrets",
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
            (KubernetesConnection.Authentication.none, ["HELM_NO_PLUGINS", "HELM_PLUGINS", "PATH"]),
            (
                .exec(plugin),
                ["AAD_LOGIN_METHOD", "AZURE_CLIENT_SECRET", "HELM_NO_PLUGINS", "HELM_PLUGINS", "PATH"]
            ),
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
        let helm = ScriptedHelm(
            [
                HelmOutput(
                    exitCode: 0,
                    standardOutput: Array(
                        #"{"name":"r","namespace":"csi","version":2,"info":{"status":"deployed","description":"ok"}}"#
                            .utf8))
            ], version: version)
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
        let helm = ScriptedHelm([HelmOutput(exitCode: 1, standardError: "Error: release: not found\n")])
        #expect(try await client(helm).status("r", namespace: "csi") == nil)
        #expect(
            helm.runs[0].environment == [
                "PATH": "/bin", "HOME": "/h", "KUBECONFIG": "/k", "HTTPS_PROXY": "p", "SSL_CERT_FILE": "/ca",
                "HELM_CACHE_HOME": "/c", "HELM_NO_PLUGINS": "1", "HELM_PLUGINS": "/dev/null",
            ])
    }

    @Test func `releases that Helm is told to keep elsewhere are not looked for`() async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 0, standardOutput: Array("kind: Pod\n".utf8))])
        let client = HelmClient(runner: helm, environment: ["PATH": "/bin", "HELM_DRIVER": "configmap"])
        let error = await #expect(throws: ServiceError.self) { try await client.status("r", namespace: "csi") }
        #expect(error?.code == "HelmDriver")
        #expect(error?.message.contains("HELM_DRIVER is 'configmap'") == true)
        #expect(helm.runs.isEmpty)
        #expect(try await client.template("r", namespace: "csi", chart: Self.chart) == "kind: Pod\n")
    }

    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test(arguments: [
        (HelmOutput(exitCode: 0, standardOutput: Array("Pulled: r/c:1.0.0\nDigest: \(digest)\n".utf8)), nil),
        (HelmOutput(exitCode: 0, standardError: "Pulled: r/c:1.0.0\nDigest: \(digest)\n"), nil),
        (
            HelmOutput(exitCode: 0, standardOutput: Array("Digest: sha256:\(String(repeating: "b", count: 64))".utf8)),
            "oci://r/c 1.0.0 has the digest sha256:bb"
        ),
        (HelmOutput(exitCode: 0), "oci://r/c 1.0.0 has the digest none"),
    ])
    func `a chart in a registry is held to the digest in its address`(
        output: HelmOutput, complaint: String?
    ) async throws {
        let helm = ScriptedHelm([output])
        let chart = HelmChart(name: "oci://r/c@\(Self.digest)", version: "1.0.0")
        do throws(ServiceError) {
            try await client(helm).pull(chart, into: "/d", cache: "/d/cache")
            #expect(complaint == nil)
        } catch {
            #expect(error.code == "ChartDigestMismatch")
            #expect(error.message.hasPrefix(complaint ?? "nothing"))
        }
        #expect(
            helm.runs[0].arguments == ["pull", "oci://r/c", "--version", "1.0.0", "--destination", "/d"])
        #expect(helm.runs[0].environment["HELM_REPOSITORY_CONFIG"] == "/d/cache/repositories.yaml")
    }

    @Test(arguments: [
        (
            HelmChart(name: "c", repository: "https://r", version: "9.0.0"),
            #"Error: chart "c" version "9.0.0" not found in https://r repository"#, true
        ),
        (
            HelmChart(name: "oci://r/c", version: "9.0.0"),
            #"Error: failed to perform "FetchReference" on source: r/c:9.0.0: not found"#, true
        ),
        (HelmChart(name: "oci://r/c@\(digest)", version: "9.0.0"), "Error: r/c:9.0.0: not found", true),
        (
            HelmChart(name: "c", repository: "https://r", version: "9.0.0"),
            "Error: failed to fetch https://r/index.yaml : 404 Not Found", false
        ),
    ])
    func `a version that there is not is told from a repository that there is not`(
        chart: HelmChart, text: String, isAbsent: Bool
    ) async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 1, standardError: text)])
        let error = await #expect(throws: ServiceError.self) {
            try await client(helm).pull(chart, into: "/d", cache: "/c")
        }
        #expect(error?.code == (isAbsent ? "ChartNotFound" : "HelmFailed"))
    }

    @Test func `each call has its limit, and a change has more than it grants Helm`() async throws {
        let helm = ScriptedHelm([])
        let client = client(helm)
        _ = try? await client.status("r", namespace: "csi")
        _ = try? await client.template("r", namespace: "csi", chart: Self.chart)
        _ = try? await client.pull(Self.chart, into: "/d", cache: "/c")
        _ = try? await client.upgradeInstall("r", namespace: "csi", chart: Self.chart, timeout: .seconds(60))
        _ = try? await client.rollback("r", namespace: "csi", to: 1, timeout: .seconds(60))
        _ = try? await client.uninstall("r", namespace: "csi", timeout: .seconds(60))
        #expect(helm.runs.map(\.limit.components.seconds) == [120, 120, 300, 360, 360, 360])
    }

    @Test func `a release that is not there is nil, empty or false`() async throws {
        let missing = HelmOutput(exitCode: 1, standardError: "Error: release: not found\n")
        let uninstall = HelmOutput(
            exitCode: 1, standardError: "Error: uninstall: Release not loaded: r: release: not found")
        let helm = ScriptedHelm([missing, missing, missing, missing, uninstall])
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

    @Test(arguments: ["v2.17.0+ga690bad", "v3.8.2"])
    func `an old helm is refused before it is asked for anything`(version: String) async throws {
        let helm = ScriptedHelm([], version: version)
        let error = await #expect(throws: ServiceError.self) {
            try await client(helm).status("r", namespace: "csi")
        }
        #expect(error?.code == "HelmTooOld")
        #expect(error?.message.contains("purser needs 3.9 or later") == true)
        #expect(helm.runs.isEmpty)
    }

    @Test func `what is no version is told`() async throws {
        let odd = ScriptedHelm([], version: "hello")
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

    @Test func `a template is told what the cluster can do`() async throws {
        let helm = ScriptedHelm([HelmOutput(exitCode: 0)])
        _ = try await client(helm).template(
            "r", namespace: "csi", chart: HelmChart(name: "/c"),
            capabilities: ClusterCapabilities(version: "v1.33.1", apiVersions: ["v1", "v1/Pod"]))
        #expect(
            helm.runs[0].arguments.suffix(8).prefix(6) == [
                "--kube-version", "v1.33.1", "--api-versions", "v1", "--api-versions", "v1/Pod",
            ])
    }
}

/// Answers runs in order and remembers them, but for the question of its version.
final class ScriptedHelm: HelmRunner {
    private let outputs: Mutex<[HelmOutput]>
    private let seen = Mutex<[HelmInvocation]>([])
    private let version: String

    init(_ outputs: [HelmOutput], version: String = "v3.17.1+g980d8ac") {
        self.outputs = Mutex(outputs)
        self.version = version
    }

    var runs: [HelmInvocation] { seen.withLock { $0 } }

    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        if invocation.arguments == ["version", "--short"] {
            return HelmOutput(exitCode: 0, standardOutput: Array(version.utf8))
        }
        seen.withLock { $0.append(invocation) }
        return outputs.withLock { $0.isEmpty ? HelmOutput(exitCode: 99) : $0.removeFirst() }
    }
}
