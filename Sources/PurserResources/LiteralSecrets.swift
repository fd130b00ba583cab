import PurserEngine
import PurserSyntax

/// Keeps secrets out of what other systems are told in their own words, a chart's values and a pod's spec: both are
/// recorded in state, and anybody who may look at the cluster's objects reads them there.
enum LiteralSecrets {
    /// Where a spec says which of these texts are none.
    static let exceptions = Attribute<[String]>.optional(
        "plainValues", .list(.text), .informs,
        "What looks like a secret and is none, by the paths that the errors name.")

    static func check(_ resource: DeclaredResource, _ attribute: String, _ diagnostics: inout Diagnostics) {
        guard let value = resource.known(attribute) else { return }
        let plain = Set(resource.known(exceptions.name)?.list?.compactMap(\.string) ?? [])
        for path in paths(in: value, at: attribute) where !plain.contains(path) {
            diagnostics.append(
                Diagnostic(
                    .secretInValues, "'\(path)' looks like a secret, and is recorded in state",
                    at: resource.range(of: path),
                    hint: "keep it in the vault, mount it or let `secretObjects` make a Kubernetes Secret of it; "
                        + "if it is none, list the path under `\(exceptions.name)`",
                    address: resource.address.description, isSensitive: true))
        }
    }

    /// Paths of the texts that look like secrets.
    static func paths(in value: Value, at path: String) -> [String] {
        withoutSecrets(value, at: path).left
    }

    /// The value with a mark in place of the texts that look like secrets, but for those at the paths of `plain`.
    static func masked(_ value: Value, at path: String, except plain: Set<String> = []) -> Value {
        replacing(value, at: path) { plain.contains($0) ? $1 : .string(Masking.mask) } ?? value
    }

    /// The value without the texts that look like secrets, and the paths where they stood.
    static func withoutSecrets(_ value: Value, at path: String) -> (value: Value, left: [String]) {
        var left: [String] = []
        let clean = replacing(value, at: path) { place, _ in
            left.append(place)
            return nil
        }
        return (clean ?? .null, left)
    }

    // MARK: - Where they stand

    /// The value with something else, or nothing, in place of each text that looks like a secret.
    private static func replacing(
        _ value: Value, at path: String, name: String = "", _ replacement: (_ path: String, Value) -> Value?
    ) -> Value? {
        switch value {
        case .object(let members):
            // An environment variable given in place, `{name: DB_PASSWORD, value: …}`: the name is a member too.
            let variable = members["value"] == nil ? nil : members["name"]?.string
            var result: [String: Value] = [:]
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                result[key] = replacing(
                    member, at: "\(path).\(key)", name: key == "value" ? variable ?? key : key, replacement)
            }
            return .object(result)
        case .list(let items):
            return .list(
                items.enumerated().compactMap { index, item in
                    replacing(item, at: "\(path)[\(index)]", replacement)
                })
        case .string: return isSecret(name, value) ? replacement(path, value) : value
        default: return value
        }
    }

    /// Whether a text under this name is most likely a secret.
    static func isSecret(_ name: String, _ value: Value) -> Bool {
        guard let text = value.string, !SecretText.isPlain(text) else { return false }
        return SecretText.isName(of: name) || SecretText.isSecret(text)
    }
}

/// What secrets look like, by the names that they go by and by their form.
private enum SecretText {
    /// Whether secrets go by such a name.
    static func isName(of name: some StringProtocol) -> Bool {
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        guard endings.contains(where: letters.hasSuffix) else { return false }
        // Names of Secrets are no secrets, nor are checksums of them.
        return !beginnings.contains(where: letters.hasPrefix) && !letters.contains("pullsecret")
    }

    private static let endings = [
        "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey",
        "accountkey", "connectionstring", "credential", "credentials",
    ]
    private static let beginnings = ["existing", "pull", "name", "ref", "checksum"]

    /// Nothing, a switch, a path, or something that another program fills in: `$(TOKEN)`, `{{ … }}`, `<token>`.
    static func isPlain(_ text: some StringProtocol) -> Bool {
        text.isEmpty || switches.contains(text.lowercased()) || isPath(text)
            || brackets.contains { text.hasPrefix($0) && text.hasSuffix($1) }
    }

    /// Such as `/mnt/secrets/password`: base64 may begin with a slash too, but hardly with a word.
    private static func isPath(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard text.hasPrefix("/"), parts.count > 2, parts[1].allSatisfy({ $0.isLowercase || "-_.".contains($0) }) else {
            return false
        }
        return parts.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) } }
    }

    private static let brackets = [("$(", ")"), ("${", "}"), ("{{", "}}"), ("<", ">")]
    private static let switches: Set = ["true", "false", "yes", "no", "on", "off", "none", "null"]

    /// Whether the text itself shows that it is one, under whatever name.
    static func isSecret(_ text: String) -> Bool {
        text.utf8.count >= shortest
            && (issued.contains(where: text.hasPrefix) || isWebToken(text) || text.contains("PRIVATE KEY-----")
                || holdsAssignment(text) || holdsCredentials(text))
    }

    private static let shortest = 8

    /// The beginnings of tokens that services mark as theirs.
    /// Source: GitHub Docs, "About authentication to GitHub"; GitLab Docs, "Token overview"; Slack, "Token types"; AWS
    /// IAM User Guide, "IAM identifiers"; Stripe, "API keys"; Vault, "Tokens".
    private static let issued = [
        "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA",
        "sk_live_", "rk_live_", "hvs.",
    ]

    /// Source: RFC 7519, section 3; a header begins with `{"`, which is `eyJ` in base64url.
    private static func isWebToken(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.hasPrefix("eyJ") && parts.count == 3 && parts[1].hasPrefix("eyJ")
            && text.utf8.allSatisfy { $0.isBase64URL || $0 == UInt8(ascii: ".") }
    }

    /// Connection strings, settings, flags and shared access signatures: `AccountKey=…;`, `--password=…`, `&sig=…`.
    private static func holdsAssignment(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: "=")) else { return false }
        return text.split(whereSeparator: { ";&?,".contains($0) || $0.isWhitespace }).contains { part in
            guard let sign = part.firstIndex(of: "=") else { return false }
            let value = part[part.index(after: sign)...].drop { "\"'".contains($0) }
            let name = part[..<sign]
            // What a shell or a template fills in begins so.
            guard let first = value.first, !"$({<%*".contains(first), !isPlain(value) else { return false }
            return isName(of: name) || ["sig", "sharedaccesskey"].contains(name.lowercased())
        }
    }

    /// `https://user:password@host`. Source: RFC 3986, section 3.2.1.
    private static func holdsCredentials(_ text: String) -> Bool {
        guard let scheme = text.firstRange(of: "://") else { return false }
        let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) && !$0.isWhitespace }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return false
        }
        return !isPlain(authority[authority.index(after: colon)..<at])
    }
}

extension UInt8 {
    fileprivate var isBase64URL: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension DiagnosticCode {
    static let secretInValues = DiagnosticCode("spec/secret-in-values")
}
