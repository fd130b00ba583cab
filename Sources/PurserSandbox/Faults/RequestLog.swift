/// What was asked since the start or since the log was cleared: enough to prove that nothing was written, and never
/// a body, a query or a header, for these hold secrets.
actor RequestLog {
    private struct Entry {
        let plane: FaultRule.Plane
        let method: String
        let host: String
        let path: String
        let status: Int?
        /// Whether the call asked to change nothing (`dryRun=All` of Kubernetes).
        let isDryRun: Bool
    }

    private var entries: [Entry] = []
    private static let limit = 100_000

    /// Notes a call; a nil `status` says that the connection was cut without an answer.
    func record(_ request: SandboxRequest, on plane: FaultRule.Plane, status: Int?) {
        guard entries.count < Self.limit else { return }
        entries.append(
            Entry(
                plane: plane, method: request.method, host: request.host, path: request.path, status: status,
                isDryRun: request.isDryRun))
    }

    func clear() { entries = [] }

    func listing() -> JSON {
        .array(
            entries.map {
                [
                    "plane": .string($0.plane.rawValue), "method": .string($0.method), "host": .string($0.host),
                    "path": .string($0.path), "status": $0.status.map { .int($0) } ?? .null,
                    "dryRun": .bool($0.isDryRun),
                ]
            })
    }
}
