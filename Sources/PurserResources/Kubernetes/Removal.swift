import PurserClients
import PurserEngine
import PurserSyntax
import Synchronization

/// Waits until a deleted object is gone, and tells what holds it if that does not come about.
///
/// Sources: Kubernetes documentation, "Finalizers", "Pod Lifecycle" (termination) and "Namespaces" (conditions).
struct Removal: Sendable {
    let client: KubernetesClient
    let name: ObjectName
    let operation: Operation

    /// Long enough for a pod's grace period and for a namespace's finalizers.
    private static let limit = Duration.seconds(300)

    /// `uid` is that of the object that goes; another one under its name counts as gone. Ends early when the user wants
    /// to stop.
    func wait(uid: String?) async throws {
        let told = Told(name: name, report: operation.report)
        do throws(ServiceError) {
            try await client.waitUntilGone(
                name.path, uid: uid, timeout: Self.limit, isStopped: operation.isInterrupted
            ) { found in
                told.note(Self.finalizers(of: found.value))
            }
        } catch {
            if error.isCancellation, operation.isInterrupted() {
                throw ServiceError(
                    service: .kubernetes, code: ServiceError.Code.cancelled,
                    message: "stopped waiting until \(name) is gone")
            }
            guard error.isTimeout, let found = try await remaining(uid) else { throw error }
            told.note(Self.finalizers(of: found))
            throw ResourceFailure.stuck("\(name)", heldBy: try await holders(of: found))
        }
    }

    private func remaining(_ uid: String?) async throws(ServiceError) -> Value? {
        guard let found = try await client.get(name.path)?.value else { return nil }
        return uid == nil || found.uid == uid ? found : nil
    }

    private func holders(of object: Value) async throws -> [String] {
        var holders = Self.finalizers(of: object) + Self.conditions(of: object)
        if holders.isEmpty, name.kind == .pod { holders.append(try await node(of: object)) }
        return holders
    }

    /// The cluster's own finalizer of a deletion in the foreground is told as what it waits for.
    static func finalizers(of object: Value) -> [String] {
        (object.member("metadata", "finalizers")?.list ?? []).compactMap(\.string).map { finalizer in
            finalizer == "foregroundDeletion"
                ? "objects that belong to it" : "finalizer '\(finalizer)', which its controller has not removed"
        }
    }

    /// What a namespace says of what is still in it.
    static func conditions(of object: Value) -> [String] {
        (object.member("status", "conditions")?.list ?? []).compactMap { condition in
            guard condition["status"] == "True", let type = condition["type"]?.string, type.hasPrefix("Namespace")
            else { return nil }
            return condition["message"]?.string ?? type
        }
    }

    /// A pod is gone when its node says that its containers have ended.
    private func node(of pod: Value) async throws -> String {
        guard let node = pod.member("spec", "nodeName")?.string else { return "nothing that it tells" }
        let object: Value?
        do throws(ServiceError) {
            object = try await client.get(ObjectKind.node.path(namespace: nil, name: node))?.value
        } catch {
            guard error.isDenied else { throw error }
            return "node '\(node)', which has not confirmed that its containers have ended"
        }
        guard let object else { return "node '\(node)', which is gone" }
        let conditions = object.member("status", "conditions")?.list ?? []
        let isReady = conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
        return isReady
            ? "node '\(node)', which has not confirmed that its containers have ended"
            : "node '\(node)', which is not ready"
    }
}

/// Tells what a deleted object waits for, whenever that is something else: the cluster's own finalizer goes before those
/// of others.
private final class Told: Sendable {
    private let name: ObjectName
    private let report: @Sendable (String) -> Void
    private let last = Mutex<[String]>([])

    init(name: ObjectName, report: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.report = report
    }

    func note(_ holders: [String]) {
        let isNews = last.withLock { last in
            defer { last = holders }
            return last != holders
        }
        if isNews, !holders.isEmpty { report("\(name) waits for \(holders.joined(separator: ", and for "))") }
    }
}

extension ResourceFailure {
    static func stuck(_ what: String, heldBy holders: [String]) -> ResourceFailure {
        let held = holders.isEmpty ? "nothing that it tells" : holders.joined(separator: "; ")
        return ResourceFailure(
            .applyStuckTerminating, "\(what) was deleted and is still there; it is held by \(held)",
            hint: "have what holds it let go, then run again", category: .timedOut)
    }
}

extension DiagnosticCode {
    static let applyStuckTerminating = DiagnosticCode("apply/stuck-terminating")
}
