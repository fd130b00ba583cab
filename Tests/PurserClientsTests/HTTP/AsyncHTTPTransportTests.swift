import NIOHTTP1
import Testing

@testable import PurserClients

/// The transport against a server on loopback.
struct AsyncHTTPTransportTests {
    private static let trusting = ["SSL_CERT_FILE": LocalServer.fixture("ca.pem")]

    private func with<Value>(
        _ environment: [String: String] = trusting, _ body: (AsyncHTTPTransport) async throws -> Value
    ) async throws -> Value {
        let transport = AsyncHTTPTransport(environment: environment)
        do {
            let value = try await body(transport)
            await transport.shutdown()
            return value
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private func failure(
        _ request: HTTPRequest, _ environment: [String: String] = trusting
    ) async throws -> TransportError? {
        try await with(environment) { transport in
            await #expect(throws: TransportError.self) { try await transport.send(request) }
        }
    }

    private static func ok(_ seen: LocalServer.Seen) -> LocalServer.Answer {
        .whole(.ok, headers: [("X-Mixed", "1")], body: "\(seen.method) \(seen.target) \(seen.body)")
    }

    @Test func `a request goes out as it is, and a whole answer comes back`() async throws {
        let server = try await LocalServer.start(certificate: "server", Self.ok)
        let response = try await with { transport in
            try await transport.send(
                HTTPRequest(
                    method: "PUT", url: "https://localhost:\(server.port)/a%20b?t=1%2B2&x=$y",
                    headers: [HTTPHeader("X-One", "1")], body: Array("{}".utf8)))
        }
        #expect(response.status == 200)
        #expect(response.header("x-mixed") == "1")
        #expect(String(decoding: response.body, as: UTF8.self) == "PUT /a%20b?t=1%2B2&x=$y {}")
        #expect(server.requests[0].headers.contains { $0.name == "X-One" && $0.value == "1" })
        try await server.stop()
    }

    @Test func `redirects are not followed`() async throws {
        let server = try await LocalServer.start(certificate: "server") { _ in
            .whole(.temporaryRedirect, headers: [("Location", "https://localhost:1/")], body: "")
        }
        let response = try await with { transport in
            try await transport.send(HTTPRequest(method: "GET", url: "https://localhost:\(server.port)/"))
        }
        #expect(response.status == 307)
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test func `a server that is not trusted gets no request`() async throws {
        let server = try await LocalServer.start(certificate: "server", Self.ok)
        let url = "https://localhost:\(server.port)/"
        let error = try await failure(HTTPRequest(method: "PUT", url: url), [:])
        #expect(error?.kind == .tls)
        #expect(error?.requestMayHaveBeenSent == false)
        #expect(error?.detail == "the TLS handshake failed: CERTIFICATE_VERIFY_FAILED")
        #expect(server.requests.isEmpty)
        try await server.stop()
    }

    @Test func `a certificate for another name is not trusted`() async throws {
        let server = try await LocalServer.start(certificate: "named", Self.ok)
        let error = try await failure(HTTPRequest(method: "GET", url: "https://localhost:\(server.port)/"))
        #expect(error?.kind == .tls)
        #expect(error?.detail == "the server's certificate is for another name")
        #expect(server.requests.isEmpty)
        try await server.stop()
    }

    @Test func `verification is off for the one server of which that is said`() async throws {
        let server = try await LocalServer.start(certificate: "named", Self.ok)
        let url = "https://localhost:\(server.port)/"
        let response = try await with([:]) { transport in
            let unverified = HTTPRequest(method: "GET", url: url, tls: TLSOptions(isVerified: false))
            let response = try await transport.send(unverified)
            await #expect(throws: TransportError.self) {
                try await transport.send(HTTPRequest(method: "GET", url: url))
            }
            return response
        }
        #expect(response.status == 200)
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test func `another name may be demanded of the server`() async throws {
        let server = try await LocalServer.start(certificate: "named", Self.ok)
        let response = try await with { transport in
            try await transport.send(
                HTTPRequest(
                    method: "GET", url: "https://127.0.0.1:\(server.port)/x",
                    tls: TLSOptions(serverName: "kubernetes.test")))
        }
        #expect(response.status == 200)
        let host = server.requests[0].headers.first { $0.name.lowercased() == "host" }?.value
        #expect(host == "127.0.0.1:\(server.port)")
        try await server.stop()
    }

    @Test func `a client certificate is shown to the server that asks for it`() async throws {
        let server = try await LocalServer.start(certificate: "server", clientAuthority: true, Self.ok)
        let authority = try #require(try FileContents.read(LocalServer.fixture("ca.pem")))
        let certificate = try #require(try FileContents.read(LocalServer.fixture("client.pem")))
        let key = try #require(try FileContents.read(LocalServer.fixture("client.key")))
        let url = "https://127.0.0.1:\(server.port)/"
        let known = TLSOptions(
            certificateAuthorities: authority, clientCertificate: certificate, clientKey: SecretBytes(key))
        let response = try await with([:]) { transport in
            try await transport.send(HTTPRequest(method: "GET", url: url, tls: known))
        }
        #expect(response.status == 200)
        let unknown = HTTPRequest(method: "GET", url: url, tls: TLSOptions(certificateAuthorities: authority))
        #expect(try await failure(unknown, [:]) != nil)
        #expect(server.requests.count == 1)
        try await server.stop()
    }

    @Test func `credentials that are no PEM are told without being shown`() async throws {
        let tls = TLSOptions(
            clientCertificate: Array("CERT-HUNTER2".utf8), clientKey: SecretBytes(Array("KEY-HUNTER2".utf8)))
        let error = try await failure(HTTPRequest(method: "GET", url: "https://localhost:1/", tls: tls))
        #expect(error?.kind == .tls)
        #expect(error?.detail.contains("HUNTER2") == false)
        let unreadable = try await failure(
            HTTPRequest(method: "GET", url: "https://localhost:1/"), ["SSL_CERT_FILE": "/nowhere.pem"])
        #expect(unreadable?.detail == "SSL_CERT_FILE /nowhere.pem cannot be read as certificates")
    }

    @Test func `a refused connection was never sent`() async throws {
        let server = try await LocalServer.start(Self.ok)
        let port = server.port
        try await server.stop()
        let error = try await failure(HTTPRequest(method: "PUT", url: "http://127.0.0.1:\(port)/"))
        #expect(error?.kind == .connect)
        #expect(error?.requestMayHaveBeenSent == false)
        // A label of more than 63 characters is no name: nobody is asked for it.
        let name = String(repeating: "a", count: 70)
        let unknown = try await failure(HTTPRequest(method: "PUT", url: "https://\(name).test/"))
        #expect(unknown?.kind == .unknownHost)
        let invalid = try await failure(HTTPRequest(method: "PUT", url: "ftp://x"))
        #expect(invalid?.kind == .connect)
    }

    @Test(arguments: [
        (LocalServer.Answer.closed, TransportError.Kind.reset), (.torn, .truncated), (.silent, .timeout),
    ])
    func `a lost answer may mean a request carried out`(
        answer: LocalServer.Answer, kind: TransportError.Kind
    ) async throws {
        let server = try await LocalServer.start(certificate: "server") { _ in answer }
        // Only where nothing comes is the limit met: elsewhere a busy machine must not meet it first.
        let limit = kind == .timeout ? Duration.milliseconds(300) : .seconds(300)
        let error = try await failure(
            HTTPRequest(method: "PUT", url: "https://localhost:\(server.port)/", timeout: limit))
        #expect(error?.kind == kind)
        #expect(error?.requestMayHaveBeenSent == true)
        try await server.stop()
    }

    @Test func `a cancelled request ends at once`() async throws {
        let server = try await LocalServer.start { _ in .silent }
        let request = HTTPRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")
        let error = try await with { transport in
            let sending = Task { () -> TransportError? in
                do throws(TransportError) {
                    _ = try await transport.send(request)
                    return nil
                } catch {
                    return error
                }
            }
            while server.requests.isEmpty { await Task.yield() }
            sending.cancel()
            return await sending.value
        }
        #expect(error?.kind == .cancelled)
        try await server.stop()
    }

    @Test func `lines come whole, whatever the chunks`() async throws {
        let server = try await LocalServer.start { _ in .pieces(["{\"a\"", ":1}\n\n{\"b\":2}\n{", "\"c\":3}"]) }
        let lines = try await with { transport in
            var lines: [String] = []
            for try await line in transport.lines(
                HTTPRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            {
                lines.append(String(decoding: line, as: UTF8.self))
            }
            return lines
        }
        #expect(lines == ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"])
        try await server.stop()
    }

    @Test func `a refused stream gives the whole answer`() async throws {
        let server = try await LocalServer.start { _ in .whole(.gone, headers: [], body: "{\"code\":410}") }
        let response = try await with { transport -> HTTPResponse? in
            do {
                for try await _ in transport.lines(
                    HTTPRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
                {}
                return nil
            } catch let refused as UnexpectedStatus {
                return refused.response
            }
        }
        #expect(response?.status == 410)
        #expect(response?.body == Array("{\"code\":410}".utf8))
        try await server.stop()
    }

    @Test func `names go to the proxy by CONNECT, loopback does not`() async throws {
        let proxy = try await LocalServer.start { _ in .whole(.forbidden, headers: [], body: "") }
        let server = try await LocalServer.start(certificate: "server", Self.ok)
        let environment = Self.trusting.merging(["HTTPS_PROXY": "http://127.0.0.1:\(proxy.port)"]) { $1 }
        let error = try await failure(
            HTTPRequest(method: "PUT", url: "https://demo.vault.purser.test:8443/"), environment)
        #expect(error?.kind == .unknownHost)
        #expect(error?.requestMayHaveBeenSent == false)
        #expect(proxy.requests.map { "\($0.method) \($0.target)" } == ["CONNECT demo.vault.purser.test:8443"])
        let direct = try await with(environment) { transport in
            try await transport.send(HTTPRequest(method: "GET", url: "https://localhost:\(server.port)/"))
        }
        #expect(direct.status == 200)
        #expect(proxy.requests.count == 1)
        try await server.stop()
        try await proxy.stop()
    }

    @Test(arguments: ["https://p.test", "://", "http://p.test:0"])
    func `a proxy that cannot be used is told`(proxy: String) async throws {
        let error = try await failure(
            HTTPRequest(method: "GET", url: "https://a.test/"), ["HTTPS_PROXY": proxy])
        #expect(error?.kind == .connect)
    }

    @Test func `lines have a longest length`() throws {
        var splitter = LineSplitter(longestLine: 4)
        #expect(try splitter.lines(adding: Array("ab\ncd".utf8)) == [Array("ab".utf8)])
        #expect(splitter.rest == Array("cd".utf8))
        #expect(throws: TransportError.self) { try splitter.lines(adding: Array("efg".utf8)) }
    }
}
