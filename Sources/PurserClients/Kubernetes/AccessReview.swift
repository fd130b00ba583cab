/// Something that one may or may not do with objects of the cluster, whatever their names.
package struct ClusterAccess: Sendable, Hashable {
    package var verb: String
    /// The API group; empty for the core group.
    package var group: String
    /// Plural, lower case, as in the API's paths.
    package var resource: String
    /// Nil for what has no namespace.
    package var namespace: String?

    package init(verb: String, group: String, resource: String, namespace: String?) {
        self.verb = verb
        self.group = group
        self.resource = resource
        self.namespace = namespace
    }

    /// Everything, everywhere: what an administrator of the cluster may.
    package static let everything = ClusterAccess(verb: "*", group: "*", resource: "*", namespace: nil)
}

/// Source: Kubernetes API reference, `SelfSubjectAccessReview` of `authorization.k8s.io/v1`, `SelfSubjectReview` of
/// `authentication.k8s.io/v1`. Both are stored nowhere.
extension KubernetesClient {
    /// Whether the caller may do it, as the API server judges.
    package func may(_ access: ClusterAccess) async throws(ServiceError) -> Bool {
        var attributes: [String: JSONValue] = [
            "verb": .string(access.verb), "group": .string(access.group), "resource": .string(access.resource),
        ]
        attributes["namespace"] = access.namespace.map(JSONValue.string)
        let review: JSONValue = [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": ["resourceAttributes": .object(attributes)],
        ]
        let request = try await session.request(
            "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body: review)
        return try await session.result(request).at("status", "allowed")?.bool ?? false
    }

    /// The caller's name in the cluster; nil where the server is older than 1.28 and does not tell.
    package func userName() async throws(ServiceError) -> String? {
        let review: JSONValue = ["apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"]
        let request = try await session.request(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", body: review)
        do throws(ServiceError) {
            return try await session.result(request).at("status", "userInfo", "username")?.string
        } catch {
            guard error.status == 404 else { throw error }
            return nil
        }
    }
}
