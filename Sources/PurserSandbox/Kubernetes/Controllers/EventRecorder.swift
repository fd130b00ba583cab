/// Writes the events that `kubectl describe` shows. Equal ones are counted, not repeated.
/// Source: Kubernetes API reference v1.33, `v1 Event`.
struct EventRecorder: Sendable {
    enum Severity: String, Sendable {
        case normal = "Normal"
        case warning = "Warning"
    }

    let objects: ObjectStore

    /// Tells of an object; `source` is the component that reports, e.g. `kubelet`.
    func record(
        _ severity: Severity, _ reason: String, _ message: String, about object: JSON, from source: String,
        node: String? = nil
    ) async throws {
        let namespace = object.objectNamespace ?? "default"
        let message = String(message.prefix(1_024))
        let name = "\(object.objectName).\(Self.digest(object.objectUID + reason + message))"
        let time = JSON.string(objects.time)
        var reporter: JSON = ["component": .string(source)]
        reporter["host"] = node.map { .string($0) }
        let event: JSON = [
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
            "involvedObject": Self.reference(to: object), "reason": .string(reason), "message": .string(message),
            "source": reporter, "firstTimestamp": time, "lastTimestamp": time, "count": 1,
            "type": .string(severity.rawValue), "reportingComponent": .string(source), "reportingInstance": "",
        ]
        try await objects.store.transaction { store in
            guard let former = objects.get(BuiltInResources.events, namespace, name, on: store) else {
                guard objects.get(BuiltInResources.namespaces, nil, namespace, on: store)?.isBeingDeleted != true else {
                    return
                }
                try objects.insert(
                    objects.withSystemFields(event, BuiltInResources.events), BuiltInResources.events, on: store)
                return
            }
            var repeated = former
            repeated["count"] = .int((former["count"]?.intValue ?? 1) + 1)
            repeated["lastTimestamp"] = time
            try objects.replace(former, with: repeated, BuiltInResources.events, on: store)
        }
    }

    private static func reference(to object: JSON) -> JSON {
        var reference: JSON = [
            "kind": object["kind"] ?? "", "apiVersion": object["apiVersion"] ?? "", "name": .string(object.objectName),
            "uid": .string(object.objectUID),
            "resourceVersion": object[path: "metadata", "resourceVersion"] ?? "",
        ]
        reference["namespace"] = object.objectNamespace.map { .string($0) }
        return reference
    }

    private static func digest(_ text: String) -> String {
        let number = text.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        return String(number, radix: 16)
    }
}
