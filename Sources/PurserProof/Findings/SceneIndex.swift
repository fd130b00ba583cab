import PurserSyntax

/// A scene with everything found by its name at once, so that a proof costs as much as what it proves.
final class SceneIndex: Sendable {
    /// The name of an object in its namespace.
    struct Name: Hashable {
        let namespace: String?
        let name: String
    }

    /// How many names are looked through for the one that was meant.
    static let mostCandidates = 500

    let scene: Scene
    private let classes: [Name: ClassDefinition]
    private let classesByName: [String: [ClassDefinition]]
    private let vaults: [String: VaultIndex]
    private let identities: [String: IdentityDefinition]
    private let installations: [String: Installation]
    private let secrets: [Name: SecretDefinition]
    /// The classes that make a Secret.
    private let makers: [Name: [ClassDefinition]]

    init(_ scene: Scene) {
        self.scene = scene
        classes = Dictionary(scene.classes.map { (Name(namespace: $0.namespace, name: $0.name), $0) }) { first, _ in
            first
        }
        classesByName = Dictionary(grouping: scene.classes, by: \.name)
        vaults = Dictionary(scene.vaults.map { ($0.name.lowercased(), VaultIndex($0)) }) { first, _ in first }
        identities = Dictionary(scene.identities.map { ($0.clientId.lowercased(), $0) }) { first, _ in first }
        installations = Dictionary(scene.installations.map { ($0.label, $0) }) { first, _ in first }
        secrets = Dictionary(scene.secrets.map { (Name(namespace: $0.namespace, name: $0.name), $0) }) { first, _ in
            first
        }
        var makers: [Name: [ClassDefinition]] = [:]
        for item in scene.classes {
            for secret in Set(item.secretObjects.map(\.name)) {
                makers[Name(namespace: item.namespace, name: secret), default: []].append(item)
            }
        }
        self.makers = makers
    }

    func secretProviderClass(_ name: String, in namespace: String?) -> ClassDefinition? {
        classes[Name(namespace: namespace, name: name)]
    }

    func classes(named name: String) -> [ClassDefinition] { classesByName[name] ?? [] }

    func vault(named name: String) -> VaultIndex? { vaults[name.lowercased()] }

    func identity(clientId: String) -> IdentityDefinition? { identities[clientId.lowercased()] }

    /// An identity by what is often taken for its client id.
    func identity(mistakenFor text: String) -> IdentityDefinition? {
        scene.identities.first {
            Placeholder.areEqual($0.principalId, text) == true
                || $0.resourceId.map { Placeholder.areEqual($0, text) == true } ?? false
        }
    }

    /// The installation that a class names, else the only one there is.
    func installation(of definition: ClassDefinition) -> Installation? {
        if let label = definition.installation { return installations[label] }
        return scene.installations.count == 1 ? scene.installations.first : nil
    }

    func secret(_ name: String, in namespace: String?) -> SecretDefinition? {
        secrets[Name(namespace: namespace, name: name)]
    }

    func makers(of secret: String, in namespace: String?) -> [ClassDefinition] {
        makers[Name(namespace: namespace, name: secret)] ?? []
    }
}

/// A vault with its objects by what can be read of them.
struct VaultIndex: Sendable {
    let vault: VaultDefinition
    private let objects: [ObjectType: [String: Int]]
    private let byName: [String: Int]
    private let grants: [String: [Int]]

    init(_ vault: VaultDefinition) {
        self.vault = vault
        grants = Dictionary(grouping: vault.grants.indices) { vault.grants[$0].principal.lowercased() }
        var objects: [ObjectType: [String: Int]] = [:]
        var byName: [String: Int] = [:]
        for (index, object) in vault.objects.enumerated() {
            let name = object.name.lowercased()
            byName[name] = byName[name] ?? index
            // What was made as a secret is that secret, whatever else has its name.
            for type in object.sort.types where objects[type]?[name] == nil {
                objects[type, default: [:]][name] = index
            }
        }
        self.objects = objects
        self.byName = byName
    }

    func object(_ name: String, _ type: ObjectType) -> StoredObject? {
        objects[type]?[name.lowercased()].map { vault.objects[$0] }
    }

    /// An object of that name of whatever sort.
    func object(named name: String) -> StoredObject? { byName[name.lowercased()].map { vault.objects[$0] } }

    /// The places, in the vault's list, of the grants for a principal.
    func grants(for principal: String) -> [Int] { grants[principal.lowercased()] ?? [] }

    /// The object that a name was probably meant to be. Not looked for among so many that it would take long.
    func nearest(to name: String, _ type: ObjectType) -> String? {
        guard let candidates = objects[type], candidates.count <= SceneIndex.mostCandidates else { return nil }
        return Suggestion.nearest(to: name, among: candidates.values.lazy.map { vault.objects[$0].name })
    }
}
