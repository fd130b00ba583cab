/// A vault's firewall.
struct NetworkRules: Sendable {
    private let rules: JSON?

    init(_ rules: JSON?) { self.rules = rules?.objectValue == nil ? nil : rules }

    /// Left out of answers when it equals the default.
    var answer: JSON? {
        guard let rules, denies || !addresses.isEmpty || !networks.isEmpty || bypass != "AzureServices" else {
            return nil
        }
        var answer = rules
        answer["bypass"] = .string(bypass)
        answer["defaultAction"] = denies ? "Deny" : "Allow"
        answer["ipRules"] = .array(addresses)
        answer["virtualNetworkRules"] = .array(
            networks.map { rule in
                var rule = rule
                rule["id"] = rule["id"]?.stringValue.map { .string($0.lowercased()) }
                return rule
            })
        return answer
    }

    /// Whether the sandbox's clients, all of them on loopback, are let in.
    var admitsLoopback: Bool {
        !denies || addresses.contains { ($0["value"]?.stringValue ?? "").hasPrefix("127.") }
    }

    private var denies: Bool { rules?["defaultAction"]?.stringValue?.lowercased() == "deny" }
    private var bypass: String { rules?["bypass"]?.stringValue ?? "AzureServices" }
    private var addresses: [JSON] { rules?["ipRules"]?.arrayValue ?? [] }
    private var networks: [JSON] { rules?["virtualNetworkRules"]?.arrayValue ?? [] }
}
