import PurserEngine

/// The manifest of a workload, from its attributes. Pure.
enum WorkloadManifest {
    /// On the template: changes with the mounted classes, so that a change of them rolls the pods. Made from what the
    /// spec says of the classes; no secret has a part in it.
    static let classesAnnotation = "purser/secret-provider-classes"
    /// On the template, and in the selector, where the spec has no selector of its own.
    static let nameLabel = "app.kubernetes.io/name"

    static func manifest(of attributes: Attributes, _ owner: Owner) throws(AttributeError) -> Value {
        let kind = try kind(of: attributes)
        let name = try attributes.required(Workload.objectName)
        let namespace = try attributes.required(Workload.namespace)
        return [
            "apiVersion": .string(kind.object.apiVersion),
            "kind": .string(kind.object.name),
            "metadata": ObjectOwner.metadata(
                name: name, namespace: namespace, labels: attributes[Workload.labels] ?? [:],
                annotations: attributes[Workload.annotations] ?? [:], owner: owner),
            "spec": try spec(of: attributes, kind, name: name),
        ]
    }

    static func kind(of attributes: Attributes) throws(AttributeError) -> WorkloadKind {
        let name = try attributes.required(Workload.objectKind)
        guard let kind = WorkloadKind(rawValue: name) else {
            throw AttributeError(name: Workload.objectKind.name, found: .string(name))
        }
        return kind
    }

    private static func spec(
        of attributes: Attributes, _ kind: WorkloadKind, name: String
    ) throws(AttributeError) -> Value {
        let mounts = try Mount.all(in: attributes, Workload.mounts)
        // A job is done once: a class that changes later does not make it run again.
        let digest = kind == .job ? nil : classesDigest(of: mounts)
        let given = try attributes.required(Workload.spec)
        let needsSelector = kind.hasSelector && given["selector"] == nil
        let spec = given.replacing(kind.templatePath) { template in
            var labels = template.member("metadata", "labels")?.texts ?? [:]
            if needsSelector { labels[nameLabel] = name }
            var annotations = template.member("metadata", "annotations")?.texts ?? [:]
            if let digest { annotations[classesAnnotation] = digest }
            var members = template.object ?? [:]
            var metadata = members["metadata"]?.object ?? [:]
            if !labels.isEmpty { metadata["labels"] = labels.value }
            if !annotations.isEmpty { metadata["annotations"] = annotations.value }
            if !metadata.isEmpty { members["metadata"] = .object(metadata) }
            members["spec"] = Quantities.asTexts(in: MountInjection.spec(members["spec"] ?? .null, with: mounts))
            return .object(members)
        }
        guard needsSelector else { return spec }
        return spec.replacing(["selector"]) { _ in ["matchLabels": [nameLabel: .string(name)]] }
    }

    /// Nil if no class is mounted.
    static func classesDigest(of mounts: [Mount]) -> String? {
        var digests: [String: Value] = [:]
        for case .secretProviderClass(let name, _, let digest?) in mounts.map(\.source) {
            digests[name] = .string(digest)
        }
        return digests.isEmpty ? nil : ContentDigest.text(of: .object(digests))
    }
}

extension Value {
    /// The value with what stands at a path of member names replaced; objects on the way are made.
    func replacing(_ path: [String], by make: (Value) -> Value) -> Value {
        guard let name = path.first else { return make(self) }
        var members = object ?? [:]
        members[name] = (members[name] ?? .object([:])).replacing(Array(path.dropFirst()), by: make)
        return .object(members)
    }
}
