import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What AsyncHTTPClient and NIO throw, as the clients need to know it.
extension TransportError {
    /// A failure before the answer's head arrived.
    init(whileSending error: any Error) {
        switch error {
        case let error as TransportError: self = error
        case is CancellationError: self.init(.cancelled, requestMayHaveBeenSent: true, detail: "cancelled")
        case let error as HTTPClientError: self.init(error)
        case let error as NIOConnectionError: self.init(error)
        case let error as NIOSSLError: self.init(error)
        case let error as NIOSSLExtraError:
            self.init(.tls, requestMayHaveBeenSent: false, detail: error.reason)
        case let error as ChannelError where error.isConnectTimeout:
            self.init(.connect, requestMayHaveBeenSent: false, detail: "no connection in time")
        case let error as IOError where error.isBeforeConnection:
            self.init(.connect, requestMayHaveBeenSent: false, detail: "\(error)")
        case is SocketAddressError:
            self.init(.unknownHost, requestMayHaveBeenSent: false, detail: "its name cannot be resolved")
        default: self.init(.reset, requestMayHaveBeenSent: true, detail: "\(error)")
        }
    }

    /// A failure within the answer.
    init(whileReading error: any Error) {
        switch error {
        case let error as TransportError: self = error
        case is CancellationError: self.init(.cancelled, requestMayHaveBeenSent: true, detail: "cancelled")
        case let error as HTTPClientError where error == .cancelled:
            self.init(.cancelled, requestMayHaveBeenSent: true, detail: "cancelled")
        case is NIOTooManyBytesError:
            self.init(.tooLarge, requestMayHaveBeenSent: true, detail: "the answer is too large")
        default: self.init(.truncated, requestMayHaveBeenSent: true, detail: "the answer ended early: \(error)")
        }
    }

    private init(_ error: NIOConnectionError) {
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            self.init(.unknownHost, requestMayHaveBeenSent: false, detail: "its name cannot be resolved")
        } else {
            let reasons = error.connectionErrors.map { "\($0.error)" }
            self.init(.connect, requestMayHaveBeenSent: false, detail: reasons.joined(separator: ", "))
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .cancelled: self.init(.cancelled, requestMayHaveBeenSent: true, detail: "cancelled")
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            self.init(.timeout, requestMayHaveBeenSent: true, detail: error.shortDescription)
        case .connectTimeout, .tlsHandshakeTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout,
            .getConnectionFromPoolTimeout:
            self.init(.connect, requestMayHaveBeenSent: false, detail: error.shortDescription)
        case .invalidProxyResponse:
            self.init(.unknownHost, requestMayHaveBeenSent: false, detail: "the proxy does not connect to it")
        case .proxyAuthenticationRequired, .alreadyShutdown:
            self.init(.connect, requestMayHaveBeenSent: false, detail: error.shortDescription)
        default: self.init(.reset, requestMayHaveBeenSent: true, detail: error.shortDescription)
        }
    }

    /// A handshake that the server merely broke off may succeed next time; one that failed will fail again.
    private init(_ error: NIOSSLError) {
        switch error {
        case .handshakeFailed(.sslError([.eofDuringHandshake])):
            self.init(.connect, requestMayHaveBeenSent: false, detail: "the connection ended during the TLS handshake")
        case .uncleanShutdown:
            self.init(.reset, requestMayHaveBeenSent: true, detail: "the connection ended without notice")
        case .handshakeFailed(let failure):
            self.init(.tls, requestMayHaveBeenSent: false, detail: "the TLS handshake failed: \(failure.reasons)")
        default: self.init(.tls, requestMayHaveBeenSent: false, detail: "\(error)")
        }
    }
}

extension IOError {
    /// Errors that `connect` alone gives.
    fileprivate var isBeforeConnection: Bool {
        [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL].contains(errnoCode)
    }
}

extension ChannelError {
    fileprivate var isConnectTimeout: Bool {
        if case .connectTimeout = self { true } else { false }
    }
}

extension NIOSSLExtraError {
    fileprivate var reason: String {
        self == .failedToValidateHostname ? "the server's certificate is for another name" : "\(self)"
    }
}

extension BoringSSLError {
    /// BoringSSL's own names of what went wrong, e.g. `CERTIFICATE_VERIFY_FAILED`, without its numbers and file names.
    fileprivate var reasons: String {
        guard case .sslError(let errors) = self else { return "\(self)" }
        return errors.map { error in
            let text = "\(error)"
            guard let reason = text.firstRange(of: "OPENSSL_internal:") else { return text }
            return String(text[reason.upperBound...].prefix { $0 != " " })
        }
        .joined(separator: ", ")
    }
}
