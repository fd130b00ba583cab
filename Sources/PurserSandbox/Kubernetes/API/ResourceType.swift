/// One resource that the API serves, e.g. `pods`.
struct ResourceType: Sendable, Hashable {
    /// Empty for the core group.
    var group: String
    /// Served versions, the preferred one first. All share one store.
    var versions: [String]
    /// The version in which objects are kept.
    var storageVersion: String
    var plural: String
    var singular: String
    var kind: String
    var shortNames: [String] = []
    var categories: [String] = []
    var namespaced: Bool
    var subresources: [String] = []
    /// Reviews: they are answered, not kept.
    var isCreateOnly = false
    /// For custom resources: what their definition says of each version.
    var custom: CustomVersions?

    /// Where the store keeps the objects.
    var collection: String { "kubernetes-" + qualifiedName }
    /// As error messages name it: `pods`, `deployments.apps`.
    var qualifiedName: String { group.isEmpty ? plural : "\(plural).\(group)" }
    /// As error messages about an object's content name it: `Pod`, `Deployment.apps`.
    var qualifiedKind: String { group.isEmpty ? kind : "\(kind).\(group)" }
    /// The server's own name for the group, in messages: `core`, `apps`, `rbac`.
    var internalPackage: Substring { group.isEmpty ? "core" : group.prefix { $0 != "." } }
    var hasStatus: Bool { subresources.contains("status") }

    var verbs: [String] {
        isCreateOnly
            ? ["create"]
            : ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    }

    static func apiVersion(_ group: String, _ version: String) -> String {
        group.isEmpty ? version : "\(group)/\(version)"
    }

    func apiVersion(_ version: String) -> String { Self.apiVersion(group, version) }

    func key(_ namespace: String?, _ name: String) -> String {
        namespaced ? "\(namespace ?? "")/\(name)" : name
    }

    func key(of object: JSON) -> String { key(object.objectNamespace, object.objectName) }

    /// The object as a client of that version sees it.
    func presented(_ object: JSON, version: String) -> JSON {
        guard version != storageVersion else { return object }
        var object = object
        object["apiVersion"] = .string(apiVersion(version))
        return object
    }
}

/// What a CustomResourceDefinition says of its served versions.
struct CustomVersions: Sendable, Hashable {
    /// `openAPIV3Schema` by version.
    var schemas: [String: JSON] = [:]
    /// `additionalPrinterColumns` by version.
    var columns: [String: [JSON]] = [:]
    /// The text of the `Warning` header by deprecated version.
    var warnings: [String: String] = [:]
    /// The paths of the scale subresource by version.
    var preservesUnknownFields: Set<String> = []
}
