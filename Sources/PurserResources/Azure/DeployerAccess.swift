import PurserEngine

/// The access that a vault gives to the one who runs Purser, so that the objects declared in it can be written.
///
/// It is an entry like any other, at `vaults/NAME/access/deployer`, and grants no more than the declared
/// objects need. Purging is among the rights only where an object is to be purged by `whenDeleted`: `--purge` purges
/// whole vaults, which needs a right on the subscription, and objects only where the caller may.
enum DeployerAccess {
    static let key = "deployer"

    static func address(in vault: Address) -> Address { vault.appending("access", key) }

    /// Whether the vault has objects of ours and nobody else grants the rights. An existing vault is left alone unless
    /// the spec asks for the access in so many words.
    static func isWanted(on vault: DeclaredResource, from spec: Declarations) -> Bool {
        guard vault.known(KeyVault.deployerAccess.name)?.string != "none", !rights(vault.address, spec).isEmpty else {
            return false
        }
        return !vault.isExisting || vault.writes(KeyVault.deployerAccess.name)
    }

    static func entry(for vault: DeclaredResource, from spec: Declarations) -> DeclaredResource? {
        guard isWanted(on: vault, from: spec) else { return nil }
        var attributes = rights(vault.address, spec).mapValues { Expression.literal(.list($0.map(Value.string))) }
        attributes[AccessPolicy.principal.name] = .literal(.string(key))
        attributes[AccessPolicy.vault.name] = .object(
            Dictionary(uniqueKeysWithValues: AccessPolicy.fromVault.map { ($0, Expression.output(vault.address, $0)) }))
        return DeclaredResource(
            address: address(in: vault.address), kind: AccessPolicy.name, attributes: attributes, range: nil,
            dependencies: [vault.address], references: [AccessPolicy.vault.name: vault.address])
    }

    /// What an object in a vault waits for: the access, if the vault gives it.
    static func link(_ object: inout DeclaredResource, from spec: Declarations) {
        let vault = object.address.holder
        let access = address(in: vault)
        if spec.contains(access) { object.dependencies.insert(access) }
    }

    /// Least rights by section of the vault. A certificate's former version can be brought back only through the secret
    /// that holds it, so that certificates need `get` on secrets as well.
    private static func rights(_ vault: Address, _ spec: Declarations) -> [String: [String]] {
        func isDeclared(_ section: String) -> Bool {
            spec.hasAny(in: "\(vault)/\(section)") { !$0.isExisting }
        }
        func isPurging(_ section: String) -> Bool {
            spec.hasAny(in: "\(vault)/\(section)") { object in
                !object.isExisting && object.known(SoftDeletion.whenDeleted.name)?.string == "purge"
            }
        }
        func isUsed(_ section: String) -> Bool { spec.hasAny(in: "\(vault)/\(section)") }
        var rights: [String: [String]] = [:]
        if isUsed("certificates") { rights["certificates"] = ["get"] }
        if isUsed("keys") { rights["keys"] = ["get"] }
        if isUsed("secrets") { rights["secrets"] = ["get"] }
        if isDeclared("certificates") {
            rights["certificates"] = ["create", "delete", "get", "import", "recover", "update"]
            rights["secrets"] = ["get"]
        }
        if isDeclared("keys") { rights["keys"] = ["create", "delete", "get", "recover", "update"] }
        if isDeclared("secrets") { rights["secrets"] = ["delete", "get", "recover", "set"] }
        for section in VaultSection.allCases.map(\.rawValue) where isPurging(section) {
            rights[section, default: []].append("purge")
        }
        if spec.hasAny(in: "\(vault)/keys", where: { $0.writes(KeyRotation.attribute.name) }) {
            rights["keys", default: []] += ["getrotationpolicy", "setrotationpolicy"]
        }
        return rights.mapValues { $0.sorted() }
    }
}
