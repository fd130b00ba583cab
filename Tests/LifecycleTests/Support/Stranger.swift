import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// Somebody who runs `purser` against a sandbox with fewer rights than its owner: a service principal, and maybe a service
/// account of the cluster.
struct Stranger: Sendable {
    let sandbox: SandboxWorld
    var objectID = ""
    var environment: [String: String]

    /// A new service principal with a role at a scope: at the subscription where none is named.
    static func principal(
        in sandbox: SandboxWorld, role: String? = nil, scope: String? = nil, secretExpired: Bool = false
    ) async throws -> Stranger {
        var body: [String: JSONValue] = ["name": "stranger", "secretExpired": .bool(secretExpired)]
        body["role"] = role.map(JSONValue.string)
        body["scope"] = scope.map(JSONValue.string)
        let made = try await sandbox.admin("POST", "world/service-principals", .object(body))
        var environment = sandbox.connectionEnvironment
        environment["AZURE_CLIENT_ID"] = try #require(made["clientId"]?.string)
        environment["AZURE_CLIENT_SECRET"] = try #require(made["clientSecret"]?.string)
        return Stranger(
            sandbox: sandbox, objectID: try #require(made["objectId"]?.string), environment: environment)
    }

    /// Runs `purser` in the world's working directory, led to the sandbox by environment variables alone.
    @discardableResult
    func purser(
        _ arguments: String..., expecting exitCode: Int? = 0, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ToolRun {
        var given = sandbox.environment(environment)
        given["PURSER_SANDBOX"] = nil
        let result = try await Subprocess.run(
            .path(BuiltTools.purser), arguments: Arguments(arguments),
            environment: .custom(
                Dictionary(given.map { (Environment.Key(rawValue: $0) ?? "", $1) }) { _, last in last }),
            workingDirectory: sandbox.directory, input: .none, output: .string(limit: 4 << 20),
            error: .string(limit: 4 << 20))
        let run = ToolRun(
            arguments: arguments, exitCode: result.terminationStatus.code, output: result.standardOutput,
            errors: result.standardError)
        if let exitCode, run.exitCode != exitCode {
            Issue.record("expected exit \(exitCode)\n\(run.transcript)", sourceLocation: sourceLocation)
        }
        return run
    }

    /// Without what differs from run to run and from machine to machine: ports, addresses, identifiers, helm's version.
    func settled(_ text: String) -> String {
        var text = text.replacing(sandbox.directory.string, with: "DIRECTORY")
        if !objectID.isEmpty { text = text.replacing(objectID, with: "OBJECT") }
        text = text.replacing(environment["AZURE_CLIENT_ID"] ?? "-", with: "CLIENT")
        text = text.replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:PORT")
        text = text.replacing(/[a-z.-]+:\d{4,5}/) { "\($0.output.split(separator: ":").first ?? ""):PORT" }
        text = text.replacing(/version \d+\.\d+\.\d+/, with: "version HELM")
        return text.replacing(/(Trace|Correlation) ID: [0-9a-f-]+/) { "\($0.output.1) ID: ID" }
            .replacing(/Timestamp: [0-9 :-]+Z/, with: "Timestamp: TIME")
            .replacing(/(request-id|request id): [0-9a-f-]{36}/) { "\($0.output.1): ID" }
    }

    /// Does something as the owner of the world.
    func asOwner<Result: Sendable>(_ body: (Clients) async throws -> Result) async throws -> Result {
        let clients = try await Clients.make(
            settings: ClientSettings(
                environment: sandbox.connectionEnvironment, parseYAML: { try JSONValue(parsing: $0) }))
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

// MARK: - In the cluster

extension Stranger {
    /// Becomes a service account of the cluster, which may do nothing yet.
    mutating func becomeServiceAccount() async throws {
        let token = try await asOwner { clients in
            let accounts = ResourcePath(version: "v1", resource: "serviceaccounts", namespace: "default")
            _ = try await clients.kubernetes.create(
                ["apiVersion": "v1", "kind": "ServiceAccount", "metadata": ["name": "stranger"]], in: accounts)
            let answer = try await clients.kubernetes.create(
                ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["audiences": []]],
                in: ResourcePath(
                    version: "v1", resource: "serviceaccounts", namespace: "default", name: "stranger",
                    subresource: "token"))
            return try #require(answer.at("status", "token")?.string)
        }
        let path = try #require(sandbox.connectionEnvironment["KUBECONFIG"])
        var config = try JSONValue(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let name = try #require(config["users"]?[0]?["name"]?.string)
        config["users"] = [["name": .string(name), "user": ["token": .string(token)]]]
        let own = sandbox.directory.appending("stranger.kubeconfig")
        try Data(config.encoded).write(to: URL(fileURLWithPath: own.string))
        environment["KUBECONFIG"] = own.string
    }

    /// Carries out what `doctor` proposes, as the owner: role assignments in Azure, roles and bindings in the cluster.
    func grant(_ commands: [String]) async throws {
        try await asOwner { clients in
            for command in commands {
                let words = command.split(separator: " ").map(String.init)
                switch words.prefix(2) {
                case ["az", "role"]: try await assign(command, clients.arm)
                case ["kubectl", "create"]: try await create(words, clients.kubernetes)
                default: Issue.record("not understood: \(command)")
                }
            }
        }
    }

    private func assign(_ command: String, _ arm: ARMClient) async throws {
        let match = try #require(
            command.wholeMatch(
                of: /az role assignment create --role '(.+)' --assignee-object-id (\S+) .* --scope (\S+)/))
        let (role, principal, scope) = (String(match.1), String(match.2), String(match.3))
        let subscription = scope.split(separator: "/").prefix(2).joined(separator: "/")
        let definitions = try await arm.list(
            "/\(subscription)/providers/Microsoft.Authorization/roleDefinitions", apiVersion: "2022-04-01",
            query: ["$filter": "roleName eq '\(role)'"])
        let definition = try #require(definitions.first?["id"]?.string, "the role '\(role)'")
        _ = try await arm.put(
            "\(scope)/providers/Microsoft.Authorization/roleAssignments/\(UUID().uuidString.lowercased())",
            apiVersion: "2022-04-01",
            body: [
                "properties": [
                    "roleDefinitionId": .string(definition), "principalId": .string(principal),
                    "principalType": "ServicePrincipal",
                ]
            ])
    }

    /// `kubectl create role|clusterrole|rolebinding|clusterrolebinding NAME --option=…`
    private func create(_ words: [String], _ kubernetes: KubernetesClient) async throws {
        func option(_ name: String) -> String? {
            if let index = words.firstIndex(of: "--\(name)") { return words[index + 1] }
            return words.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.count + 3)) }
        }
        let (kind, name, namespace) = (words[2], words[3], option("namespace"))
        let isBinding = kind.hasSuffix("binding")
        let names = [
            "role": "Role", "clusterrole": "ClusterRole", "rolebinding": "RoleBinding",
            "clusterrolebinding": "ClusterRoleBinding",
        ]
        var object: JSONValue = [
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": .string(try #require(names[kind])),
            "metadata": ["name": .string(name)],
        ]
        if isBinding {
            let account = try #require(option("serviceaccount")).split(separator: ":").map(String.init)
            object["subjects"] = [
                ["kind": "ServiceAccount", "namespace": .string(account[0]), "name": .string(account[1])]
            ]
            object["roleRef"] = [
                "apiGroup": "rbac.authorization.k8s.io", "kind": kind == "rolebinding" ? "Role" : "ClusterRole",
                "name": .string(try #require(option(String(kind.dropLast("binding".count))))),
            ]
        } else {
            let verbs = try #require(option("verb")).split(separator: ",").map { JSONValue.string(String($0)) }
            object["rules"] = .array(
                try #require(option("resource")).split(separator: ",").map { resource in
                    let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
                    return [
                        "apiGroups": [.string(parts.count > 1 ? parts[1] : "")], "resources": [.string(parts[0])],
                        "verbs": .array(verbs),
                    ]
                })
        }
        _ = try await kubernetes.create(
            object,
            in: ResourcePath(
                group: "rbac.authorization.k8s.io", version: "v1", resource: "\(kind)s", namespace: namespace))
    }
}
