/// The parts of an absolute `http` or `https` address that decide where a request goes.
package struct Address: Sendable, Hashable {
    package var scheme: String
    /// Lower case, without the brackets of an IPv6 address.
    package var host: String
    /// The given port, or the scheme's.
    package var port: Int
    /// Everything from the path on; starts with a slash.
    package var target: String

    package init?(_ url: String) {
        guard let schemeEnd = url.firstRange(of: "://") else { return nil }
        scheme = url[..<schemeEnd.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = url[schemeEnd.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        target = String(rest.dropFirst(authority.count))
        if !target.hasPrefix("/") { target = "/" + target }
        guard let parts = Self.split(authority, defaultPort: scheme == "https" ? 443 : 80) else { return nil }
        (host, port) = parts
    }

    /// Splits `host`, `host:port`, `[v6]` and `[v6]:port`; user information is refused.
    private static func split(_ authority: Substring, defaultPort: Int) -> (String, Int)? {
        guard !authority.contains("@") else { return nil }
        let isBracketed = authority.hasPrefix("[")
        let hostEnd =
            isBracketed
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) }
            : authority.firstIndex(of: ":") ?? authority.endIndex
        guard let hostEnd else { return nil }
        let written = authority[..<hostEnd]
        let host = isBracketed ? written.dropFirst().dropLast() : written
        guard !host.isEmpty else { return nil }
        let rest = authority[hostEnd...]
        if rest.isEmpty { return (host.lowercased(), defaultPort) }
        guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }

    /// Whether both lead to the same server.
    package func isSameServer(as other: Address) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// `scheme://host[:port]`, without the scheme's own port.
    package var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        let isDefault = port == (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(shown)\(isDefault ? "" : ":\(port)")"
    }
}

/// Percent-encoding (RFC 3986).
package enum PercentEncoding {
    private static let unreserved = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    private static let path = unreserved.union("/%:@!$&'()*+,;=".utf8)
    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// For one path segment, or a query's or form's name or value.
    package static func component(_ text: String) -> String { encoded(text, keeping: unreserved) }

    /// For a whole path: slashes and what is already encoded stay.
    package static func path(_ text: String) -> String { encoded(text, keeping: path) }

    /// `name=value&…`; `$` in names stays readable, as Azure writes `$filter`.
    package static func query(_ parameters: some Sequence<(key: String, value: String)>) -> String {
        parameters.map { name, value in
            "\(encoded(name, keeping: unreserved.union("$".utf8)))=\(component(value))"
        }
        .joined(separator: "&")
    }

    /// The text behind `%XX`; what is not valid stays as it is.
    package static func decoded(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encoded(_ text: String, keeping kept: Set<UInt8>) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if kept.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
