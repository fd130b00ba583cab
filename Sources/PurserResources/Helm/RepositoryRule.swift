import PurserEngine

/// Addresses that charts may come from.
enum RepositoryRule {
    /// What a chart brings runs in the cluster with wide rights, so that it must not come over a line that others can
    /// write on.
    static let rule = TextRule(
        "an https:// or oci:// address; http:// only on the loopback interface", pattern: "^(https|oci|http)://"
    ) { text in
        if text.hasPrefix("https://") || text.hasPrefix("oci://") {
            return text.contains(" ") ? "has a space in it" : nil
        }
        guard text.hasPrefix("http://") else { return "is no https:// or oci:// address" }
        return isLoopback(text.dropFirst("http://".count)) ? nil : "is not encrypted"
    }

    private static func isLoopback(_ rest: Substring) -> Bool {
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return false }
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        return host == "localhost" || host == "127.0.0.1"
    }
}
