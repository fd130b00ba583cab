import Foundation
import PurserClients

/// How to reach a sandbox: what its process writes to `connection.json` in its world's directory.
package struct SandboxConnection: Sendable, Codable {
    package let pid: Int
    package let adminURL: String
    package let adminToken: String
    /// Variables that lead clients to it, in place of those of the process.
    package let environment: [String: String]

    package static func read(directory: String) -> SandboxConnection? {
        guard let data = FileManager.default.contents(atPath: "\(directory)/connection.json") else { return nil }
        return try? JSONDecoder().decode(SandboxConnection.self, from: data)
    }

    /// The environment of a process that works in the sandbox.
    package func overlay(_ environment: [String: String]) -> [String: String] {
        environment.filter { !Self.elsewhere.contains($0.key) }.merging(self.environment) { _, sandbox in sandbox }
    }

    /// What would lead out of the sandbox again, or sign in as somebody whom it does not know.
    private static let elsewhere: Set<String> = [
        "AZURE_TOKEN_CREDENTIALS", "PURSER_KEY_VAULT_AUDIENCE", "PURSER_KEY_VAULT_SUFFIX",
        "PURSER_RESOURCE_MANAGER_AUDIENCE", "PURSER_RESOURCE_MANAGER_URL",
    ]
}

/// The sandbox's own interface: is it there, and which faults are ordered.
struct SandboxAdmin: Sendable {
    let connection: SandboxConnection

    /// Whether it answers.
    func isHealthy() async -> Bool { (try? await send("GET", "/faults"))?.status == 200 }

    func faults() async throws -> JSONValue { try await document("GET", "/faults") }

    /// Returns the rule's id.
    func add(_ rule: JSONValue) async throws -> JSONValue { try await document("POST", "/faults", rule) }

    func clear() async throws { _ = try await document("DELETE", "/faults") }

    private func document(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let answer: HTTPResponse
        do {
            answer = try await send(method, path, body)
        } catch {
            throw CommandFailure(.failed, .sandboxUnavailable, "the sandbox does not answer: \(error)")
        }
        let document = try? JSONValue(parsing: answer.body)
        guard (200..<300).contains(answer.status) else {
            let reason = document?["error"]?.string
            throw CommandFailure(
                .usage, .commandUsage, "the sandbox refused: \(reason ?? "HTTP \(answer.status)")")
        }
        return document ?? .null
    }

    private func send(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> HTTPResponse {
        let transport = AsyncHTTPTransport(environment: connection.environment)
        var headers = [HTTPHeader("Authorization", "Bearer \(connection.adminToken)")]
        if body != nil { headers.append(HTTPHeader("Content-Type", "application/json")) }
        do {
            let answer = try await transport.send(
                HTTPRequest(
                    method: method, url: connection.adminURL + path, headers: headers, body: body?.encoded,
                    timeout: .seconds(10)))
            await transport.shutdown()
            return answer
        } catch {
            await transport.shutdown()
            throw error
        }
    }
}
