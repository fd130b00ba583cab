import Foundation
import PurserClients
import PurserEngine
import PurserResources
import PurserTestSupport
import Synchronization

/// An API server as far as the kinds use one: get, list, server-side apply (last writer wins, but for fields that are
/// said to be another's), delete, events. Every object gets a `uid`.
///
/// Written after the Kubernetes API conventions; it shares nothing with the client.
final class FakeCluster: HTTPTransport {
    struct Request: Sendable, Hashable {
        let method: String
        let path: String
        let query: [String: String]
        let body: JSONValue?
    }

    private let state = Mutex(ClusterState())
    private let endsLimits: Bool

    /// With `endsLimits`, what is waited for does not come, and the limit of the wait is over at once.
    init(endsLimits: Bool = false) { self.endsLimits = endsLimits }

    /// An object that is there from the beginning, by its path, such as `/api/v1/namespaces/web`.
    func put(_ object: JSONValue, at path: String) { state.withLock { $0.objects[path] = object } }
    func object(at path: String) -> JSONValue? { state.withLock { $0.objects[path] } }
    /// What each further read of the object shows as its status; the last one stays.
    func script(_ statuses: [JSONValue], at path: String) { state.withLock { $0.statuses[path] = statuses } }
    /// What a dry run of an apply there answers: whole objects or refusals, by default the body over what is there.
    func answerDryRun(at path: String, _ answer: @escaping @Sendable (JSONValue) -> HTTPResponse) {
        state.withLock { $0.dryRuns[path] = answer }
    }
    func add(event: JSONValue) { state.withLock { $0.events.append(event) } }
    /// The next apply is refused because of this field.
    func refuse(field: String, for manager: String) { state.withLock { $0.conflict = (field, manager) } }
    var requests: [Request] { state.withLock { $0.requests } }
    var writes: [Request] { requests.filter { $0.method != "GET" && $0.query["dryRun"] == nil } }

    func clients(helm: (any HelmRunner)? = nil) async throws -> Clients {
        let config: JSONValue = [
            "current-context": "test",
            "contexts": [["name": "test", "context": ["cluster": "test", "user": "test"]]],
            "clusters": [["name": "test", "cluster": ["server": "https://cluster.test"]]],
            "users": [["name": "test", "user": ["token": "t"]]],
        ]
        return try await Clients.make(
            settings: ClientSettings(
                environment: [:], parseYAML: { try JSONValue(parsing: $0) }, kubeconfig: "/config",
                clock: endsLimits ? ManualClock() : PatientClock() as any Clock<Duration>, transport: self,
                helmRunner: helm,
                readFile: { $0 == "/config" ? config.encoded : nil }))
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let (path, query) = Self.parts(of: request.url)
        let body = request.body.flatMap { try? JSONValue(parsing: $0) }
        return state.withLock { state in
            state.requests.append(Request(method: request.method, path: path, query: query, body: body))
            switch request.method {
            case "GET": return state.get(path, query)
            case "PATCH" where query["dryRun"] == "All": return state.dryRun(body ?? .null, at: path, query)
            case "PATCH": return state.apply(body ?? .null, at: path, isForced: query["force"] == "true")
            case "DELETE": return state.delete(path)
            default: return ClusterState.failure(405, "MethodNotAllowed", path)
            }
        }
    }

    /// A watch that shows nothing: what is waited for is already there when it is listed.
    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { _ in }
    }

    func shutdown() async {}

    private static func parts(of url: String) -> (String, [String: String]) {
        let components = URLComponents(string: url)
        let query = (components?.queryItems ?? []).map { ($0.name, $0.value ?? "") }
        return (components?.path ?? "", Dictionary(query) { _, last in last })
    }
}

private struct ClusterState {
    var objects: [String: JSONValue] = [:]
    var events: [JSONValue] = []
    var requests: [FakeCluster.Request] = []
    var statuses: [String: [JSONValue]] = [:]
    var conflict: (field: String, manager: String)?
    var dryRuns: [String: @Sendable (JSONValue) -> HTTPResponse] = [:]
    var nextUID = 1

    /// Stores nothing. A field that is another's is refused, but not forgotten.
    func dryRun(_ body: JSONValue, at path: String, _ query: [String: String]) -> HTTPResponse {
        if let answer = dryRuns[path] { return answer(body) }
        if let field = conflict, query["force"] != "true" { return Self.failure(conflict: field.field, field.manager) }
        return Self.success(body.merged(over: objects[path] ?? [:]))
    }

