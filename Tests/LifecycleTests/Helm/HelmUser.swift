import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// Somebody at a shell with helm, a kubeconfig and whatever else the environment tells.
struct HelmUser {
    let program: HelmProgram
    /// All that helm and the clients get to see.
    let environment: [String: String]
    var namespace = "csi"
    let chart = "csi-secrets-store-provider-azure"
    let repository = "https://azure.github.io/secrets-store-csi-driver-provider-azure/charts"

    init(_ program: HelmProgram, environment: [String: String], namespace: String = "csi") {
        self.program = program
        self.environment = environment
        self.namespace = namespace
    }

    /// Somebody with the sandbox's environment. - Throws: `RequirementError` without a helm.
    init(_ program: HelmProgram? = nil, sandbox: SandboxWorld, namespace: String = "csi") throws {
        self.init(
            try program ?? .newest(), environment: sandbox.environment(sandbox.connectionEnvironment),
            namespace: namespace)
    }

    func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await run(arguments, sourceLocation: sourceLocation)
    }

    func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let (exitCode, _, complaint) = try await outcome(arguments)
        #expect(exitCode == 0, "helm \(arguments.joined(separator: " "))\n\(complaint)", sourceLocation: sourceLocation)
    }

    /// Starts Helm and kills it as soon as `moment` returns: nothing of it is left to tidy up.
    func killed(_ arguments: [String], when moment: () async throws -> Void) async throws {
        var options = PlatformOptions()
        options.processGroupID = 0
        _ = try await Subprocess.run(
            .path(program.path), arguments: Arguments(arguments + ["-n", namespace]), environment: passed,
            platformOptions: options, input: .none, output: .discarded, error: .discarded
        ) { execution in
            try await moment()
            try execution.send(signal: .kill, toProcessGroup: true)
        }
    }

    var passed: Environment {
        .custom(Dictionary(environment.map { (Environment.Key(rawValue: $0) ?? "", $1) }) { _, last in last })
    }

    func outcome(_ arguments: [String]) async throws -> (exitCode: Int, output: String, complaint: String) {
        let result = try await Subprocess.run(
            .path(program.path), arguments: Arguments(arguments + ["-n", namespace]),
            environment: passed, output: .string(limit: 16 << 20), error: .string(limit: 1 << 20))
        return (result.terminationStatus.code, result.standardOutput, result.standardError)
    }

    /// The chart of each revision, oldest first.
    func charts(of release: String = "csi") async throws -> [String] {
        try await history(of: release).compactMap { $0["chart"]?.string }
    }

    /// Each revision as Helm tells it, oldest first. None of a release that Helm does not know.
    func history(of release: String) async throws -> [JSONValue] {
        let (exitCode, output, complaint) = try await outcome(["history", release, "-o", "json"])
        if exitCode == 1, complaint.contains("release: not found") { return [] }
        try #require(exitCode == 0, "\(complaint)")
        return try JSONValue(parsing: Array(output.utf8)).array ?? []
    }

    func createNamespace() async throws {
        try await withClients { clients in
            let namespace: JSONValue = [
                "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(self.namespace)],
            ]
            _ = try await clients.kubernetes.apply(namespace, at: Self.path("", "v1", "namespaces", self.namespace))
        }
    }

    /// What of the kinds that the chart brings is there, as `RESOURCE/NAME`.
    func objects() async throws -> Set<String> {
        try await withClients { clients in
            var found: Set<String> = []
            for (group, resource) in [
                ("apps", "daemonsets"), ("apps", "deployments"), ("batch", "jobs"), ("", "configmaps"), ("", "pods"),
                ("", "secrets"), ("storage.k8s.io", "csidrivers"), ("", "serviceaccounts"),
                ("rbac.authorization.k8s.io", "clusterroles"), ("rbac.authorization.k8s.io", "clusterrolebindings"),
                ("apiextensions.k8s.io", "customresourcedefinitions"),
            ] {
                let listed = try await clients.kubernetes.list(Self.path(group, "v1", resource))
                for object in listed where !Self.isOfCluster(object) {
                    found.insert("\(resource)/\(object.at("metadata", "name")?.string ?? "")")
                }
            }
            return found
        }
    }

    /// What every namespace has, and Helm's own records.
    private static func isOfCluster(_ object: JSONValue) -> Bool {
        let name = object.at("metadata", "name")?.string ?? ""
        return ["default", "kube-root-ca.crt"].contains(name) || name.hasPrefix("sh.helm.release")
    }

    /// One object, or nil if it is not there.
    func object(_ group: String, _ resource: String, _ name: String) async throws -> JSONValue? {
        try await withClients { clients in
            try await clients.kubernetes.get(
                ResourcePath(group: group, version: "v1", resource: resource, namespace: namespace, name: name))
        }
    }

    private static func path(_ group: String, _ version: String, _ resource: String, _ name: String? = nil)
        -> ResourcePath
    {
        ResourcePath(group: group, version: version, resource: resource, name: name)
    }

    func withClients<Result>(_ body: (Clients) async throws -> Result) async throws -> Result {
        let settings = ClientSettings(environment: environment) { try JSONValue(parsing: $0) }
        let clients = try await Clients.make(settings: settings)
        do {
            let result = try await body(clients)
            await clients.shutdown()
            return result
        } catch {
            await clients.shutdown()
            throw error
        }
    }
}
