import PurserEngine

/// The name rules of the Kubernetes API.
///
/// Source: Kubernetes documentation, "Object Names and IDs" and "Labels and Selectors".
enum KubernetesName {
    /// DNS-1123 label: namespaces, containers, volumes.
    static let label = TextRule(
        "1 to 63 lower-case letters, digits and hyphens; begins and ends with a letter or a digit",
        pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
    ) { problem(ofLabel: $0, longest: 63) }

    /// DNS-1123 subdomain: pods, Secrets, SecretProviderClasses.
    static let subdomain = TextRule(
        "1 to 253 lower-case letters, digits, hyphens and dots; each part between dots begins and ends with a letter "
            + "or a digit",
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    ) { problem(ofSubdomain: $0) }

    /// The name of a Helm release: a DNS-1123 subdomain of at most 53 characters (Helm documentation, `helm install`).
    static let release = TextRule(
        "1 to 53 lower-case letters, digits, hyphens and dots; begins and ends with a letter or a digit",
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
    ) { $0.utf8.count > 53 ? "is longer than 53 characters" : problem(ofSubdomain: $0) }

    /// Key of a label or annotation: an optional DNS prefix and a name.
    static let qualified = TextRule(
        "an optional DNS name and a slash, then 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with "
            + "a letter or a digit"
    ) { problem(ofQualified: $0) }

    static let labelValue = TextRule(
        "empty, or 1 to 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or a digit",
        pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$"
    ) { $0.isEmpty ? nil : problem(ofName: $0) }

    /// Key in a Secret's `data`.
    static let dataKey = TextRule(
        "1 to 253 letters, digits, '-', '_' and '.'", pattern: "^[-._a-zA-Z0-9]{1,253}$"
    ) { key in
        if key.isEmpty { return "is empty" }
        if key.utf8.count > 253 { return "is longer than 253 characters" }
        return key.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
            ? nil : "has a character that is no letter, digit, '-', '_' or '.'"
    }

    static let labels = Shape.map(keys: qualified, .text(labelValue))
    static let annotations = Shape.map(keys: qualified, .text)

    /// A DNS-1123 label made from any text: other characters become hyphens, and what is too long is cut and told apart
    /// by a digest.
    static func label(from text: String) -> String {
        let mapped = text.lowercased().utf8.map { isLowerAlphanumeric($0) ? Character(UnicodeScalar($0)) : "-" }
        let trimmed = mapped.drop { $0 == "-" }
        var label = String(trimmed)
        while label.last == "-" { label.removeLast() }
        if label.isEmpty { return "v" }
        guard label.count > 63 else { return label }
        return label.prefix(46) + "-" + ContentDigest.text(of: text)
    }

    private static func problem(ofLabel text: String, longest: Int) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > longest { return "is longer than \(longest) characters" }
        guard text.utf8.allSatisfy({ isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") }) else {
            return "has a character that is no lower-case letter, digit or hyphen"
        }
        return text.hasPrefix("-") || text.hasSuffix("-") ? "begins or ends with a hyphen" : nil
    }

    private static func problem(ofSubdomain text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 253 { return "is longer than 253 characters" }
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            if part.isEmpty { return "has an empty part between dots" }
            if let problem = problem(ofLabel: String(part), longest: 253) { return problem }
        }
        return nil
    }

    private static func problem(ofQualified text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return parts.count > 2 ? "has more than one slash" : problem(ofName: text) }
        return problem(ofSubdomain: parts[0]) ?? problem(ofName: parts[1])
    }

    private static func problem(ofName text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > 63 { return "is longer than 63 characters" }
        guard text.utf8.allSatisfy({ isAlphanumeric($0) || "-_.".utf8.contains($0) }) else {
            return "has a character that is no letter, digit, '-', '_' or '.'"
        }
        guard let first = text.utf8.first, let last = text.utf8.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return "does not begin and end with a letter or a digit"
        }
        return nil
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
}
