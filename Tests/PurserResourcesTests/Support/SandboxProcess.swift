import Foundation
import PurserClients
import PurserTestSupport
import Testing

/// The built sandbox, as a process of its own that speaks TLS on loopback.
struct SandboxProcess: Sendable {
    let connection: JSONValue

    static let binary = Golden.directory.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/debug/purser-sandbox")

    static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: binary.path()) }

    /// Starts a sandbox with a new world, runs `body` with an engine that uses it, and stops the sandbox.
    static func with(_ body: (AzureHarness, SandboxProcess) async throws -> Void) async throws {
        let world = FileManager.default.temporaryDirectory.appending(path: "purser-kinds-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: world, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: world) }
        let process = Process()
        process.executableURL = binary
        process.arguments = ["--directory", world.path(), "--operation-delay", "0"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        defer { process.terminate() }
        guard try output.fileHandleForReading.read(upToCount: 1) != nil else {
            Issue.record("the sandbox did not start")
            return
        }
        let connection = try JSONValue(parsing: [UInt8](Data(contentsOf: world.appending(path: "connection.json"))))
        try await run(connection, body)
    }

    private static func run(
        _ connection: JSONValue, _ body: (AzureHarness, SandboxProcess) async throws -> Void
    ) async throws {
        let environment = connection["environment"]?.object?.compactMapValues(\.string) ?? [:]
        let clients = try await Clients.make(
            settings: ClientSettings(environment: environment, parseYAML: { try JSONValue(parsing: $0) }))
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(AzureHarness(clients: clients), SandboxProcess(connection: connection)))
        } catch {
            outcome = .failure(error)
        }
        await clients.shutdown()
        try outcome.get()
    }

    var subscription: String { connection["subscriptionId"]?.string ?? "" }

    /// The head of a spec for this sandbox.
    var settings: String {
        """
        apiVersion: purser/v1
        environment: test
        azure: {tenant: \(connection["tenantId"]?.string ?? ""), subscription: \(subscription), location: westeurope}
        cluster: {nodeResourceGroup: aks-nodes-west-dev}

        """
    }
}
