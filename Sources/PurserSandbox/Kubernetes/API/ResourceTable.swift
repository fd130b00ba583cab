/// The resources that are served at this moment: the built-in ones and those of the definitions.
extension ObjectStore {
    func resourceTypes(on store: isolated Store) -> [ResourceType] {
        BuiltInResources.all + customTypes(on: store)
    }

    func customTypes(on store: isolated Store) -> [ResourceType] {
        list(BuiltInResources.definitions, on: store)
            .filter { $0.hasCondition("Established") }.compactMap(CustomResources.type(of:))
    }

    func resourceType(group: String, plural: String, on store: isolated Store) -> ResourceType? {
        if let type = BuiltInResources.type(group: group, plural: plural) { return type }
        let definition = get(BuiltInResources.definitions, nil, "\(plural).\(group)", on: store)
        guard let definition, definition.hasCondition("Established") else { return nil }
        return CustomResources.type(of: definition)
    }

    /// The resource of an `apiVersion` and `kind`, as an owner reference names it.
    func resourceType(apiVersion: String, kind: String, on store: isolated Store) -> ResourceType? {
        let group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
        let matches = { (type: ResourceType) in type.group == group && type.kind == kind }
        return BuiltInResources.all.first(where: matches) ?? customTypes(on: store).first(where: matches)
    }

    func customType(group: String, plural: String) async -> ResourceType? {
        await store.transaction { resourceType(group: group, plural: plural, on: $0) }
    }
}
