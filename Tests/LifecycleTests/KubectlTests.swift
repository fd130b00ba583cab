import Foundation
import Subprocess
import SystemPackage
import Testing

/// The real kubectl against the sandbox's cluster.
@Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl")) struct KubectlTests {
    @Test func `the usual commands do what they do on any cluster`() async throws {
        try await SandboxWorld.with { sandbox in
            let kubectl = Kubectl(sandbox: sandbox)
            #expect(try await kubectl("create", "namespace", "infra") == "namespace/infra created\n")
            let secret = "secret generic settings --from-literal=a=b -n infra".split(separator: " ").map(String.init)
            #expect(try await kubectl(["create"] + secret) == "secret/settings created\n")
            try await kubectl("apply", "-f", "-", input: Self.pod)
            #expect(
                try await kubectl("wait", "--for=condition=Ready", "pod/app", "-n", "infra", "--timeout=20s")
                    == "pod/app condition met\n")
            let mounted = sandbox.world.appending("pods/infra/app/main/etc/settings/a")
            #expect(sandbox.contents(of: mounted) == Array("b".utf8))
            let version = ["get", "pod", "app", "-n", "infra", "-o", "jsonpath={.metadata.resourceVersion}"]
            let before = try await kubectl(version)
            try await kubectl("apply", "-f", "-", input: Self.pod)
            #expect(try await kubectl(version) == before)
            try await kubectl("diff", "-f", "-", input: Self.pod)
            #expect(try await kubectl("describe", "pod", "app", "-n", "infra").contains("Started container main"))
            #expect(try await kubectl("auth", "can-i", "create", "pods") == "yes\n")
            #expect(
                try await kubectl("delete", "namespace", "infra", "--timeout=20s")
                    .hasPrefix("namespace \"infra\" deleted"))
            #expect(try await kubectl("get", "pods", "-A", "-o", "name") == "")
        }
    }

    @Test func `client-side and server-side apply take away what is no longer sent`() async throws {
        try await SandboxWorld.with { sandbox in
            let kubectl = Kubectl(sandbox: sandbox)
            for flags in [[], ["--server-side"]] {
                let name = flags.isEmpty ? "client" : "server"
                for data in ["{a: '1', b: '2'}", "{a: '1'}"] {
                    try await kubectl(["apply", "-f", "-"] + flags, input: Self.map(name, data))
                }
                #expect(
                    try await kubectl("get", "configmap", name, "-o", "jsonpath={.data}") == "{\"a\":\"1\"}")
            }
            let taken = try await kubectl.outcome(
                ["apply", "-f", "-", "--server-side", "--field-manager=other"], input: Self.map("server", "{a: '9'}"))
            #expect(taken.exitCode == 1)
            #expect(taken.complaint.contains("conflict with \"kubectl\": .data.a"))
        }
    }

    @Test func `workloads roll out and jobs complete`() async throws {
        try await SandboxWorld.with { sandbox in
            let kubectl = Kubectl(sandbox: sandbox)
            try await kubectl("create", "deployment", "web", "--image=web:1", "--replicas=2")
            try await kubectl("rollout", "status", "deployment/web", "--timeout=20s")
            try await kubectl("scale", "deployment/web", "--replicas=1")
            try await kubectl("set", "image", "deployment/web", "web=web:2")
            try await kubectl("rollout", "status", "deployment/web", "--timeout=20s")
            let images = try await kubectl(
                "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.containers[0].image}")
            #expect(images == "web:2")
            try await kubectl("create", "job", "once", "--image=web:1", "--", "true")
            try await kubectl("wait", "--for=condition=complete", "job/once", "--timeout=20s")
        }
    }

    @Test func `what goes wrong has kubectl's own words`() async throws {
        try await SandboxWorld.with { sandbox in
            let kubectl = Kubectl(sandbox: sandbox)
            let absent = try await kubectl.outcome(["get", "pod", "none"])
            #expect(absent.exitCode == 1)
            #expect(absent.complaint == "Error from server (NotFound): pods \"none\" not found\n")
            let misspelt = Self.pod.replacing("volumeMounts", with: "volumeMount")
                .replacing(", namespace: infra", with: "")
            let unknown = try await kubectl.outcome(["apply", "-f", "-"], input: misspelt)
            #expect(unknown.exitCode == 1)
            #expect(unknown.complaint.contains("unknown field \"spec.containers[0].volumeMount\""))
        }
    }

    private static let pod = """
        apiVersion: v1
        kind: Pod
        metadata: {name: app, namespace: infra}
        spec:
          containers:
            - {name: main, image: "app:1", volumeMounts: [{name: settings, mountPath: /etc/settings}]}
          volumes:
            - {name: settings, secret: {secretName: settings}}
        """

    private static func map(_ name: String, _ data: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: \(data)\n"
    }
}

/// Somebody at a shell with the sandbox's kubeconfig.
struct Kubectl {
    let sandbox: SandboxWorld

    static var isInstalled: Bool {
        BuiltTools.searchPath.split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/kubectl") }
    }

    @discardableResult
    func callAsFunction(
        _ arguments: String..., input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        try await callAsFunction(arguments, input: input, sourceLocation: sourceLocation)
    }

    /// What a command prints; the test fails if its exit code is not 0.
    @discardableResult
    func callAsFunction(
        _ arguments: [String], input: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let (exitCode, output, complaint) = try await outcome(arguments, input: input)
        #expect(
            exitCode == 0, "kubectl \(arguments.joined(separator: " "))\n\(output)\(complaint)",
            sourceLocation: sourceLocation)
        return output
    }

    func outcome(
        _ arguments: [String], input: String = ""
    ) async throws -> (exitCode: Int, output: String, complaint: String) {
        let cache = sandbox.directory.appending("kubectl-cache")
        let environment = sandbox.environment(sandbox.connectionEnvironment)
            .map { (Environment.Key(rawValue: $0) ?? "", $1) }
        let result = try await Subprocess.run(
            .name("kubectl"), arguments: Arguments(["--cache-dir", cache.string] + arguments),
            environment: .custom(Dictionary(environment) { _, last in last }), input: .string(input),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        return (result.terminationStatus.code, result.standardOutput, result.standardError)
    }
}
