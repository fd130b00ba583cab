import PurserEngine

/// What a SecretProviderClass needs of the rest of the spec so that a pod really gets its files: the vault's objects, the
/// right to read them, the identity on the nodes, the driver.
struct AccessPath {
    let secretProviderClass: DeclaredResource
    let spec: Declarations

    init(of secretProviderClass: DeclaredResource, in spec: Declarations) {
        self.secretProviderClass = secretProviderClass
        self.spec = spec
    }

    var vault: DeclaredResource? {
        secretProviderClass.reference(at: SecretProviderClass.vault.name).flatMap { spec[$0] }
    }

    var mode: PodIdentity.Mode? { PodIdentity.mode(secretProviderClass.known(SecretProviderClass.accessor.name)) }

    /// The managed identity that reads the vault, if it is one of the spec.
    var identity: DeclaredResource? {
        let attribute = SecretProviderClass.accessor.name
        let named =
            secretProviderClass.reference(at: "\(attribute).userAssigned")
            ?? secretProviderClass.reference(at: "\(attribute).workload.identity")
        return named.flatMap { spec[$0] }
    }

    /// The binding of a user-assigned identity to the nodes.
    var binding: DeclaredResource? {
        guard mode == .userAssigned, let identity else { return nil }
        return spec[identity.address.appending("nodes")]
    }

    /// The vault's entries that let the identity in.
    var access: [DeclaredResource] {
        guard let vault else { return [] }
        if mode == .systemAssigned {
            return spec.section("\(vault.address)/access").filter { $0.writes(AccessPolicy.nodes.name) }
        }
        guard let identity else { return [] }
        return spec.section("\(vault.address)/access").filter { $0.reference(at: "identity") == identity.address }
    }

    /// The releases that bring the driver: the one that is named, else those with a chart that has it.
    var releases: [DeclaredResource] {
        if let named = secretProviderClass.reference(at: SecretProviderClass.release.name) {
            return [spec[named]].compactMap(\.self)
        }
        return spec.section("releases").filter { DriverChart(of: $0) != nil }
    }

    /// The entries of `objects` as far as they are well formed, with their place in the list.
    var objects: [(index: Int, object: VaultObject)] {
        let entries = secretProviderClass.known(SecretProviderClass.objects.name)?.list ?? []
        return entries.enumerated().compactMap { index, entry in VaultObject(entry).map { (index, $0) } }
    }

    /// The resource of the spec that an entry means, by its name in the spec or in the vault.
    func declaration(of object: VaultObject) -> DeclaredResource? {
        guard let vault else { return nil }
        for section in object.sort.sections {
            if let listed = spec[vault.address.appending(section, object.name)] { return listed }
        }
        for section in object.sort.sections {
            if let named = spec.named(object.name, in: "\(vault.address)/\(section)") { return named }
        }
        return nil
    }

    /// All that must be there before a pod can mount the class, but for the class itself.
    var needs: Set<Address> {
        let found = [vault, identity, binding] + access + releases + objects.map { declaration(of: $0.object) }
        return Set(found.compactMap { $0?.address })
    }

    /// `objects` with the names that the objects have in the vault, where the spec lists them under others.
    var namedObjects: Expression? {
        let attribute = SecretProviderClass.objects.name
        guard let entries = secretProviderClass.known(attribute)?.list, !entries.contains(where: \.containsUnknown)
        else {
            return secretProviderClass.attributes[attribute]
        }
        return .literal(.list(entries.map(named)))
    }

    private func named(_ entry: Value) -> Value {
        guard let object = VaultObject(entry), case .object(var members) = entry,
            let name = declaration(of: object)?.known("name")?.string
        else { return entry }
        members[object.sort.rawValue] = .string(name)
        return .object(members)
    }
}
