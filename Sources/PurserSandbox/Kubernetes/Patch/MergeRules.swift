/// How two versions of one part of an object are merged.
/// Source: Kubernetes documentation, "Server-Side Apply", "Merge strategy", and "Update API Objects in Place Using
/// kubectl patch", "strategic merge patch": the extensions of the schemas.
struct MergeRules: Sendable {
    enum List: Equatable {
        /// Replaced as a whole.
        case atomic
        /// Elements are objects told apart by these fields.
        case map(keys: [String])
        /// Elements are plain values.
        case set
    }

    /// Nil for what no schema describes.
    private let schema: APISchema?

    /// The rules for whole objects of a resource.
    init(_ type: ResourceType, version: String) { self.init(APISchema(of: type, version: version)) }

    private init(_ schema: APISchema?) { self.schema = schema }

    /// The rules for a member of the value.
    func member(_ name: String) -> MergeRules { MergeRules(schema?.property(name) ?? schema?.additional) }

    /// The rules for each element of the list.
    var elements: MergeRules { MergeRules(schema?.elements) }

    /// What server-side apply does with a list.
    var list: List {
        switch schema?["x-kubernetes-list-type"]?.stringValue {
        case "map":
            .map(keys: schema?["x-kubernetes-list-map-keys"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        case "set": .set
        default: .atomic
        }
    }

    /// What a strategic merge patch does with a list.
    var patchedList: List {
        let strategies = schema?["x-kubernetes-patch-strategy"]?.stringValue?.split(separator: ",") ?? []
        guard strategies.contains("merge") else { return .atomic }
        return schema?["x-kubernetes-patch-merge-key"]?.stringValue.map { .map(keys: [$0]) } ?? .set
    }

    /// Whether server-side apply takes the object as a whole.
    var isAtomicMap: Bool { schema?["x-kubernetes-map-type"] == "atomic" }
}
