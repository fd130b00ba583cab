import PurserClients
import PurserEngine

/// A vault's firewall: from where its contents can be reached.
///
/// Source: Azure REST reference, vaults, `NetworkRuleSet`, api-version 2026-02-01. The service leaves the set out of its
/// answers where it is the default, drops `/32`, and writes subnets in lower case.
enum VaultNetwork {
    static let rules = Attribute<Value>.optional(
        "network",
        .record([
            Field("defaultAction", .choice(["allow", "deny"]), required: true, "What is done with all others."),
            Field(
                "bypass", .choice(["azureServices", "none"]),
                "Whether trusted services of Azure come in all the same; `azureServices` by default. The nodes of AKS are none."
            ),
            Field("ipRules", .list(.text(address)), "Addresses that come in: IPv4, or ranges such as 203.0.113.0/24."),
            Field(
                "subnets", .list(.text(AzureNames.resourceID)),
                "Identifiers of subnets that come in, by their service endpoint."),
        ]), .updates, "The firewall; by default left as it is. Whoever runs Purser must come in too.")

    private static let address = TextRule(
        "an IPv4 address or range, such as 203.0.113.7 or 203.0.113.0/24",
        pattern: #"^([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?$"#
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let isAddress = bytes.count == 4 && bytes.allSatisfy { UInt8($0) != nil }
        let isRange = parts.count == 1 || parts.count == 2 && Int(parts[1]).map { (0...32).contains($0) } == true
        return isAddress && isRange ? nil : "is no IPv4 address or range"
    }

    /// The rules in the one form by which they are compared.
    static func normalised(_ rules: Value) -> Value {
        func texts(_ name: String, _ form: (String) -> String) -> Value {
            .list(Set((rules[name]?.list ?? []).compactMap(\.string).map(form)).sorted().map(Value.string))
        }
        return [
            "defaultAction": rules["defaultAction"] ?? "allow", "bypass": rules["bypass"] ?? "azureServices",
            "ipRules": texts("ipRules") { $0.hasSuffix("/32") ? String($0.dropLast(3)) : $0 },
            "subnets": texts("subnets") { $0.lowercased() },
        ]
    }

    /// What a vault has of which nothing is said.
    static let open: Value = normalised([:])

    static func json(_ rules: Value) -> JSONValue {
        func list(_ name: String, _ member: String) -> JSONValue {
            .array((rules[name]?.list ?? []).compactMap(\.string).map { [member: .string($0)] })
        }
        return [
            "defaultAction": rules["defaultAction"]?.string == "deny" ? "Deny" : "Allow",
            "bypass": rules["bypass"]?.string == "none" ? "None" : "AzureServices",
            "ipRules": list("ipRules", "value"), "virtualNetworkRules": list("subnets", "id"),
        ]
    }

    static func observed(_ answer: JSONValue?) -> Value {
        func list(_ name: String, _ member: String) -> Value {
            .list((answer?[name]?.array ?? []).compactMap { $0[member]?.string }.map(Value.string))
        }
        return normalised([
            "defaultAction": answer?["defaultAction"]?.string?.lowercased() == "deny" ? "deny" : "allow",
            "bypass": answer?["bypass"]?.string?.lowercased() == "none" ? "none" : "azureServices",
            "ipRules": list("ipRules", "value"), "subnets": list("virtualNetworkRules", "id"),
        ])
    }
}
