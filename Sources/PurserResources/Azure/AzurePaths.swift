import PurserEngine

/// Resource identifiers of Azure Resource Manager. They serve as paths of requests too.
///
/// The service changes the case of some segments in what it answers (`resourcegroups`); identifiers are therefore built
/// here, and compared without regard to case.
enum AzurePaths {
    static func group(subscription: String, name: String) -> String {
        "/subscriptions/\(segment(subscription))/resourceGroups/\(segment(name))"
    }

    static func identity(group: String, name: String) -> String {
        "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/\(segment(name))"
    }

    static func vault(group: String, name: String) -> String {
        "\(group)/providers/Microsoft.KeyVault/vaults/\(segment(name))"
    }

    static func deletedVault(subscription: String, location: String, name: String) -> String {
        "/subscriptions/\(segment(subscription))/providers/Microsoft.KeyVault/locations/\(segment(location))"
            + "/deletedVaults/\(segment(name))"
    }

    static func scaleSets(subscription: String, group: String) -> String {
        "\(Self.group(subscription: subscription, name: group))/providers/Microsoft.Compute/virtualMachineScaleSets"
    }

    static func areEqual(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }

    /// A name as a path segment: what has a meaning in an address is percent-encoded.
    static func segment(_ name: String) -> String {
        var result = ""
        for byte in name.utf8 {
            let scalar = Unicode.Scalar(byte)
            let character = Character(scalar)
            if scalar.isASCII, character.isLetter || character.isNumber || "-._~()".contains(character) {
                result.append(character)
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" + digits : digits)
            }
        }
        return result
    }
}

/// The api-versions in use. Source: Azure REST reference.
enum AzureVersion {
    static let resources = "2021-04-01"
    static let identities = "2024-11-30"
    static let vaults = "2026-02-01"
    static let scaleSets = "2024-11-01"
}
