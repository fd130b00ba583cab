import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import SystemPackage
import Testing

@testable import PurserSandbox

/// The whole sandbox on the wire: TLS that clients verify, vaults reached by name through the proxy.
struct LiveSandboxTests {
    /// Runs a sandbox on a world of its own while `body` runs.
    func withSandbox(
        _ directory: FilePath, _ body: @Sendable (JSON, HTTPClient) async throws -> Void
    ) async throws {
        let (ready, continuation) = AsyncStream.makeStream(of: FilePath.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Sandbox.run(SandboxConfiguration(directory: directory)) { continuation.yield($0) }
                continuation.finish()
            }
            for await file in ready {
                let connection = try JSON(parsing: PrivateFiles.contents(of: file))
                let client = try client(connection)
                let outcome: Result<Void, any Error>
                do {
                    outcome = .success(try await body(connection, client))
                } catch {
                    outcome = .failure(error)
                }
                try await client.shutdown()
                group.cancelAll()
                return try outcome.get()
            }
            try await group.waitForAll()
        }
    }

    private func client(_ connection: JSON) throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(connection["caFile"]?.stringValue ?? "")
        let port = URLComponents(string: connection["proxyURL"]?.stringValue ?? "")?.port ?? 0
        return HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(tlsConfiguration: tls, proxy: .server(host: "127.0.0.1", port: port)))
    }

    func send(
        _ client: HTTPClient, _ url: String, method: String = "GET", token: String? = nil, body: String? = nil
    ) async throws -> (status: Int, body: JSON) {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await client.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        return (Int(response.status.code), (try? JSON(parsing: Array(bytes.readableBytesView))) ?? .null)
    }

    func withDirectory(_ body: (FilePath) async throws -> Void) async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-live-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        try await body(directory)
    }

    @Test func `a client that trusts the world's authority reaches everything by the proxy`() async throws {
        try await withDirectory { directory in
            try await withSandbox(directory) { connection, client in
                let root = connection["azureURL"]?.stringValue ?? ""
                let form =
                    "grant_type=client_credentials&client_id=\(connection["clientId"]?.stringValue ?? "")"
                    + "&client_secret=\(connection["clientSecret"]?.stringValue ?? "")"
                    + "&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
                let tenant = connection["tenantId"]?.stringValue ?? ""
                let token = try await send(client, "\(root)/\(tenant)/oauth2/v2.0/token", method: "POST", body: form)
                #expect(token.status == 200)
                let subscriptions = try await send(
                    client, "\(root)/subscriptions?api-version=2022-12-01",
                    token: token.body["access_token"]?.stringValue)
                #expect(
                    subscriptions.body["value"]?.arrayValue?.first?["subscriptionId"] == connection["subscriptionId"])
                let charts = try await send(
                    client, "https://azure.github.io\(ChartRepository.path)/index.yaml")
                #expect(charts.status == 200)
                let cluster = try await send(client, "\(connection["kubernetesURL"]?.stringValue ?? "")/version")
                #expect(cluster.body["gitVersion"] != nil)
            }
        }
    }

    @Test func `an ordered reset cuts the connection, and the world keeps secret and ports over a restart`()
        async throws
    {
        try await withDirectory { directory in
            let first = Recorded()
            try await withSandbox(directory) { connection, client in
                await first.set(connection)
                let admin = connection["adminURL"]?.stringValue ?? ""
                let token = connection["adminToken"]?.stringValue
                let rule = #"{"match":{"path":"/metadata/*"},"times":1,"fault":{"reset":"before"}}"#
                let ordered = try await send(client, "\(admin)/faults", method: "POST", token: token, body: rule)
                #expect(ordered.status == 201)
                let metadata = connection["metadataURL"]?.stringValue ?? ""
                await #expect(throws: (any Error).self) { try await send(client, metadata) }
                #expect(try await send(client, metadata).status == 200)
                #expect(try await send(client, "\(admin)/faults").status == 401)
                let log = try await send(client, "\(admin)/requests", token: token)
                #expect(log.body.arrayValue?.map { $0["status"] } == [.null, 200])
            }
            try await withSandbox(directory) { connection, _ in
                for member in ["azureURL", "proxyURL", "kubernetesURL", "clientSecret", "adminToken"] {
                    #expect(connection[member] == (await first.connection)[member])
                }
            }
        }
    }

    private actor Recorded {
        var connection: JSON = .null

        func set(_ connection: JSON) { self.connection = connection }
    }
}

struct ConnectProxyTests {
    @Test(
        arguments: [
            ("localhost:8443", 8443), ("LOCALHOST:443", 8443), ("127.0.0.1:6443", 6443),
            ("a.vault.purser.test:443", 8443),
            ("azure.github.io:443", 8443), ("azure.github.io:80", nil), ("example.com:443", nil),
            ("purser.test.example.com:443", nil), ("localhost", nil), ("localhost:x", nil), ("[::1]:443", nil),
        ] as [(String, Int?)])
    func `the proxy leads to the sandbox and nowhere else`(_ target: String, _ port: Int?) {
        let addresses = Addresses(.init(azure: 8443, kubernetes: 6443, proxy: 3128))
        #expect(ConnectProxy.port(for: target, addresses: addresses) == port)
    }

    @Test func `a vault has a name from its registration to its purge`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(10))
        let host = "seal-kv.vault.purser.test"
        #expect(await !world.azure.vaults.resolves(host: host))
        await world.makeVault()
        #expect(await !world.azure.vaults.resolves(host: host))
        world.time.advance(by: 10)
        #expect(await world.azure.vaults.resolves(host: host))
        await world.arm("DELETE", AzureWorld.vault)
        #expect(await world.azure.vaults.resolves(host: host))
        #expect(await world.azure.vaults.resolves(host: "login.purser.test"))
    }
}
