import Foundation

/// The fields that every Kubernetes object has. Source: Kubernetes API reference v1.33, `ObjectMeta`.
extension JSON {
    var objectName: String { self[path: "metadata", "name"]?.stringValue ?? "" }
    /// nil for cluster-scoped objects.
    var objectNamespace: String? { self[path: "metadata", "namespace"]?.stringValue }
    var objectUID: String { self[path: "metadata", "uid"]?.stringValue ?? "" }
    var objectLabels: [String: String] { self[path: "metadata", "labels"]?.stringMap ?? [:] }
    var objectAnnotations: [String: String] { self[path: "metadata", "annotations"]?.stringMap ?? [:] }
    var ownerReferences: [JSON] { self[path: "metadata", "ownerReferences"]?.arrayValue ?? [] }
    var finalizers: [String] {
        self[path: "metadata", "finalizers"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
    var isBeingDeleted: Bool { self[path: "metadata", "deletionTimestamp"]?.stringValue != nil }

    /// The string members of an object.
    var stringMap: [String: String] { (objectValue ?? [:]).compactMapValues(\.stringValue) }

    /// The reference to this object that its dependents carry. `controller` marks the one that manages them.
    func ownerReference(controller: Bool) -> JSON {
        var reference: JSON = [
            "apiVersion": self["apiVersion"] ?? "v1", "kind": self["kind"] ?? "", "name": .string(objectName),
            "uid": .string(objectUID),
        ]
        if controller {
            reference["controller"] = true
            reference["blockOwnerDeletion"] = true
        }
        return reference
    }

    /// The uid of the owner that manages this object.
    var controllerUID: String? {
        ownerReferences.first { $0["controller"]?.boolValue == true }?["uid"]?.stringValue
    }

    /// The status condition of that type.
    func condition(_ type: String) -> JSON? {
        self[path: "status", "conditions"]?.arrayValue?.first { $0["type"]?.stringValue == type }
    }

    func hasCondition(_ type: String) -> Bool { condition(type)?["status"] == "True" }

    /// Sets a status condition; its time changes only with its status.
    mutating func setCondition(_ condition: JSON, at time: String) {
        var conditions = self[path: "status", "conditions"]?.arrayValue ?? []
        var condition = condition
        condition["lastTransitionTime"] = .string(time)
        guard let index = conditions.firstIndex(where: { $0["type"] == condition["type"] }) else {
            self[path: "status", "conditions"] = .array(conditions + [condition])
            return
        }
        if conditions[index]["status"] == condition["status"] {
            condition["lastTransitionTime"] = conditions[index]["lastTransitionTime"]
        }
        conditions[index] = condition
        self[path: "status", "conditions"] = .array(conditions)
    }

    /// An array, or nothing at all if it would be empty: Go leaves such fields out. The plain `nil` of a conditional
    /// expression would mean JSON's null here.
    static func listed(_ elements: [JSON]) -> JSON? { elements.isEmpty ? .none : .some(.array(elements)) }

    /// Sets a member that is absent or null.
    mutating func setDefault(_ key: String, _ value: JSON) {
        if self[key] == nil || self[key] == .null { self[key] = value }
    }

    /// Changes each element of the array at `key`, if there is one.
    mutating func updateEach(_ key: String, _ change: (inout JSON) -> Void) {
        guard var elements = self[key]?.arrayValue else { return }
        for index in elements.indices { change(&elements[index]) }
        self[key] = .array(elements)
    }

    /// Changes the member `key`, if there is one that is an object.
    mutating func update(_ key: String, _ change: (inout JSON) -> Void) {
        guard var child = self[key], child.objectValue != nil else { return }
        change(&child)
        self[key] = child
    }
}

/// Time as Kubernetes writes it: RFC 3339 in UTC, whole seconds.
enum KubernetesTime {
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }
    static func date(_ text: String) -> Date? { try? Date(text, strategy: .iso8601) }
}

/// Random parts of names as Kubernetes makes them: no vowels and nothing that looks like another character.
enum NameSuffix {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    static func random(_ length: Int = 5) -> String {
        String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices)] })
    }
}
