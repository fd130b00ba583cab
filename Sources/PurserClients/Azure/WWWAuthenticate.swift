/// A `WWW-Authenticate: Bearer …` header.
///
/// Source: Key Vault authentication, "Authentication requests and responses"; values come quoted or bare, separated by
/// commas or blanks.
struct BearerChallenge: Sendable, Hashable {
    /// Parameters by lower-case name.
    private var parameters: [String: String] = [:]

    /// Nil if the header is missing or names another scheme.
    init?(_ header: String?) {
        guard let header, let schemeEnd = header.firstIndex(of: " "),
            header[..<schemeEnd].lowercased() == "bearer"
        else { return nil }
        var rest = header[schemeEnd...]
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }.lowercased()
            rest = rest[rest.index(after: equals)...]
            parameters[name] = Self.value(from: &rest)
        }
    }

    private static func value(from rest: inout Substring) -> String {
        if rest.hasPrefix("\"") {
            rest = rest.dropFirst()
            let value = rest.prefix { $0 != "\"" }
            rest = rest.dropFirst(value.count + 1)
            return String(value)
        }
        let value = rest.prefix { $0 != "," && $0 != " " }
        rest = rest.dropFirst(value.count)
        return String(value)
    }

    /// The issuing tenant: the last path segment of the authority.
    var tenant: String? {
        (parameters["authorization"] ?? parameters["authorization_uri"])
            .flatMap { Address($0)?.target.split(separator: "/").last.map(String.init) }
    }

    /// What to ask a token for. A resource without it gets `/.default` appended.
    var scope: String? {
        if let scope = parameters["scope"] { return scope }
        return parameters["resource"].map { $0 + "/.default" }
    }

    /// Claims that the next token must satisfy, as JSON text (continuous access evaluation).
    var claims: String? {
        guard let encoded = parameters["claims"] else { return nil }
        return Base64.decoded(encoded).map { String(decoding: $0, as: UTF8.self) } ?? encoded
    }
}