    mutating func get(_ path: String, _ query: [String: String]) -> HTTPResponse {
        if path.hasSuffix("/events") { return Self.success(list(of: events, query)) }
        if var object = objects[path] {
            if var scripted = statuses[path], let status = scripted.first {
                object["status"] = status
                if scripted.count > 1 { scripted.removeFirst() }
                statuses[path] = scripted
            }
            return Self.success(object)
        }
        let isCollection = !path.split(separator: "/").dropFirst(path.hasPrefix("/apis/") ? 3 : 2).count.isMultiple(
            of: 2)
        let members = objects.filter { Self.isMember($0.key, of: path) }
        if members.isEmpty, !isCollection { return Self.failure(404, "NotFound", path) }
        return Self.success(list(of: members.sorted { $0.key < $1.key }.map(\.value), query))
    }

    /// Whether an object is listed at a collection's path: that of its namespace, or that of all namespaces.
    private static func isMember(_ object: String, of collection: String) -> Bool {
        let parts = object.split(separator: "/")
        let listed = collection.split(separator: "/")
        if parts.dropLast() == listed[...] { return true }
        guard let resource = listed.last, parts.count == listed.count + 3, parts[listed.count - 1] == "namespaces"
        else {
            return false
        }
        return parts[listed.count + 1] == resource && parts.prefix(listed.count - 1) == listed.dropLast()
    }

    private func list(of objects: [JSONValue], _ query: [String: String]) -> JSONValue {
        let chosen = objects.filter { matches($0, query) }
        return ["kind": "List", "metadata": ["resourceVersion": "1"], "items": .array(chosen)]
    }

    private func matches(_ object: JSONValue, _ query: [String: String]) -> Bool {
        let labels = (query["labelSelector"] ?? "").split(separator: ",").map {
            $0.split(separator: "=").map(String.init)
        }
        let fields = (query["fieldSelector"] ?? "").split(separator: ",").map {
            $0.split(separator: "=").map(String.init)
        }
        return labels.allSatisfy { object.at("metadata", "labels", $0[0])?.string == $0[1] }
            && fields.allSatisfy { field in
                field[0].split(separator: ".").reduce(Optional(object)) { $0?[String($1)] }?.string == field[1]
            }
    }

    mutating func apply(_ body: JSONValue, at path: String, isForced: Bool) -> HTTPResponse {
        if let field = conflict, !isForced {
            conflict = nil
            return Self.failure(conflict: field.field, field.manager)
        }
        var object = body
        let known = objects[path]?.at("metadata", "uid")
        var metadata = object["metadata"] ?? [:]
        metadata["uid"] = known ?? .string("uid-\(nextUID)")
        if known == nil { nextUID += 1 }
        metadata["generation"] = 1
        object["metadata"] = metadata
        if let status = objects[path]?["status"] { object["status"] = status }
        objects[path] = object
        return Self.success(object)
    }

    mutating func delete(_ path: String) -> HTTPResponse {
        guard let object = objects.removeValue(forKey: path) else { return Self.failure(404, "NotFound", path) }
        return Self.success(object)
    }

    private static func success(_ body: JSONValue) -> HTTPResponse { HTTPResponse(status: 200, body: body.encoded) }

    static func failure(_ status: Int, _ reason: String, _ path: String) -> HTTPResponse {
        let body: JSONValue = [
            "kind": "Status", "status": "Failure", "reason": .string(reason), "code": .integer(status),
            "message": .string("\(path): \(reason)"),
        ]
        return HTTPResponse(status: status, body: body.encoded)
    }

    private static func failure(conflict field: String, _ manager: String) -> HTTPResponse {
        let body: JSONValue = [
            "kind": "Status", "status": "Failure", "reason": "Conflict", "code": 409,
            "message": .string("Apply failed with 1 conflict: conflict with \"\(manager)\" using v1: \(field)"),
            "details": [
                "causes": [
                    [
                        "reason": "FieldManagerConflict",
                        "message": .string("conflict with \"\(manager)\" using v1"),
                        "field": .string(field),
                    ]
                ]
            ],
        ]
        return HTTPResponse(status: 409, body: body.encoded)
    }
}

extension JSONValue {
    /// Members of this one win; lists are taken whole.
    func merged(over other: JSONValue) -> JSONValue {
        guard let mine = object, let theirs = other.object else { return self }
        return .object(theirs.merging(mine) { $1.merged(over: $0) })
    }
}
