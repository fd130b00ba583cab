import Foundation
import PurserClients
import PurserEngine

/// The lock of an environment: a lease of the blob `lock`, whose content tells who holds it.
///
/// A lease lasts a minute and is renewed while it is held, so that a holder that is gone blocks nobody for longer. Who
/// cannot renew it stops writing before it ends. Source: Azure REST reference, Blob service, "Lease Blob".
actor BlobLease {
    static let seconds = 60
    static let renewal = Duration.seconds(20)
    /// What is left of a lease when writing stops: a write that has begun may still be on its way.
    static let margin = Duration.seconds(5)

    private enum Standing {
        case free
        case held(id: String, until: Duration)
        case lost
    }

    private let blobs: BlobClient
    private let blob: BlobAddress
    private let clock: ClientClock
    /// How long is waited before a lease that another has, or that could not be renewed, is asked for again.
    private let retry: Duration
    private var standing = Standing.free
    private var renewing: Task<Void, Never>?
    private let losses = AsyncStream<StateError>.makeStream()

    init(blobs: BlobClient, blob: BlobAddress, clock: ClientClock, retry: Duration) {
        self.retry = retry
        self.blobs = blobs
        self.blob = blob
        self.clock = clock
    }

    // MARK: Taking and giving back

    /// Throws `StateError.locked` if another has it all the time.
    func take(_ holder: LockHolder, timeout: Duration) async throws {
        let began = clock.now()
        let id = UUID().uuidString.lowercased()
        while true {
            let asked = clock.now()
            if try await isGranted(id) {
                standing = .held(id: id, until: asked + .seconds(Self.seconds))
                return try await introduce(holder, id)
            }
            let left = timeout - (clock.now() - began)
            guard left > .zero else { throw StateError.locked(by: try await self.holder()) }
            guard await clock.pause(min(left, retry)) else { throw CancellationError() }
        }
    }

    /// Whether the lease was to be had. What is leased has to be there first.
    private func isGranted(_ id: String) async throws -> Bool {
        for _ in 0..<3 {
            do throws(ServiceError) {
                try await blobs.acquireLease(blob, id: id, seconds: Self.seconds)
                return true
            } catch {
                if ["LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"].contains(error.code) { return false }
                guard error.code == "BlobNotFound" else { throw BlobFailures.failure(error, blob) }
            }
            do throws(ServiceError) {
                _ = try await blobs.write([], to: blob, if: .absent)
            } catch {
                // Another was quicker to make it, and may have leased it already.
                guard error.status == 409 || error.status == 412 else { throw BlobFailures.failure(error, blob) }
            }
        }
        throw StateError.changed(place: blob.place)
    }

    /// Until this is written, who asks is told of the holder before.
    private func introduce(_ holder: LockHolder, _ id: String) async throws {
        renewing = Task { await keepRenewing(id) }
        do {
            let bytes = [UInt8](try JSONEncoder().encode(holder))
            _ = try await BlobFailures.telling(blob) { () async throws(ServiceError) in
                try await blobs.write(bytes, to: blob, if: nil, lease: id)
            }
        } catch {
            await giveBack()
            throw error
        }
    }

    /// Also when the command was interrupted: the next one need not wait then. If the service does not answer, the lease
    /// ends by itself.
    func giveBack() async {
        renewing?.cancel()
        renewing = nil
        guard case .held(let id, _) = standing else { return }
        standing = .free
        let (blobs, blob) = (blobs, blob)
        await Task { try? await blobs.releaseLease(blob, id: id) }.value
    }

    func takeAway() async throws {
        try await BlobFailures.telling(blob) { () async throws(ServiceError) in try await blobs.breakLease(blob) }
    }

    /// Nil if nobody holds it, or the holder did not say who it is.
    func holder() async throws -> LockHolder? {
        let found = try await BlobFailures.telling(blob) { () async throws(ServiceError) in
            try await blobs.read(blob)
        }
        guard let found, found.isLeased else { return nil }
        return try? JSONDecoder().decode(LockHolder.self, from: Data(found.bytes))
    }

    // MARK: Keeping it

    private func keepRenewing(_ id: String) async {
        var pause = Self.renewal
        while await clock.pause(pause) {
            guard case .held(id, let until) = standing else { return }
            let asked = clock.now()
            do throws(ServiceError) {
                try await blobs.renewLease(blob, id: id)
                renewed(id, until: asked + .seconds(Self.seconds))
                pause = Self.renewal
            } catch {
                if error.isCancellation { return }
                let isRefused = error.status == 409 || error.status == 412 || error.status == 404
                guard !isRefused, clock.now() < until - Self.margin else { return lose(id) }
                pause = retry
            }
        }
    }

    private func renewed(_ id: String, until: Duration) {
        guard case .held(id, _) = standing else { return }
        standing = .held(id: id, until: until)
    }

    private func lose(_ id: String) {
        guard case .held(id, _) = standing else { return }
        standing = .lost
        losses.continuation.yield(.lockLost(place: blob.place))
    }

    /// Somebody else was seen to have written what only the holder may write.
    func lostToAnother() -> StateError {
        if case .held(let id, _) = standing { lose(id) }
        return .lockLost(place: blob.place)
    }

    func loss() async -> StateError? {
        for await loss in losses.stream { return loss }
        return nil
    }

    /// Throws `StateError.lockLost` unless the lease is held for certain.
    func demand() throws {
        if case .held(let id, let until) = standing {
            if clock.now() < until - Self.margin { return }
            lose(id)
        }
        throw StateError.lockLost(place: blob.place)
    }

    /// Throws `StateError.lockLost` if it was held and is lost.
    func confirm() throws {
        if case .lost = standing { throw StateError.lockLost(place: blob.place) }
    }
}
