import Foundation
import PurserClients
import SystemPackage
import Testing

/// A Kubernetes API as an administrator's token and bare HTTP see it: what no client smooths over.
struct RawAPI: Sendable {
    struct Answer: Sendable {
        var status: Int
        /// Null for an answer that is no JSON.
        var body: JSONValue
        var type: String
        var text: String

        var succeeded: Bool { (200..<300).contains(status) }
    }

    let server: String
    let token: String
    private let tls: TLSOptions
    private let transport: AsyncHTTPTransport

    /// `authority`: the certificates that the server is trusted by, in PEM.
    init(server: String, token: String, authority: [UInt8], transport: AsyncHTTPTransport) {
        self.server = server
        self.token = token
        self.transport = transport
        tls = TLSOptions(certificateAuthorities: authority)
    }

    /// By a kubeconfig of one cluster and one user, in JSON, as the sandbox writes it.
    init(kubeconfig: FilePath, transport: AsyncHTTPTransport) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: kubeconfig.string))
        let config = try JSONValue(parsing: Array(data))
        let cluster = try #require(config["clusters"]?[0]?["cluster"])
        let authority = try #require(cluster["certificate-authority-data"]?.string.flatMap { Data(base64Encoded: $0) })
        self.init(
            server: try #require(cluster["server"]?.string),
            token: try #require(config["users"]?[0]?.at("user", "token")?.string), authority: Array(authority),
            transport: transport)
    }

    /// `path` with its query, as it goes over the wire. A body is sent as `type` says.
    func callAsFunction(
        _ method: String, _ path: String, _ body: JSONValue? = nil, type: String = "application/json",
        accept: String = "application/json"
    ) async throws -> Answer {
        try await send(method, path, body?.encoded, type: type, accept: accept)
    }

    func send(
        _ method: String, _ path: String, _ body: [UInt8]?, type: String, accept: String
    ) async throws -> Answer {
        var headers = [HTTPHeader("Authorization", "Bearer \(token)"), HTTPHeader("Accept", accept)]
        if body != nil { headers.append(HTTPHeader("Content-Type", type)) }
        let response = try await transport.send(
            HTTPRequest(method: method, url: server + path, headers: headers, body: body, tls: tls, isDirect: true))
        return Answer(
            status: response.status, body: (try? JSONValue(parsing: response.body)) ?? .null,
            type: response.headers.first(named: "content-type") ?? "",
            text: String(decoding: response.body, as: UTF8.self))
    }

    /// Such as `1.33.4`.
    func version() async throws -> String {
        let told = try await self("GET", "/version").body["gitVersion"]?.string ?? ""
        return String(told.drop { $0 == "v" }.prefix { $0 != "+" })
    }
}
