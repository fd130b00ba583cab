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

    /// The path within the API: `/api/v1/namespaces/NS/pods/NAME`, `/apis/apps/v1/…`.
    package var url: String {
        let root = group.isEmpty ? ["api", version] : ["apis", group, version]
        let scope = namespace.map { ["namespaces", $0] } ?? []
        let segments = root + scope + [resource] + [name, subresource].compactMap(\.self)
        return "/" + segments.map(PercentEncoding.component).joined(separator: "/")
    }

    /// Secrets of the core group: their values need care.
    var holdsSecrets: Bool { group.isEmpty && resource == "secrets" }
}

extension ResourcePath: CustomStringConvertible {
    /// `pods/NAME in namespace NS`
    package var description: String {
        let object = [resource, name, subresource].compactMap(\.self).joined(separator: "/")
        return namespace.map { "\(object) in namespace \($0)" } ?? object
    }
}
