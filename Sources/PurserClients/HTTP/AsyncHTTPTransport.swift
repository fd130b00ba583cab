import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// HTTP/1.1 over TLS by AsyncHTTPClient.
///
/// Certificates are verified, against the system's roots or, where `SSL_CERT_FILE` names a file, against that file
/// alone; only a request's `TLSOptions` may say otherwise. Proxies are used as `ProxyRules` says. Redirects are not followed, so that a token goes nowhere but where
/// it was sent. Connections are made at the first request.
package final class AsyncHTTPTransport: HTTPTransport {
    /// The largest answer that is read whole, in bytes.
    static let largestBody = 64 << 20
    /// How long a stream may last: watches are asked to end after five minutes.
    static let longestStream: Duration = .seconds(360)
    /// The longest line of a stream, in bytes.
    static let longestLine = 16 << 20

    private let proxies: ProxyRules
    private let trustFile: String?
    private let state = Mutex(State())

    package init(environment: [String: String]) {
        proxies = ProxyRules(environment: environment)
        trustFile = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    package func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try await Self.bounded(by: request.timeout) { () async throws(TransportError) in
            try await self.exchange(request)
        }
    }

    package func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            let reading = Task {
                let lapse = Task {
                    // A bound on a socket, which lives in real time, as below: no pause between attempts, and so not of
                    // the clock that those take.
                    try await Task.sleep(for: Self.longestStream)
                    continuation.finish(
                        throwing: TransportError(.timeout, requestMayHaveBeenSent: true, detail: "the stream hangs"))
                }
                defer { lapse.cancel() }
                do {
                    try await self.readLines(of: request) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in reading.cancel() }
        }
    }

    package func shutdown() async {
        let clients = state.withLock { state in
            defer { state.clients = [:] }
            return Array(state.clients.values)
        }
        for client in clients { try? await client.shutdown() }
    }
}

extension AsyncHTTPTransport {
    private func exchange(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let head = try await execute(request)
        do {
            let body = try await head.body.collect(upTo: Self.largestBody)
            return Self.response(head, body: Array(body.readableBytesView))
        } catch {
            throw TransportError(whileReading: error)
        }
    }

    private func execute(_ request: HTTPRequest) async throws(TransportError) -> HTTPClientResponse {
        let (client, prepared) = try prepared(request)
        do {
            return try await client.execute(prepared, timeout: TimeAmount(request.timeout))
        } catch {
            throw TransportError(whileSending: error)
        }
    }

    private func readLines(of request: HTTPRequest, _ yield: ([UInt8]) -> Void) async throws {
        let head = try await execute(request)
        guard head.status == .ok else {
            let body = try await head.body.collect(upTo: Self.largestBody)
            throw UnexpectedStatus(response: Self.response(head, body: Array(body.readableBytesView)))
        }
        var splitter = LineSplitter(longestLine: Self.longestLine)
        do {
            for try await chunk in head.body {
                for line in try splitter.lines(adding: chunk.readableBytesView) { yield(line) }
            }
        } catch {
            throw TransportError(whileReading: error)
        }
        if let rest = splitter.rest { yield(rest) }
    }

    private static func response(_ head: HTTPClientResponse, body: [UInt8]) -> HTTPResponse {
        let headers = head.headers.map { HTTPHeader($0.name, $0.value) }
        return HTTPResponse(status: Int(head.status.code), headers: headers, body: body)
    }

