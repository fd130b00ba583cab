import Foundation

/// A lease of a blob, as it was last acquired, renewed or broken.
/// Source: Azure REST reference, Blob service, "Lease Blob", with its table of states and outcomes.
struct BlobLease: Sendable {
    enum State: String, Sendable {
        case available, leased, expired, breaking, broken
    }

    var id: String
    /// -1 for one that does not end.
    var seconds: Int
    /// Seconds since 1970.
    var expiry: Double
    /// When it is, or was, broken; nil if nobody broke it.
    var breakTime: Double?

    init(id: String, seconds: Int, at now: Double) {
        self.id = id
        self.seconds = seconds
        expiry = seconds < 0 ? .greatestFiniteMagnitude : now + Double(seconds)
    }

    init?(_ document: JSON) {
        guard let id = document["id"]?.stringValue, let seconds = document["seconds"]?.intValue else { return nil }
        self.id = id
        self.seconds = seconds
        expiry = document["expiry"]?.numberValue ?? 0
        breakTime = document["breakTime"]?.numberValue
    }

    var document: JSON {
        var document: JSON = ["id": .string(id), "seconds": .int(seconds), "expiry": .double(expiry)]
        document["breakTime"] = breakTime.map { .double($0) }
        return document
    }

    static func state(of lease: BlobLease?, at now: Double) -> State {
        guard let lease else { return .available }
        if let breakTime = lease.breakTime { return breakTime <= now ? .broken : .breaking }
        return lease.expiry <= now ? .expired : .leased
    }

    static func isLocking(_ lease: BlobLease?, at now: Double) -> Bool {
        [.leased, .breaking].contains(state(of: lease, at: now))
    }

    func isOver(at now: Double) -> Bool { !Self.isLocking(self, at: now) }

    /// Whether a write may go on that names this lease, or none.
    /// - Throws: 412 as the service gives it.
    static func admit(_ given: String?, to lease: BlobLease?, at now: Double) throws(AzureError) {
        let state = state(of: lease, at: now)
        guard isLocking(lease, at: now) else {
            guard given != nil else { return }
            throw state == .available
                ? AzureError(
                    412, "LeaseNotPresentWithBlobOperation", "There is currently no lease on the blob.")
                : AzureError(
                    412, "LeaseLost",
                    "A lease ID was specified, but the lease for the blob has expired.")
        }
        guard let given else {
            throw AzureError(
                412, "LeaseIdMissing",
                "There is currently a lease on the blob and no lease ID was specified in the request.")
        }
        guard given.lowercased() == lease?.id else {
            throw AzureError(
                412, "LeaseIdMismatchWithBlobOperation",
                "The lease ID specified did not match the lease ID for the blob.")
        }
    }
}

/// `x-ms-lease-action` on one blob.
struct BlobLeaseAction: Sendable {
    let request: SandboxRequest
    let now: Double

    struct Outcome: Sendable {
        let status: Int
        let lease: BlobLease?
        var headers: Headers = [:]
    }

    /// - Throws: 400 for headers that do not fit, 409 where the blob's lease does not allow it.
    func outcome(of lease: BlobLease?) throws(AzureError) -> Outcome {
        switch request.headers["x-ms-lease-action"]?.lowercased() {
        case "acquire": return try acquire(lease)
        case "renew": return try renew(lease)
        case "change": return try change(lease)
        case "release": return try release(lease)
        case "break": return try breakIt(lease)
        case nil: throw Self.missing
        default: throw Self.invalid
        }
    }

    private static let missing = AzureError(
        400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.")
    private static let invalid = AzureError(
        400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.")

    private func acquire(_ lease: BlobLease?) throws(AzureError) -> Outcome {
        guard let text = request.headers["x-ms-lease-duration"] else { throw Self.missing }
        guard let seconds = Int(text), seconds == -1 || (15...60).contains(seconds) else { throw Self.invalid }
        let proposed = try identifier("x-ms-proposed-lease-id")
        if let lease, BlobLease.isLocking(lease, at: now) {
            guard proposed == lease.id else {
                throw AzureError(409, "LeaseAlreadyPresent", "There is already a lease present.")
            }
            guard lease.breakTime == nil else {
                throw AzureError(
                    409, "LeaseIsBreakingAndCannotBeAcquired",
                    "There is already a breaking lease, and can't be acquired until the lease is broken or released.")
            }
        }
        return granted(201, BlobLease(id: proposed ?? UUID().uuidString.lowercased(), seconds: seconds, at: now))
    }

    private func renew(_ lease: BlobLease?) throws(AzureError) -> Outcome {
        let lease = try matching(lease)
        guard lease.breakTime == nil else {
            throw AzureError(
                409, "LeaseIsBrokenAndCannotBeRenewed",
                "The lease ID matched, but the lease has been broken explicitly and cannot be renewed.")
        }
        return granted(200, BlobLease(id: lease.id, seconds: lease.seconds, at: now))
    }

    private func change(_ lease: BlobLease?) throws(AzureError) -> Outcome {
        guard let proposed = try identifier("x-ms-proposed-lease-id") else { throw Self.missing }
        var lease = try matching(lease, or: proposed)
        guard BlobLease.state(of: lease, at: now) == .leased else {
            throw AzureError(
                409, "LeaseNotPresentWithLeaseOperation", "There is currently no lease on the blob.")
        }
        lease.id = proposed
        return granted(200, lease)
    }

    private func release(_ lease: BlobLease?) throws(AzureError) -> Outcome {
        _ = try matching(lease)
        return Outcome(status: 200, lease: nil)
    }

    private func breakIt(_ lease: BlobLease?) throws(AzureError) -> Outcome {
        let text = request.headers["x-ms-lease-break-period"]
        let period = text.flatMap { Int($0) }
        guard text == nil || period.map((0...60).contains) == true else { throw Self.invalid }
        guard var lease else {
            throw AzureError(409, "LeaseNotPresentWithLeaseOperation", "There is currently no lease on the blob.")
        }
        if let breakTime = lease.breakTime, breakTime <= now {
            throw AzureError(
                409, "LeaseAlreadyBroken", "The lease has already been broken and cannot be broken again.")
        }
        let left = lease.seconds < 0 ? 0 : max(0, (lease.breakTime ?? lease.expiry) - now)
        let wait = min(period.map(Double.init) ?? left, lease.seconds < 0 ? 60 : left)
        lease.breakTime = now + wait
        return Outcome(status: 202, lease: lease, headers: ["x-ms-lease-time": "\(Int(wait.rounded(.up)))"])
    }

    private func granted(_ status: Int, _ lease: BlobLease) -> Outcome {
        Outcome(status: status, lease: lease, headers: ["x-ms-lease-id": lease.id])
    }

    /// The lease that the request names, in whatever state.
    private func matching(_ lease: BlobLease?, or other: String? = nil) throws(AzureError) -> BlobLease {
        guard let given = try identifier("x-ms-lease-id") else { throw Self.missing }
        guard let lease else {
            throw AzureError(409, "LeaseNotPresentWithLeaseOperation", "There is currently no lease on the blob.")
        }
        guard given == lease.id || other == lease.id else {
            throw AzureError(
                409, "LeaseIdMismatchWithLeaseOperation",
                "The lease ID specified did not match the lease ID for the blob.")
        }
        return lease
    }

    private func identifier(_ name: String) throws(AzureError) -> String? {
        guard let text = request.headers[name] else { return nil }
        guard UUID(uuidString: text) != nil else { throw Self.invalid }
        return text.lowercased()
    }
}
