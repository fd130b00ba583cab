#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which proxy a request goes through, by `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and their lower-case twins.
///
/// The rules are those of Go's `golang.org/x/net/http/httpproxy`, which kubectl and Helm follow: `localhost` and
/// loopback addresses are never proxied (other names are, even if they end in `.localhost`); `NO_PROXY` lists host
/// names that include their subdomains, `.name` for subdomains alone, IP addresses, CIDR blocks, each with an optional
/// port, or `*`.
package struct ProxyRules: Sendable, Hashable {
    private var secure: String?
    private var plain: String?
    private var exceptions: [Exception]

    package init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            [name, name.lowercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        secure = value("HTTPS_PROXY")
        plain = value("HTTP_PROXY")
        exceptions = (value("NO_PROXY") ?? "").split(separator: ",").compactMap { Exception(String($0)) }
    }

    /// The proxy's address as it was configured, or nil for a direct connection.
    package func proxy(for address: Address) -> String? {
        guard let proxy = address.scheme == "https" ? secure : plain else { return nil }
        if Self.isLoopback(address.host) { return nil }
        return exceptions.contains { $0.covers(address) } ? nil : proxy
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" { return true }
        guard let bytes = IPAddress.bytes(host) else { return false }
        return bytes.count == 4 ? bytes[0] == 127 : bytes == Array(repeating: 0, count: 15) + [1]
    }
}

extension ProxyRules {
    private enum Pattern: Sendable, Hashable {
        case everything
        case host(String)
        case subdomains(String)
        case network([UInt8], prefix: Int)
    }

    /// One entry of `NO_PROXY`.
    private struct Exception: Sendable, Hashable {
        var pattern: Pattern
        var port: Int?

        init?(_ entry: String) {
            let text = entry.filter { $0 != " " }.lowercased()
            guard !text.isEmpty else { return nil }
            if text == "*" {
                pattern = .everything
            } else if let network = Self.network(text) {
                pattern = network
            } else {
                let (host, port) = Self.splitPort(text)
                self.port = port
                pattern = Self.pattern(host)
            }
        }

        func covers(_ address: Address) -> Bool {
            if let port, port != address.port { return false }
            switch pattern {
            case .everything: return true
            case .host(let name): return address.host == name || address.host.hasSuffix("." + name)
            case .subdomains(let name): return address.host.hasSuffix("." + name)
            case .network(let bytes, let prefix):
                return IPAddress.bytes(address.host).map {
                    IPAddress.matches($0, bytes, prefix: prefix)
                } ?? false
            }
        }

        private static func pattern(_ host: String) -> Pattern {
            if let bytes = IPAddress.bytes(host) { return .network(bytes, prefix: bytes.count * 8) }
            if host.hasPrefix("*.") { return .subdomains(String(host.dropFirst(2))) }
            if host.hasPrefix(".") { return .subdomains(String(host.dropFirst())) }
            return .host(host)
        }

        private static func network(_ text: String) -> Pattern? {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let bytes = IPAddress.bytes(String(parts[0])), let prefix = Int(parts[1]),
                (0...bytes.count * 8).contains(prefix)
            else { return nil }
            return .network(bytes, prefix: prefix)
        }

        private static func splitPort(_ text: String) -> (String, Int?) {
            if IPAddress.bytes(text) != nil { return (text, nil) }
            guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
                return (text, nil)
            }
            return (String(text[..<colon]).filter { $0 != "[" && $0 != "]" }, port)
        }
    }
}

/// IP addresses as bytes in network order.
private enum IPAddress {
    static func bytes(_ text: String) -> [UInt8]? {
        parsed(text, family: AF_INET, size: 4) ?? parsed(text, family: AF_INET6, size: 16)
    }

    private static func parsed(_ text: String, family: Int32, size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    static func matches(_ address: [UInt8], _ network: [UInt8], prefix: Int) -> Bool {
        guard address.count == network.count else { return false }
        let whole = prefix / 8
        guard address.prefix(whole) == network.prefix(whole) else { return false }
        let rest = prefix % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return address[whole] & mask == network[whole] & mask
    }
}