    /// Gives up on `body` after the time, also when it hangs in the middle of an answer.
    private static func bounded(
        by timeout: Duration, _ body: @escaping @Sendable () async throws(TransportError) -> HTTPResponse
    ) async throws(TransportError) -> HTTPResponse {
        let outcome = await withTaskGroup(of: Result<HTTPResponse, TransportError>?.self) { group in
            group.addTask { () async -> Result<HTTPResponse, TransportError>? in
                do throws(TransportError) { return .success(try await body()) } catch { return .failure(error) }
            }
            group.addTask {
                // In real time: a clock that is moved by hand would end the exchange at once.
                try? await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        if let outcome { return try outcome.get() }
        if Task.isCancelled {
            throw TransportError(.cancelled, requestMayHaveBeenSent: true, detail: "the request was cancelled")
        }
        throw TransportError(.timeout, requestMayHaveBeenSent: true, detail: "no whole answer within \(timeout)")
    }
}

// MARK: - Connections

extension AsyncHTTPTransport {
    /// Requests with the same key may share connections.
    private struct ClientKey: Hashable {
        var proxy: String?
        /// The host of the address and, where another name is to be verified, the name that stands in for it.
        var host: String?
        var serverName: String?
    }

    private struct State {
        var clients: [ClientKey: HTTPClient] = [:]
        var tls: [TLSOptions: TLSConfiguration] = [:]
    }

    private func prepared(_ request: HTTPRequest) throws(TransportError) -> (HTTPClient, HTTPClientRequest) {
        guard let address = Address(request.url) else {
            throw TransportError(.connect, requestMayHaveBeenSent: false, detail: "not an http or https address")
        }
        let serverName = request.tls?.serverName.flatMap { $0 == address.host ? nil : $0 }
        let key = ClientKey(
            proxy: request.isDirect ? nil : request.tls?.proxyURL ?? proxies.proxy(for: address),
            host: serverName == nil ? nil : address.host,
            serverName: serverName
        )
        let url = serverName.map { Self.url(of: address, withHost: $0) } ?? request.url
        var prepared = HTTPClientRequest(url: url)
        prepared.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { prepared.headers.add(name: header.name, value: header.value) }
        if serverName != nil { prepared.headers.replaceOrAdd(name: "Host", value: Self.hostHeader(address)) }
        if let body = request.body { prepared.body = .bytes(ByteBuffer(bytes: body)) }
        if let tls = request.tls { prepared.tlsConfiguration = try configuration(for: tls) }
        return (try client(for: key), prepared)
    }

    private static func hostHeader(_ address: Address) -> String {
        String(address.origin.drop { $0 != ":" }.dropFirst(3))
    }

    private static func url(of address: Address, withHost host: String) -> String {
        "\(address.scheme)://\(host):\(address.port)\(address.target)"
    }

    private func client(for key: ClientKey) throws(TransportError) -> HTTPClient {
        if let client = state.withLock({ $0.clients[key] }) { return client }
        let configuration = try configuration(for: key)
        return state.withLock { state in
            if let client = state.clients[key] { return client }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            state.clients[key] = client
            return client
        }
    }

    private func configuration(for key: ClientKey) throws(TransportError) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try baseTLS(),
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)),
            connectionPool: .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 64),
            decompression: .disabled
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = key.proxy { configuration.proxy = try ProxyAddress(proxy).configuration }
        if let host = key.host, let serverName = key.serverName { configuration.dnsOverride = [serverName: host] }
        return configuration
    }

    private func baseTLS() throws(TransportError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.shutdownTimeout = .milliseconds(500)
        guard let trustFile else { return tls }
        do {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(trustFile))
        } catch {
            throw TransportError(
                .tls, requestMayHaveBeenSent: false, detail: "SSL_CERT_FILE \(trustFile) cannot be read as certificates"
            )
        }
        return tls
    }

    private func configuration(for options: TLSOptions) throws(TransportError) -> TLSConfiguration {
        if let known = state.withLock({ $0.tls[options] }) { return known }
        var tls = try baseTLS()
        if !options.isVerified { tls.certificateVerification = .none }
        do {
            if let authorities = options.certificateAuthorities {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authorities))
            }
            if let certificate = options.clientCertificate, let key = options.clientKey {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.reveal(), format: .pem))
            }
        } catch {
            throw TransportError(
                .tls, requestMayHaveBeenSent: false,
                detail: "the certificate authority, client certificate or client key is not valid PEM")
        }
        state.withLock { $0.tls[options] = tls }
        return tls
    }
}

/// `http://[user:password@]host[:port]`, or `socks5://host[:port]`; without a scheme, `http` is meant.
private struct ProxyAddress {
    var configuration: HTTPClient.Configuration.Proxy

    init(_ text: String) throws(TransportError) {
        let parts = text.firstRange(of: "://")
        let scheme = parts.map { text[..<$0.lowerBound].lowercased() } ?? "http"
        var rest = parts.map { text[$0.upperBound...] } ?? text[...]
        var authorization: HTTPClient.Authorization?
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            authorization = .basic(
                username: PercentEncoding.decoded(user[0]),
                password: PercentEncoding.decoded(user.count > 1 ? user[1] : ""))
            rest = rest[rest.index(after: at)...]
        }
        let port = rest.firstIndex { "/?#".contains($0) }.map { rest[..<$0] } ?? rest
        guard let address = Address((scheme == "https" ? "https://" : "http://") + port) else {
            throw TransportError(.connect, requestMayHaveBeenSent: false, detail: "the proxy's address is not valid")
        }
        switch scheme {
        case "http": configuration = .server(host: address.host, port: address.port, authorization: authorization)
        case "socks5", "socks5h":
            let isPortGiven = port.last { $0 == ":" || $0 == "]" } == ":"
            configuration = .socksServer(host: address.host, port: isPortGiven ? address.port : 1080)
        default:
            throw TransportError(
                .connect, requestMayHaveBeenSent: false, detail: "proxies are reached by http or socks5, not \(scheme)")
        }
    }
}
