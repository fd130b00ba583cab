/// Where a Kubernetes object, or a collection of them, is found.
package struct ResourcePath: Sendable, Hashable {
    /// The API group; empty for the core group.
    package var group: String
    package var version: String
    /// The plural, lower-case name: `pods`.
    package var resource: String
    /// Nil for cluster-scoped resources, and for a collection over all namespaces.
    package var namespace: String?
    /// Nil for a collection.
    package var name: String?
    /// E.g. `log`, `status`.
    package var subresource: String?

    package init(
        group: String = "",
        version: String,
        resource: String,
        namespace: String? = nil,
        name: String? = nil,
        subresource: String? = nil
    ) {
        self.group = group
        self.version = version
        self.resource = resource
        self.namespace = namespace
        self.name = name
        self.subresource = subresource
    }

    /// The value of `apiVersion` in manifests: `v1`, `apps/v1`.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// The collection that the object belongs to.
    package var collection: ResourcePath {
        ResourcePath(group: group, version: version, resource: resource, namespace: namespace)
    }

    /// The object of that name in the same collection.
    package func named(_ name: String) -> ResourcePath {
        var path = self
        path.name = name
        return path
    }
}
