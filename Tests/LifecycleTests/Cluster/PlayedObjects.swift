import Foundation
import PurserClients
import Testing

/// What the players read and write at a real API server.
///
/// An object that somebody else changed or took in the meantime (404, 409) is left for the next round, as controllers
/// leave it. Every other refusal is a fault of the players and fails the test.
struct PlayedObjects: Sendable {
    /// A collection over all namespaces.
    struct Collection: Sendable, Hashable {
        var root: String
        var resource: String
        var kind: String

        static let pods = Collection(root: "/api/v1", resource: "pods", kind: "Pod")
        static let secrets = Collection(root: "/api/v1", resource: "secrets", kind: "Secret")
        static let maps = Collection(root: "/api/v1", resource: "configmaps", kind: "ConfigMap")
        static let accounts = Collection(root: "/api/v1", resource: "serviceaccounts", kind: "ServiceAccount")
        static let namespaces = Collection(root: "/api/v1", resource: "namespaces", kind: "Namespace")
        static let nodes = Collection(root: "/api/v1", resource: "nodes", kind: "Node")
        static let deployments = Collection(root: "/apis/apps/v1", resource: "deployments", kind: "Deployment")
        static let replicaSets = Collection(root: "/apis/apps/v1", resource: "replicasets", kind: "ReplicaSet")
        static let daemonSets = Collection(root: "/apis/apps/v1", resource: "daemonsets", kind: "DaemonSet")
        static let statefulSets = Collection(root: "/apis/apps/v1", resource: "statefulsets", kind: "StatefulSet")
        static let jobs = Collection(root: "/apis/batch/v1", resource: "jobs", kind: "Job")
        static let cronJobs = Collection(root: "/apis/batch/v1", resource: "cronjobs", kind: "CronJob")
        static let drivers = Collection(root: "/apis/storage.k8s.io/v1", resource: "csidrivers", kind: "CSIDriver")
        static let classes = Collection(
            root: "/apis/secrets-store.csi.x-k8s.io/v1", resource: "secretproviderclasses", kind: "SecretProviderClass")
        static let records = Collection(
            root: "/apis/secrets-store.csi.x-k8s.io/v1", resource: "secretproviderclasspodstatuses",
            kind: "SecretProviderClassPodStatus")

        var version: String { root.split(separator: "/").dropFirst().joined(separator: "/") }

        func path(_ namespace: String?, _ name: String? = nil, _ subresource: String? = nil) -> String {
            let scope = namespace.map { "/namespaces/\($0)" } ?? ""
            return root + scope + "/" + [resource, name, subresource].compactMap(\.self).joined(separator: "/")
        }

        func path(of object: JSONValue, _ subresource: String? = nil) -> String {
            path(object.namespace, object.name, subresource)
        }
    }

    let api: RawAPI

    /// All objects; none of a resource that the server does not know.
    func list(_ collection: Collection) async throws -> [JSONValue] {
        let answer = try await api("GET", collection.path(nil))
        guard answer.succeeded else {
            if answer.status != 404 { refused(answer, "GET", collection.path(nil)) }
            return []
        }
        return answer.body["items"]?.array ?? []
    }

    func get(_ collection: Collection, _ namespace: String?, _ name: String) async throws -> JSONValue? {
        let answer = try await api("GET", collection.path(namespace, name))
        guard answer.succeeded else { return nil }
        return answer.body
    }

    @discardableResult
    func create(_ object: JSONValue, _ collection: Collection) async throws -> Bool {
        try await write("POST", collection.path(object.namespace), object)
    }

    /// A JSON merge patch of an object, or of its subresource.
    @discardableResult
    func patch(
        _ object: JSONValue, _ collection: Collection, _ change: JSONValue, _ subresource: String? = nil
    ) async throws -> Bool {
        try await write(
            "PATCH", collection.path(of: object, subresource), change, type: "application/merge-patch+json")
    }

