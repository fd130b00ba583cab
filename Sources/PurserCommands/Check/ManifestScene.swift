package import PurserProof
import PurserSyntax

/// What manifests say, as the proof looks at it. Vaults and identities are not known then, and other objects may exist.
package enum ManifestScene {
    package static func scene(of set: ManifestSet) -> Scene {
        var scene = Scene()
        for manifest in set.objects {
            if manifest.kind == ManifestKind.secretProviderClass {
                scene.classes.append(ClassManifest(manifest).definition)
            } else if let pod = PodManifest(manifest) {
                scene.pods.append(pod.definition)
            }
        }
        scene.secrets = set.secrets.map { secret in
            var definition = SecretDefinition(
                label: Self.label("Secret", secret.namespace, secret.name), name: secret.name,
                namespace: secret.namespace, keys: Set(secret.keys), places: Places(secret.range))
            definition.labels = secret.labels
            return definition
        }
        scene.installations = DriverManifests(set).installations
        return scene
    }

    /// `Deployment infra/app`.
    static func label(_ kind: String, _ namespace: String?, _ name: String) -> String {
        namespace.map { "\(kind) \($0)/\(name)" } ?? "\(kind) \(name)"
    }
}

extension Manifest {
    /// As findings name it.
    var label: String { ManifestScene.label(kind, namespace, name) }
    /// Where its name stands, which is what people look for.
    var place: SourceRange { node["metadata"]?["name"]?.range ?? node.range }
}

extension YAMLNode {
    /// The members that are texts, numbers or booleans, as they are written.
    var texts: [String: String] {
        Dictionary((mapping ?? []).compactMap { entry in entry.value.writtenText.map { (entry.name, $0) } }) {
            first, _ in
            first
        }
    }

    /// A scalar that is not null.
    var writtenText: String? { isNull ? nil : text }
}

// MARK: Classes

private struct ClassManifest {
    let manifest: Manifest

    init(_ manifest: Manifest) { self.manifest = manifest }

    private var spec: YAMLNode? { manifest.node["spec"] }
    private var parameters: YAMLNode? { spec?["parameters"] }

    var definition: ClassDefinition {
        var parameters = parameters?.texts ?? [:]
        let objects = parameters.removeValue(forKey: "objects") ?? ""
        var definition = ClassDefinition(
            label: manifest.label, name: manifest.name, namespace: manifest.namespace, parameters: parameters,
            objects: .text(objects), places: places)
        for entry in self.parameters?.mapping ?? [] {
            definition.untypedParameters[entry.name] = Self.otherKind(entry.value)
        }
        definition.version = manifest.apiVersion.split(separator: "/").last.map(String.init) ?? "v1"
        definition.provider = spec?["provider"]?.writtenText ?? ""
        definition.secretObjects = secretObjects.map(Self.secretObject)
        return definition
    }

    /// What a parameter is if it is no text. What a template would still put in may be one.
    private static func otherKind(_ node: YAMLNode) -> String? {
        switch node.scalarValue {
        case .string?: nil
        case .bool?: "a boolean"
        case .int?, .float?: "a number"
        case .null?: "nothing"
        case nil: node.kindInWords
        }
    }

    private var secretObjects: [YAMLNode] { spec?["secretObjects"]?.sequence ?? [] }

    private static func secretObject(_ node: YAMLNode) -> SecretObjectDefinition {
        let data = (node["data"]?.sequence ?? []).map { item in
            SecretObjectDefinition.Item(
                file: item["objectName"]?.writtenText ?? "", key: item["key"]?.writtenText ?? "")
        }
        var definition = SecretObjectDefinition(
            name: node["secretName"]?.writtenText ?? "", type: node["type"]?.writtenText ?? "", data: data)
        definition.annotations = Set(node["annotations"]?.mapping?.map(\.name) ?? [])
        return definition
    }

    private var places: Places {
        var parts: [Part: SourceRange] = [:]
        parts[.namespace] = manifest.node["metadata"]?["namespace"]?.range
        parts[.provider] = spec?["provider"]?.range
        parts[.field("apiVersion")] = manifest.node["apiVersion"]?.range
        for entry in spec?.mapping ?? [] { parts[.field(entry.name)] = entry.key.range }
        for entry in parameters?.mapping ?? [] { parts[.parameter(entry.name)] = entry.value.range }
        for (index, node) in secretObjects.enumerated() {
            parts[.secret(index)] = node["secretName"]?.range ?? node.range
            for entry in node.mapping ?? [] { parts[.secretField(index, entry.name)] = entry.value.range }
            for (place, item) in (node["data"]?.sequence ?? []).enumerated() {
                parts[.secretItem(index, place)] = item["objectName"]?.range ?? item.range
            }
        }
        if let objects = parameters?["objects"] {
            parts.merge(ObjectPlaces(objects, in: manifest.source).parts) { first, _ in first }
        }
        return Places(manifest.place, parts)
    }
}
