import Foundation
import PurserClients
import PurserTestSupport
import Testing

/// The built sandbox, as a process of its own that speaks TLS on loopback.
struct SandboxProcess: Sendable {
    let connection: JSONValue
    private let transport: AsyncHTTPTransport

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
            settings: ClientSettings(
                environment: environment, parseYAML: { try JSONValue(parsing: $0) },
                retry: RetryPolicy(attempts: 2, firstPause: .milliseconds(1))))
        let transport = AsyncHTTPTransport(environment: environment)
        let outcome: Result<Void, any Error>
        do {
            let sandbox = SandboxProcess(connection: connection, transport: transport)
            outcome = .success(try await body(AzureHarness(clients: clients), sandbox))
        } catch {
            outcome = .failure(error)
        }
        await clients.shutdown()
        await transport.shutdown()
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

    /// Orders a fault for coming calls: see the sandbox's `FaultRule`.
    func order(_ rule: JSONValue) async throws { try await admin("POST", "faults", rule) }

    /// How many calls have met an ordered fault.
    func metFaults() async throws -> Int {
        let answer = try JSONValue(parsing: try await admin("GET", "faults"))
        return (answer["faults"]?.array ?? answer.array ?? []).reduce(0) { $0 + ($1["hits"]?.int ?? 0) }
    }

    /// Adds to the world what clients cannot make, and answers what was added.
    @discardableResult
    func addToWorld(_ what: String, _ body: JSONValue) async throws -> JSONValue {
        try JSONValue(parsing: try await admin("POST", "world/\(what)", body))
    }

    /// Takes all faults back and forgets the calls so far.
    func calm() async throws {
        try await admin("DELETE", "faults")
        try await admin("DELETE", "requests")
    }

    @discardableResult
    private func admin(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> [UInt8] {
        let headers = [
            HTTPHeader("x-admin-token", connection["adminToken"]?.string ?? ""),
            HTTPHeader("Content-Type", "application/json"),
        ]
        let url = "\(connection["adminURL"]?.string ?? "")/\(path)"
        let answer = try await transport.send(
            HTTPRequest(method: method, url: url, headers: headers, body: body?.encoded))
        #expect((200..<300).contains(answer.status), "\(method) \(url)")
        return answer.body
    }
}
