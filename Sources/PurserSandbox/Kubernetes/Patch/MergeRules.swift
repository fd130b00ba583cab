/// How two versions of one part of an object are merged.
/// Source: Kubernetes API reference v1.33, the extensions `x-kubernetes-list-type`, `x-kubernetes-list-map-keys`,
/// `x-kubernetes-map-type` and `x-kubernetes-patch-merge-key` of the OpenAPI documents.
struct MergeRules: Sendable {
    enum List: Equatable {
        /// Replaced as a whole.
        case atomic
        /// Elements are objects told apart by these fields.
        case map(keys: [String])
        /// Elements are plain values.
        case set
    }

    /// The field that the value stands in, and the field above that one.
    private let field: String
    private let parent: String
    /// The custom resource's schema of the value; nil for built-in resources and for metadata.
    private let schema: JSON?
    private let isCustom: Bool

    /// The rules for whole objects of a resource.
    init(_ type: ResourceType, version: String) {
        self.init(field: "", parent: "", schema: type.custom?.schemas[version], isCustom: type.custom != nil)
    }

    private init(field: String, parent: String, schema: JSON?, isCustom: Bool) {
        self.field = field
        self.parent = parent
        self.schema = schema
        self.isCustom = isCustom
    }

    /// The rules for a member of the value; an element of a list keeps the list's place.
    func member(_ name: String) -> MergeRules {
        if field.isEmpty, name == "metadata" {
            return MergeRules(field: name, parent: "", schema: nil, isCustom: false)
        }
        let inner = schema?[path: "properties", name] ?? schema?["additionalProperties"]
        return MergeRules(field: name, parent: field, schema: inner, isCustom: isCustom)
    }

    var elements: MergeRules {
        MergeRules(field: field, parent: parent, schema: schema?["items"], isCustom: isCustom)
    }

    var list: List {
        if isCustom { return customList }
        if field == "ports" {
            return .map(keys: parent == "spec" ? ["port", "protocol"] : ["containerPort", "protocol"])
        }
        if let keys = Self.keys[field] { return .map(keys: keys) }
        return Self.sets.contains(field) ? .set : .atomic
    }

    /// The fields of which strategic merge patches take the first only.
    var isAtomicMap: Bool {
        if isCustom { return schema?["x-kubernetes-map-type"] == "atomic" }
        return Self.atomicMaps.contains(field)
    }

    private var customList: List {
        switch schema?["x-kubernetes-list-type"]?.stringValue {
        case "map": .map(keys: schema?["x-kubernetes-list-map-keys"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        case "set": .set
        default: .atomic
        }
    }

    private static let keys: [String: [String]] = [
        "containers": ["name"], "initContainers": ["name"], "ephemeralContainers": ["name"], "volumes": ["name"],
        "env": ["name"], "volumeMounts": ["mountPath"], "volumeDevices": ["devicePath"], "imagePullSecrets": ["name"],
        "hostAliases": ["ip"], "conditions": ["type"], "ownerReferences": ["uid"], "secrets": ["name"],
        "topologySpreadConstraints": ["topologyKey", "whenUnsatisfiable"], "resourceClaims": ["name"],
        "podIPs": ["ip"], "hostIPs": ["ip"], "addresses": ["type"], "webhooks": ["name"],
    ]
    private static let sets: Set = ["finalizers", "supplementalGroups"]
    private static let atomicMaps: Set = [
        "selector", "nodeSelector", "secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef", "roleRef",
        "labelSelector", "requiredDuringSchedulingIgnoredDuringExecution", "podSelector", "involvedObject",
    ]
}
