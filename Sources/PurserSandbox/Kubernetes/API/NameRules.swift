/// What names, labels and keys may look like.
/// Source: Kubernetes documentation, "Object Names and IDs", "Labels and Selectors"; apimachinery's validation texts.
enum NameRules {
    /// nil if the text is a valid DNS-1123 label, else what is wrong.
    static func labelProblem(_ text: String) -> String? {
        if text.count > 63 { return "must be no more than 63 characters" }
        if isLabel(text[...]) { return nil }
        return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
            + "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
    }

    static func subdomainProblem(_ text: String) -> String? {
        if text.count > 253 { return "must be no more than 253 characters" }
        if text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(isLabel) { return nil }
        return
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
            + "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    }

    /// Roles and bindings may be named anything that is one part of a path.
    static func pathSegmentProblem(_ text: String) -> String? {
        if text == "." || text == ".." { return "may not be '\(text)'" }
        for forbidden in ["/", "%"] where text.contains(forbidden) { return "may not contain '\(forbidden)'" }
        return nil
    }

    static func qualifiedNameProblem(_ text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last else {
            return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', with an optional DNS "
                + "subdomain prefix and '/' (e.g. 'example.com/MyName')"
        }
        if parts.count == 2 {
            if parts[0].isEmpty { return "prefix part must be non-empty" }
            if let problem = subdomainProblem(String(parts[0])) { return "prefix part \(problem)" }
        }
        if name.isEmpty { return "name part must be non-empty" }
        if name.count > 63 { return "name part must be no more than 63 characters" }
        if isLabelValue(name) { return nil }
        return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
            + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
            + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    }

    static func labelValueProblem(_ text: String) -> String? {
        if text.count > 63 { return "must be no more than 63 characters" }
        if text.isEmpty || isLabelValue(text[...]) { return nil }
        return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
            + "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
            + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    }

    /// A key of a Secret's or ConfigMap's data.
    static func dataKeyProblem(_ text: String) -> String? {
        if text.count > 253 { return "must be no more than 253 characters" }
        if text == "." || text == ".." || text.hasPrefix("..") { return "must not start with '..'" }
        if !text.isEmpty, text.allSatisfy({ isAlphanumeric($0) || "-._".contains($0) }) { return nil }
        return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
            + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    }

    private static func isLabel(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last, first != "-", last != "-" else { return false }
        return text.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
    }

    private static func isLabelValue(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
            return false
        }
        return text.allSatisfy { isAlphanumeric($0) || "-_.".contains($0) }
    }

    private static func isAlphanumeric(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }
}
