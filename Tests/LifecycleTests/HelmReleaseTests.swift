import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// The real Helm against the sandbox alone: what it finds in the chart repository, and what the cluster makes of it.
@Suite struct HelmReleaseTests {
    @Test func `a release is installed, upgraded, rolled back and taken away, and leaves its CRDs`() async throws {
        try await SandboxWorld.with { sandbox in
            let helm = HelmUser(sandbox: sandbox)
            let before = try await helm.objects()
            try await helm.createNamespace()
            try await helm.run("install", "csi", helm.chart, "--repo", helm.repository, "--version", "1.8.1", "--wait")
            #expect(try await helm.objects().contains("clusterroles/secretproviderclasses-role"))

            let sync = "secrets-store-csi-driver.syncSecret.enabled=true"
            try await helm.run(
                "upgrade", "csi", helm.chart, "--repo", helm.repository, "--version", "1.8.2", "--set", sync, "--wait")
            #expect(try await helm.objects().contains("clusterroles/secretprovidersyncing-role"))
            #expect(try await helm.charts() == ["\(helm.chart)-1.8.1", "\(helm.chart)-1.8.2"])

            try await helm.run("rollback", "csi", "1", "--wait")
            #expect(try await !helm.objects().contains("clusterroles/secretprovidersyncing-role"))
            #expect(try await helm.charts().last == "\(helm.chart)-1.8.1")

            try await helm.run("uninstall", "csi", "--wait")
            #expect(
                try await helm.objects().subtracting(before) == [
                    "customresourcedefinitions/secretproviderclasses.secrets-store.csi.x-k8s.io",
                    "customresourcedefinitions/secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io",
                ])
        }
    }

    @Test func `a release into a namespace that is missing fails and says so`() async throws {
        try await SandboxWorld.with { sandbox in
            let helm = HelmUser(sandbox: sandbox)
            let (exitCode, _, complaint) = try await helm.outcome(
                ["install", "csi", helm.chart, "--repo", helm.repository])
            #expect(exitCode == 1)
            #expect(complaint.contains("namespaces \"csi\" not found"))
        }
    }
}

/// Somebody at a shell with the sandbox's environment.
struct HelmUser {
    let sandbox: SandboxWorld
    let chart = "csi-secrets-store-provider-azure"
    let repository = "https://azure.github.io/secrets-store-csi-driver-provider-azure/charts"

    func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let (exitCode, _, complaint) = try await outcome(arguments)
        #expect(exitCode == 0, "helm \(arguments.joined(separator: " "))\n\(complaint)", sourceLocation: sourceLocation)
    }

    func outcome(_ arguments: [String]) async throws -> (exitCode: Int, output: String, complaint: String) {
        let environment = sandbox.environment(sandbox.connectionEnvironment)
        let result = try await Subprocess.run(
            .name("helm"), arguments: Arguments(arguments + ["-n", "csi"]),
            environment: .custom(
                Dictionary(environment.map { (Environment.Key(rawValue: $0) ?? "", $1) }) { _, last in last }),
            output: .string(limit: 16 << 20), error: .string(limit: 1 << 20))
        return (result.terminationStatus.code, result.standardOutput, result.standardError)
    }

    /// The chart of each revision, oldest first.
    func charts() async throws -> [String] {
        let (_, output, _) = try await outcome(["history", "csi", "-o", "json"])
        return try JSONValue(parsing: Array(output.utf8)).array?.compactMap { $0["chart"]?.string } ?? []
    }

    func createNamespace() async throws {
        try await withClients { clients in
            let namespace: JSONValue = [
                "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "csi"],
            ]
            _ = try await clients.kubernetes.apply(namespace, at: Self.path("", "v1", "namespaces", "csi"))
        }
    }

    /// What of the kinds that the chart brings is there, as `RESOURCE/NAME`.
    func objects() async throws -> Set<String> {
        try await withClients { clients in
            var found: Set<String> = []
            for (group, resource) in [
                ("apps", "daemonsets"), ("batch", "jobs"), ("storage.k8s.io", "csidrivers"), ("", "serviceaccounts"),
                ("rbac.authorization.k8s.io", "clusterroles"), ("rbac.authorization.k8s.io", "clusterrolebindings"),
                ("apiextensions.k8s.io", "customresourcedefinitions"),
            ] {
                let listed = try await clients.kubernetes.list(Self.path(group, "v1", resource))
                for object in listed where object.at("metadata", "name")?.string != "default" {
                    found.insert("\(resource)/\(object.at("metadata", "name")?.string ?? "")")
                }
            }
            return found
        }
    }

    private static func path(_ group: String, _ version: String, _ resource: String, _ name: String? = nil)
        -> ResourcePath
    {
        ResourcePath(group: group, version: version, resource: resource, name: name)
    }

    func withClients<Result>(_ body: (Clients) async throws -> Result) async throws -> Result {
        let settings = ClientSettings(environment: sandbox.connectionEnvironment) { try JSONValue(parsing: $0) }
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
