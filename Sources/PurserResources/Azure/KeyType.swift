import PurserEngine
import PurserSyntax

/// The kinds of keys that a vault makes, for keys and for certificates. Source: Key Vault REST reference,
/// `JsonWebKeyType`, api-version 7.4.
enum KeyType: String, CaseIterable, Sendable {
    case rsa = "RSA"
    case rsaInHardware = "RSA-HSM"
    case curve = "EC"
    case curveInHardware = "EC-HSM"

    var isRSA: Bool { self == .rsa || self == .rsaInHardware }
    var isInHardware: Bool { self == .rsaInHardware || self == .curveInHardware }

    /// Keys in hardware are for vaults of the price tier premium.
    static func check(
        _ resource: DeclaredResource, at path: String, _ type: KeyType, _ spec: Declarations,
        _ diagnostics: inout Diagnostics
    ) {
        guard type.isInHardware, let vault = spec[resource.address.holder],
            !vault.isExisting || vault.writes(KeyVault.sku.name), vault.known(KeyVault.sku.name)?.string == "standard"
        else { return }
        diagnostics.append(
            .specContradiction,
            "a key of type \(type.rawValue) is kept in hardware, and \(vault.address) is of the price tier standard",
            at: resource.range(of: path), hint: "write `sku: premium` on the vault, or the type without `-HSM`",
            address: resource.address.description)
    }
}
