/// One header line.
package struct HTTPHeader: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request, complete but for what the transport adds (`Host`, `Content-Length`).
///
/// It describes itself by method and address alone: headers hold tokens and bodies hold secrets.
package struct HTTPRequest: Sendable {
    package var method: String
    /// The absolute address with its query, sent as it stands.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]?
    /// From the first connection attempt to the last byte of the answer.
    package var timeout: Duration
    /// Whom to trust and who we are, where that differs from the transport's default.
    package var tls: TLSOptions?
    /// For addresses of the machine itself, which no proxy knows.
    package var isDirect: Bool

    package init(
        method: String,
        url: String,
        headers: [HTTPHeader] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(100),
        tls: TLSOptions? = nil,
        isDirect: Bool = false
    ) {
        self.isDirect = isDirect
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.tls = tls
    }

    /// The first header of that name, in any letter case.
    package func header(_ name: String) -> String? { headers.first(named: name) }
}

extension HTTPRequest: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { RequestSummary(self).description }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["method": method, "url": RequestSummary(self).url]) }
}

/// TLS beyond the transport's default, for servers with an authority of their own (Kubernetes).
package struct TLSOptions: Sendable, Hashable {
    /// PEM certificates that are trusted instead of the default ones.
    package var certificateAuthorities: [UInt8]?
    /// PEM certificate chain that identifies the caller.
    package var clientCertificate: [UInt8]?
    /// PEM private key of the client certificate.
    package var clientKey: SecretBytes?
    /// The name that the server's certificate must carry, where it is not the host of the address.
    package var serverName: String?
    /// The proxy for this server alone (`proxy-url` of a kubeconfig).
    package var proxyURL: String?
    /// False only where a kubeconfig says so (`insecure-skip-tls-verify`); the user is warned of it.
    package var isVerified: Bool

    package init(
        certificateAuthorities: [UInt8]? = nil,
        clientCertificate: [UInt8]? = nil,
        clientKey: SecretBytes? = nil,
        serverName: String? = nil,
        proxyURL: String? = nil,
        isVerified: Bool = true
    ) {
        self.certificateAuthorities = certificateAuthorities
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.serverName = serverName
        self.proxyURL = proxyURL
        self.isVerified = isVerified
    }
}

/// Bytes that must not be shown, e.g. a private key.
package struct SecretBytes: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func reveal() -> [UInt8] { bytes }

    package var description: String { "<sensitive>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A whole answer. Its body is left out of its description.
package struct HTTPResponse: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var status: Int
    package var headers: [HTTPHeader]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTPHeader] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in any letter case.
    package func header(_ name: String) -> String? { headers.first(named: name) }

    package var description: String { "HTTP \(status), \(body.count) bytes" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["status": status]) }
}

extension [HTTPHeader] {
    /// The value of the first header of that name, in any letter case.
    package func first(named name: String) -> String? {
        let wanted = name.lowercased()
        return first { $0.name.lowercased() == wanted }?.value
    }
}

/// Why there is no whole answer.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        /// No connection: refused, unreachable.
        case connect
        /// There is no such host, or the proxy does not connect to it.
        case unknownHost
        /// The TLS handshake failed: the server could not prove who it is, or did not accept who we are.
        case tls
        case timeout
        /// The connection ended before an answer began.
        case reset
        /// The connection ended within an answer.
        case truncated
        case cancelled
        /// The answer is larger than any that is read.
        case tooLarge
    }

    package var kind: Kind
    /// False only if the server cannot have seen the request.
    package var requestMayHaveBeenSent: Bool
    package var detail: String

    package init(_ kind: Kind, requestMayHaveBeenSent: Bool, detail: String) {
        self.kind = kind
        self.requestMayHaveBeenSent = requestMayHaveBeenSent
        self.detail = detail
    }

    package var description: String { "\(kind.rawValue): \(detail)" }
}

/// Sends requests: the seam between the clients and the network.
package protocol HTTPTransport: Sendable {
    /// Returns the whole answer, whatever its status; redirects are not followed. A cancelled task gives `.cancelled`.
    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse

    /// The lines of an answer that comes bit by bit, without their line feeds; ends when the answer ends.
    ///
    /// Throws `UnexpectedStatus` when the status is not 200, `TransportError` otherwise. The request's timeout bounds
    /// the time to the answer's head, not the whole stream.
    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error>

    /// Closes all connections; must be called once, after the last request.
    func shutdown() async
}

/// A stream was refused: the answer, read to its end.
package struct UnexpectedStatus: Error, Sendable {
    package var response: HTTPResponse

    package init(response: HTTPResponse) { self.response = response }
}
