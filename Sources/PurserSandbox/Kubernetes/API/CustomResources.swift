/// What a CustomResourceDefinition makes the API serve.
/// Source: Kubernetes API reference v1.33, `apiextensions.k8s.io/v1 CustomResourceDefinition`.
enum CustomResources {
    /// The resource that a definition describes; nil if none of its versions is served.
    static func type(of definition: JSON) -> ResourceType? {
        guard let spec = definition["spec"], let names = spec["names"], let group = spec["group"]?.stringValue,
            let plural = names["plural"]?.stringValue, let kind = names["kind"]?.stringValue
        else { return nil }
        let versions = spec["versions"]?.arrayValue ?? []
        let served = versions.filter { $0["served"]?.boolValue == true }
        let names1 = served.compactMap { $0["name"]?.stringValue }.sorted(by: isPreferred)
        guard !names1.isEmpty else { return nil }
        let stored = versions.first { $0["storage"]?.boolValue == true }?["name"]?.stringValue
        let withStatus = served.contains { $0[path: "subresources", "status"] != nil }
        return ResourceType(
            group: group, versions: names1, storageVersion: stored ?? names1[0], plural: plural,
            singular: names["singular"]?.stringValue ?? kind.lowercased(), kind: kind,
            shortNames: strings(names["shortNames"]), categories: strings(names["categories"]),
            namespaced: spec["scope"] == "Namespaced", subresources: withStatus ? ["status"] : [],
            custom: details(of: served, group, kind))
    }

    private static func details(of versions: [JSON], _ group: String, _ kind: String) -> CustomVersions {
        var details = CustomVersions()
        for version in versions {
            guard let name = version["name"]?.stringValue else { continue }
            details.schemas[name] = version[path: "schema", "openAPIV3Schema"]
            details.columns[name] = version["additionalPrinterColumns"]?.arrayValue
            if version["deprecated"]?.boolValue == true {
                details.warnings[name] =
                    version["deprecationWarning"]?.stringValue ?? "\(group)/\(name) \(kind) is deprecated"
            }
        }
        return details
    }

    private static func strings(_ list: JSON?) -> [String] { list?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Kubernetes' order of versions: stable before beta before alpha, then the higher number.
    private static func isPreferred(_ one: String, _ other: String) -> Bool {
        let (first, second) = (rank(one), rank(other))
        return first == second ? one < other : first.lexicographicallyPrecedes(second, by: >)
    }

    private static func rank(_ version: String) -> [Int] {
        let numbers = version.split { !$0.isNumber }.compactMap { Int($0) }
        let stability = version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2
        return [stability] + numbers
    }
}
