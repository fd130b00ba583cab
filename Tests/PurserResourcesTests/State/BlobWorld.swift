import Foundation
import PurserClients
import PurserEngine
import PurserResources
import PurserTestSupport
import Synchronization
import SystemPackage

@testable import PurserSandbox

/// The sandbox's storage account in this process, reached without sockets, and clients that use it.
final class BlobWorld: Sendable {
    let directory: FilePath
    let location: BlobStateLocation
    private let azure: AzureServices
    private let store: Store
    private let facts: WorldFacts
    private let sent = Mutex<[String]>([])
    /// By how much the service's clock is ahead.
    private let later = Later()

    /// The service's time goes with the clock: a lease lapses only where a test lets time pass, however slow the machine.
    init(
        _ place: String = "azblob://pursersandboxstate/state/team", clock: ManualClock = ManualClock(automatic: false)
    ) async throws {
        location = try BlobStateLocation(place)
        directory = FilePath(NSTemporaryDirectory()).appending("purser-blobs-\(UUID().uuidString)")
        store = try Store(directory: directory)
        let (later, begin) = (later, Date())
        let timing = Timing(now: {
            begin.addingTimeInterval(clock.now.sinceStart / .seconds(1) + later.seconds)
        })
        facts = try await store.transaction { store in
            let facts = try WorldFacts.loaded(from: store)
            try InitialWorld.make(facts, timing: timing, in: store)
            return facts
        }
        azure = AzureServices(
            store: store, facts: facts, timing: timing,
            addresses: Addresses(.init(azure: 8443, kubernetes: 6443, proxy: 3128)), charts: CloudMetadata())
    }

    /// Lets the service's time pass, and nobody else's.
    func pass(seconds: Double) { later.pass(seconds) }

    deinit { try? FileManager.default.removeItem(atPath: directory.string) }

    /// Method, name of the blob, and `comp`, of all that reached the service.
    var calls: [String] { sent.withLock { $0 } }

    /// A backend as a process of its own has one. `choose` orders faults on its way to the service.
    func backend(
        _ environment: String = "e", clock: any Clock<Duration> = StandingClock(), mostBlocks: Int = 50_000,
        signedIn: Bool = true,
        faults choose: @escaping @Sendable (Int, HTTPRequest) -> FaultyTransport.Fault? = { _, _ in nil }
    ) async throws -> BlobStateBackend {
        BlobStateBackend(
            blobs: try await clients(clock, signedIn, choose).blobs, location: location, environment: environment,
            clock: clock, mostBlocks: mostBlocks, retry: .milliseconds(2))
    }

    private func clients(
        _ clock: any Clock<Duration>, _ signedIn: Bool,
        _ choose: @escaping @Sendable (Int, HTTPRequest) -> FaultyTransport.Fault?
    ) async throws -> Clients {
        let environment = [
            "ARM_CLOUD_METADATA_URL": "https://localhost:8443/metadata/endpoints?api-version=2022-09-01",
            "AZURE_TENANT_ID": WorldFacts.tenant, "AZURE_CLIENT_ID": WorldFacts.deployerClientID,
            "AZURE_CLIENT_SECRET": signedIn ? facts.deployerSecret : "wrong",
        ]
        return try await Clients.make(
            settings: ClientSettings(
                environment: environment, parseYAML: { _ in .null },
                retry: RetryPolicy(attempts: 3, firstPause: .zero), jitter: .none,
                transport: FaultyTransport(Wire(world: self), choose: choose)))
    }

    /// Takes the deployer's role away.
    func revoke() async throws {
        try await store.transaction { store in
            for (key, _) in store.list(RoleAssignments.collection) where key.contains("pursersandboxstate") {
                try store.remove(RoleAssignments.collection, key)
            }
        }
    }

    /// The text of a blob, or nil.
    func text(_ name: String) async -> String? {
        await store.get("blobs", "\(location.account)/\(location.container)/team/\(name)")?["text"]?.stringValue
    }

    /// Puts a blob there, as somebody with a browser would.
    func put(_ name: String, _ text: String, appendable: Bool = false) async throws {
        try await store.transaction { [location] store in
            var blob = StoredBlob(
                kind: appendable ? .append : .block, content: Array(text.utf8), contentType: "application/json")
            try blob.touch(at: 0, in: store)
            try store.put("blobs", "\(location.account)/\(location.container)/team/\(name)", blob.document)
        }
    }

    var names: [String] {
        get async {
            await store.list("blobs").map { String($0.key.dropFirst("pursersandboxstate/state/team/".count)) }
        }
    }

    fileprivate func carry(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        guard let address = Address(request.url) else {
            throw TransportError(.unknownHost, requestMayHaveBeenSent: false, detail: "no address")
        }
        guard await azure.resolves(host: address.host) else {
            throw TransportError(.unknownHost, requestMayHaveBeenSent: false, detail: "its name cannot be resolved")
        }
        let port = address.port == 443 ? "" : ":\(address.port)"
        let asked = SandboxRequest(
            request.method, address.target, authority: address.host + port,
            headers: Headers(request.headers.map { ($0.name, $0.value) }), body: request.body ?? [])
        guard let (plane, service) = azure.route(asked) else { return HTTPResponse(status: 404) }
        if plane == .blob {
            let name = asked.segments.dropFirst(2).joined(separator: "/")
            sent.withLock { $0.append([asked.method, name, asked[query: "comp"] ?? ""].joined(separator: " ")) }
        }
        let answer = await service.respond(to: asked)
        guard case .bytes(let bytes) = answer.body else { return HTTPResponse(status: answer.status) }
        return HTTPResponse(
            status: answer.status, headers: answer.headers.fields.map { HTTPHeader($0.name, $0.value) }, body: bytes)
    }
}

/// A clock that stands still, and lets everybody sleep for as long as asked.
private struct StandingClock: Clock {
    typealias Instant = ContinuousClock.Instant

    let now = ContinuousClock.now
    let minimumResolution = Duration.nanoseconds(1)

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await Task.sleep(for: now.duration(to: deadline), tolerance: tolerance)
    }
}

private final class Later: Sendable {
    private let amount = Mutex(0.0)

    var seconds: Double { amount.withLock { $0 } }

    func pass(_ seconds: Double) { amount.withLock { $0 += seconds } }
}

private struct Wire: HTTPTransport {
    let world: BlobWorld

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse { try await world.carry(request) }

    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish() }
    }

    func shutdown() async {}
}
