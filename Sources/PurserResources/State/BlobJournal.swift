import PurserClients
import PurserEngine

/// The journal as an append blob: one block for each group of lines that are due at once, so that a line is there whole
/// or not at all.
///
/// Each append demands that the blob is as this run left it. So one that is sent again after a lost answer is not
/// doubled, and a run that has lost its lock without knowing cannot write into the journal of the next one.
///
/// An append blob takes 50,000 blocks. What follows goes into `journal.2.ndjson` and so on, which count only after a full
/// one, and are cleared before that is full: so the removal of the first ends a run, and what a crash leaves of the others
/// means nothing.
actor BlobJournalStorage: JournalStorage {
    /// The blob that is appended to, as the last answer told it.
    private struct Part: Sendable {
        var number: Int
        var etag: String
        var length: Int
        var blocks: Int
    }

    private enum Knowledge {
        case unread
        case absent
        case last(Part)
    }

    private let blobs: BlobClient
    private let place: @Sendable (_ part: Int) -> BlobAddress
    private let lease: BlobLease
    private let mostBlocks: Int
    private var known = Knowledge.unread
    /// The ETag of the first part.
    private var firstETag: String?
    private var waiting: [(bytes: [UInt8], caller: CheckedContinuation<Void, any Error>)] = []
    private var isSending = false
    /// After an append whose outcome is not known, or that somebody else came before, nothing is written any more.
    private var failure: (any Error)?

    init(
        blobs: BlobClient, lease: BlobLease, mostBlocks: Int, place: @escaping @Sendable (_ part: Int) -> BlobAddress
    ) {
        self.blobs = blobs
        self.lease = lease
        self.mostBlocks = mostBlocks
        self.place = place
    }

    // MARK: Reading

    func read() async throws -> [UInt8]? {
        guard var blob = try await content(1) else {
            (known, firstETag) = (.absent, nil)
            return nil
        }
        firstETag = blob.etag
        var (bytes, number) = (blob.bytes, 1)
        while blob.blocks >= mostBlocks, let next = try await content(number + 1) {
            (blob, number) = (next, number + 1)
            bytes += next.bytes
        }
        known = .last(Part(number: number, etag: blob.etag, length: blob.bytes.count, blocks: blob.blocks))
        return bytes
    }

    private func content(_ number: Int) async throws -> Blob? {
        try await BlobFailures.telling(place(number)) { () async throws(ServiceError) in
            try await blobs.read(place(number))
        }
    }

    // MARK: Appending

    /// Lines that come while others are on their way go together, in one block.
    func append(_ bytes: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { caller in
            waiting.append((bytes, caller))
            guard !isSending else { return }
            isSending = true
            // Not of the caller's task: what is under way is noted also when that is cancelled.
            Task { await sendAll() }
        }
    }

    private func sendAll() async {
        while !waiting.isEmpty {
            let group = waiting
            waiting = []
            do {
                if let failure { throw failure }
                try await send(group.flatMap(\.bytes))
                for item in group { item.caller.resume() }
            } catch {
                failure = error
                for item in group { item.caller.resume(throwing: error) }
            }
        }
        isSending = false
    }

    private func send(_ bytes: [UInt8]) async throws {
        try await lease.demand()
        var part = try await partWithRoom()
        if part.blocks + 1 >= mostBlocks { try await clear(part.number + 1) }
        let etag = try await appended(bytes, to: part)
        if part.number == 1 { firstETag = etag }
        part.etag = etag
        part.length += bytes.count
        part.blocks += 1
        known = .last(part)
    }

    /// Returns the blob's new ETag.
    private func appended(_ bytes: [UInt8], to part: Part) async throws -> String {
        let blob = place(part.number)
        let refusal: ServiceError
        do throws(ServiceError) {
            return try await blobs.append(bytes, to: blob, at: part.length, etag: part.etag)
        } catch {
            refusal = error
        }
        guard refusal.status == 412 || refusal.status == 404 else { throw BlobFailures.failure(refusal, blob) }
        if refusal.outcomeUnknown, let found = try await content(part.number),
            found.bytes.count == part.length + bytes.count, found.bytes.suffix(bytes.count).elementsEqual(bytes)
        {
            return found.etag
        }
        throw await lease.lostToAnother()
    }

    private func partWithRoom() async throws -> Part {
        if case .unread = known { _ = try await read() }
        switch known {
        case .last(let part) where part.blocks < mostBlocks: return part
        case .last(let part): return try await created(part.number + 1)
        case .absent, .unread: return try await created(1)
        }
    }

    private func created(_ number: Int) async throws -> Part {
        let blob = place(number)
        let etag: String
        do throws(ServiceError) {
            etag = try await blobs.createAppendBlob(blob)
        } catch {
            guard error.status == 409 || error.status == 412 else { throw BlobFailures.failure(error, blob) }
            // An earlier attempt, of which no answer came, may have made it.
            guard error.outcomeUnknown, let found = try await content(number), found.bytes.isEmpty else {
                throw await lease.lostToAnother()
            }
            etag = found.etag
        }
        if number == 1 { firstETag = etag }
        return Part(number: number, etag: etag, length: 0, blocks: 0)
    }

    /// A run that was killed while it removed its journal may have left that part.
    private func clear(_ number: Int) async throws {
        let blob = place(number)
        try await BlobFailures.telling(blob) { () async throws(ServiceError) in try await blobs.delete(blob) }
    }

    // MARK: Removing

    func remove() async throws {
        try await lease.demand()
        if case .unread = known { _ = try await read() }
        guard case .last(let last) = known else { return }
        let first = place(1)
        do throws(ServiceError) {
            try await blobs.delete(first, if: firstETag.map { .unchanged(etag: $0) })
        } catch {
            guard error.status == 412 else { throw BlobFailures.failure(error, first) }
            throw await lease.lostToAnother()
        }
        known = .absent
        firstETag = nil
        for number in stride(from: 2, through: last.number, by: 1) { try? await blobs.delete(place(number)) }
    }
}
