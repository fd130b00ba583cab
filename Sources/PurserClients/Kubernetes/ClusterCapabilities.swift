/// What a cluster is and knows, as charts ask for it (`.Capabilities`).
package struct ClusterCapabilities: Sendable, Hashable {
    /// Such as `v1.33.1`.
    package let version: String
    /// `GROUP/VERSION` and `GROUP/VERSION/KIND`, in order.
    package let apiVersions: [String]

    package init(version: String, apiVersions: [String]) {
        self.version = version
        self.apiVersions = apiVersions
    }

    /// As `helm template` takes them: one by one, since Helm 3.9 knows no lists. It adds the groups of the built-in kinds
    /// that it knows itself.
    var arguments: [String] { ["--kube-version", version] + apiVersions.flatMap { ["--api-versions", $0] } }
}

/// Source: Kubernetes documentation, "The Kubernetes API", discovery, aggregated (`apidiscovery.k8s.io/v2`, since 1.30;
/// `v2beta1`, since 1.26) and plain.
extension KubernetesClient {
    private static let aggregated = ["v2", "v2beta1"].map {
        "application/json;g=apidiscovery.k8s.io;v=\($0);as=APIGroupDiscoveryList"
    }

    /// Version and kinds of the cluster.
    package func capabilities() async throws(ServiceError) -> ClusterCapabilities {
        let version = try await version()
        var found: Set<String> = []
        for root in ["/api", "/apis"] { found.formUnion(try await apiVersions(below: root)) }
        return ClusterCapabilities(version: version, apiVersions: found.sorted())
    }

    private func apiVersions(below root: String) async throws(ServiceError) -> Set<String> {
        var request = try await session.request("GET", root)
        request.headers.removeAll { $0.name == "Accept" }
        request.headers.append(
            HTTPHeader("Accept", (Self.aggregated + ["application/json"]).joined(separator: ",")))
        let answer = try await session.result(request)
        if let groups = answer["items"]?.array { return Self.aggregated(groups) }
        // Plain: `{versions: ["v1"]}` of the legacy group, `{groups: [{versions: [{groupVersion}]}]}` of the others.
        let legacy = (answer["versions"]?.array ?? []).compactMap(\.string)
        let named = (answer["groups"]?.array ?? []).flatMap { group in
            (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string }
        }
        var found: Set<String> = []
        for version in legacy + named {
            found.insert(version)
            // A group whose server is away is none that Helm would see either.
            let list = try? await session.result(try await session.request("GET", "\(root)/\(version)"))
            for resource in list?["resources"]?.array ?? [] {
                if let kind = resource["kind"]?.string { found.insert("\(version)/\(kind)") }
            }
        }
        return found
    }

    private static func aggregated(_ groups: [JSONValue]) -> Set<String> {
        var found: Set<String> = []
        for group in groups {
            let name = group.at("metadata", "name")?.string ?? ""
            for version in group["versions"]?.array ?? [] {
                guard let number = version["version"]?.string else { continue }
                let groupVersion = name.isEmpty ? number : "\(name)/\(number)"
                found.insert(groupVersion)
                for resource in version["resources"]?.array ?? [] {
                    if let kind = resource.at("responseKind", "kind")?.string {
                        found.insert("\(groupVersion)/\(kind)")
                    }
                }
            }
        }
        return found
    }
}
