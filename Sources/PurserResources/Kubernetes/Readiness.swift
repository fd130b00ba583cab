import PurserClients
import PurserEngine

/// Waits until an object is ready, and tells meanwhile what its pods' events say: the driver's complaint about a secret
/// that it cannot read is nowhere else.
struct Readiness: Sendable {
    let cluster: Cluster
    let operation: Operation

    /// Returns the ready object. Throws `apply/not-ready` when it fails for good, is gone, or is not ready within
    /// `limit` (a time such as `5m`); then the latest event is the reason. Ends early when the user wants to stop.
    func wait(
        for name: ObjectName, limit: String, judge: @escaping @Sendable (Value) -> Progress,
        pods: @escaping @Sendable (Value) async throws(ServiceError) -> [Value]
    ) async throws -> Value {
        let log = EventLog(report: operation.report)
        let timeout = TimeLimit.duration(limit) ?? .seconds(300)
        var latest = ""
        do {
            let (object, progress) = try await cluster.polling.until(
                "\(name)", service: .kubernetes, first: .milliseconds(250), longest: .seconds(3), timeout: timeout,
                waiting: { operation.waiting(latest, $0) }
            ) { () async throws(ServiceError) -> (Value, Progress)? in
                guard let object = try await cluster.client.get(name.path)?.value else {
                    return (.null, .failed("it was deleted"))
                }
                let progress = judge(object)
                guard case .waiting(let reason) = progress else { return (object, progress) }
                await log.note(waitingFor: reason)
                if operation.isInterrupted() {
                    throw ServiceError(
                        service: .kubernetes, code: ServiceError.Code.cancelled,
                        message: "stopped waiting until \(name) is ready")
                }
                for pod in try await pods(object) { await log.note(try await events(of: pod)) }
                latest = await log.reason
                return nil
            }
            if case .failed(let reason) = progress {
                throw ResourceFailure.neverReady("\(name)", because: await log.explained(reason))
            }
            return object
        } catch let error as ServiceError where error.isTimeout {
            throw ResourceFailure.notReady("\(name)", after: limit, because: await log.reason)
        }
    }

    private func events(of pod: Value) async throws(ServiceError) -> [Value] {
        guard let name = pod.member("metadata", "name")?.string,
            let namespace = pod.member("metadata", "namespace")?.string
        else { return [] }
        return try await cluster.client.events(namespace: namespace, kind: "Pod", name: name, uid: pod.uid)
            .map(\.value)
    }
}

/// The warnings told of so far, each once, and the latest of them.
private actor EventLog {
    private let report: @Sendable (String) -> Void
    private var told: Set<String> = []
    private var latest: String?
    private var waiting = "no status yet"

    init(report: @escaping @Sendable (String) -> Void) { self.report = report }

    /// Why it is not ready: the latest warning, or else what it waits for.
    var reason: String { latest ?? waiting }

    func explained(_ reason: String) -> String { latest.map { "\(reason) (\($0))" } ?? reason }

    func note(waitingFor reason: String) { waiting = reason }

    func note(_ events: [Value]) {
        for event in events where event["type"] == "Warning" {
            let text = [event["reason"]?.string, event["message"]?.string].compactMap(\.self).joined(separator: ": ")
            latest = text
            if told.insert(text).inserted { report(text) }
        }
    }
}