    /// Writes a status, unless it says already what there is to say. A count of 0 is left out on the wire.
    func setStatus(_ status: JSONValue, of object: JSONValue, _ collection: Collection) async throws {
        let former = object["status"]?.object ?? [:]
        guard let wanted = status.object, wanted.contains(where: { (former[$0] ?? 0) != $1 }) else { return }
        try await patch(object, collection, ["status": status], "status")
    }

    func delete(
        _ object: JSONValue, _ collection: Collection, propagation: String = "Background", grace: Int? = nil
    ) async throws {
        var options: JSONValue = [
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": .string(propagation),
            "preconditions": ["uid": .string(object.uid)],
        ]
        if let grace { options["gracePeriodSeconds"] = .integer(grace) }
        try await write("DELETE", collection.path(of: object), options)
    }

    @discardableResult
    func write(
        _ method: String, _ path: String, _ body: JSONValue, type: String = "application/json"
    ) async throws -> Bool {
        let answer = try await api(method, path, body, type: type)
        if answer.succeeded { return true }
        // A namespace that ends takes nothing new.
        let isEnding = answer.text.contains("because it is being terminated")
        if ![404, 409].contains(answer.status), !isEnding { refused(answer, method, path) }
        return false
    }

    private func refused(_ answer: RawAPI.Answer, _ method: String, _ path: String) {
        Issue.record("the API server refuses the players' \(method) \(path): \(answer.status) \(answer.text)")
    }
}

extension JSONValue {
    var name: String { at("metadata", "name")?.string ?? "" }
    var namespace: String? { at("metadata", "namespace")?.string }
    var uid: String { at("metadata", "uid")?.string ?? "" }
    var generation: JSONValue { at("metadata", "generation") ?? 0 }
    var isTerminating: Bool { at("metadata", "deletionTimestamp") != nil }
    var finalizers: [String] { (at("metadata", "finalizers")?.array ?? []).compactMap(\.string) }
    var owners: [JSONValue] { at("metadata", "ownerReferences")?.array ?? [] }
    var labels: [String: JSONValue] { at("metadata", "labels")?.object ?? [:] }
    var revision: Int { at("metadata", "annotations", Self.revisionMark)?.string.flatMap { Int($0) } ?? 0 }

    static let revisionMark = "deployment.kubernetes.io/revision"

    func isOwned(by owner: JSONValue) -> Bool { owners.contains { $0["uid"]?.string == owner.uid } }

    func hasCondition(_ type: String) -> Bool {
        (at("status", "conditions")?.array ?? []).contains { $0["type"]?.string == type && $0["status"] == "True" }
    }

    func ownerReference(_ collection: PlayedObjects.Collection, controls: Bool = true) -> JSONValue {
        var reference: JSONValue = [
            "apiVersion": .string(collection.version), "kind": .string(collection.kind), "name": .string(name),
            "uid": .string(uid),
        ]
        if controls {
            reference["controller"] = true
            reference["blockOwnerDeletion"] = true
        }
        return reference
    }

    /// Ten characters that stand for the value: like values have like ones.
    var shortHash: String {
        let hash = encoded.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return String(String(hash, radix: 36).suffix(10))
    }

    /// Conditions with these ones in place of those of their types; the time of one that stays as it was stays too.
    func conditions(_ wanted: [JSONValue]) -> JSONValue {
        var conditions = at("status", "conditions")?.array ?? []
        for condition in wanted {
            var condition = condition
            let place = conditions.firstIndex { $0["type"] == condition["type"] }
            let former = place.map { conditions[$0] }
            let isSame = former?["status"] == condition["status"]
            condition["lastTransitionTime"] = isSame ? former?["lastTransitionTime"] : Self.now
            for time in ["lastUpdateTime", "lastProbeTime", "lastHeartbeatTime"] where former?[time] != nil {
                condition[time] = former?[time]
            }
            if let place { conditions[place] = condition } else { conditions.append(condition) }
        }
        return .array(conditions)
    }

    static var now: JSONValue { .string(Date.now.formatted(.iso8601)) }
}
