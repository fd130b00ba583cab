package import PurserClients
package import PurserEngine

/// State in Blob storage: `state.json`, `journal.ndjson` and `lock` below `ENVIRONMENT/`.
///
/// Only the holder of the lock writes; and whatever it writes demands that the blob is as this backend last saw it, so
/// that one who has lost the lock and does not know it yet (a machine that slept) writes over nothing.
package actor BlobStateBackend: StateBackend {
    nonisolated package let place: String
    nonisolated package let journal: any JournalStorage
    private let blobs: BlobClient
    private let blob: BlobAddress
    private let environment: String
    private let lease: BlobLease
    /// What the blob's ETag was when it was last read or written; nil if there was no blob.
    private var etag: String?

    /// `mostBlocks` is how many blocks of the journal go into one blob, `retry` how long is waited before a lock that
    /// another holds is asked for again.
    package init(
        blobs: BlobClient, location: BlobStateLocation, environment: String,
        clock: any Clock<Duration> = ContinuousClock(), mostBlocks: Int = BlobClient.mostBlocks,
        retry: Duration = .seconds(2)
    ) {
        self.blobs = blobs
        self.environment = environment
        blob = location.blob("state.json", of: environment)
        place = blob.place
        lease = BlobLease(
            blobs: blobs, blob: location.blob("lock", of: environment), clock: ClientClock(clock), retry: retry)
        journal = BlobJournalStorage(blobs: blobs, lease: lease, mostBlocks: mostBlocks) { part in
            location.blob(part == 1 ? "journal.ndjson" : "journal.\(part).ndjson", of: environment)
        }
    }

    package func load() async throws -> StateSnapshot? {
        let found = try await content()
        etag = found?.etag
        return try found.map { try StateDocument.snapshot($0.bytes, environment: environment, place: place) }
    }

    private func content() async throws -> Blob? {
        try await BlobFailures.telling(blob) { () async throws(ServiceError) in try await blobs.read(blob) }
    }

    package func save(_ snapshot: StateSnapshot) async throws {
        try await lease.demand()
        let bytes = try StateDocument.bytes(of: snapshot)
        do throws(ServiceError) {
            etag = try await blobs.write(bytes, to: blob, if: etag.map { .unchanged(etag: $0) } ?? .absent)
        } catch {
            guard error.status == 409 || error.status == 412 else { throw BlobFailures.failure(error, blob) }
            // An earlier attempt, of which no answer came, may have been carried out.
            guard error.outcomeUnknown, let found = try await content(), found.bytes == bytes else {
                throw StateError.changed(place: place)
            }
            etag = found.etag
        }
    }

    package func lock(_ holder: LockHolder, timeout: Duration) async throws {
        try await lease.take(holder, timeout: timeout)
    }

    package func unlock() async { await lease.giveBack() }
    package func lockHolder() async throws -> LockHolder? { try await lease.holder() }
    package func breakLock() async throws { try await lease.takeAway() }
    package func lockLoss() async -> StateError? { await lease.loss() }
    package func confirmLock() async throws { try await lease.confirm() }
}
