import Foundation
import PurserClients
import Synchronization

/// An Azure that does what it is asked, but for the one request that a test gives another answer to.
///
/// As small as the commands of the tests allow: it stores what is written and gives it back. Written after the Azure REST
/// reference; it shares nothing with the clients.
final class StubAzure: HTTPTransport {
    typealias Override = @Sendable (HTTPRequest) -> Result<HTTPResponse, TransportError>?

    private let override: Override
    private let stored: Mutex<[String: JSONValue]>

    static let tenant = "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"
    static let subscription = "0b1f6471-1bf0-4dda-aec3-cb9272f09590"
    static let requestID = "6d1a0f52-0000-4000-8000-00000000a2e1"
    private static let groups = "/subscriptions/\(subscription)/resourcegroups"
    private static let vault = "https://demo-kv.vault.azure.net"

    init(override: @escaping Override) {
        self.override = override
        let vault: JSONValue = [
            "name": "demo-kv", "location": "westeurope",
            "properties": [
                "tenantId": .string(Self.tenant), "sku": ["family": "A", "name": "standard"], "accessPolicies": [],
                "enableRbacAuthorization": false, "provisioningState": "Succeeded",
                "vaultUri": .string("\(Self.vault)/"),
            ],
        ]
        var roles = vault
        roles["properties"]?["enableRbacAuthorization"] = true
        stored = Mutex([
            "\(Self.groups)/there": ["name": "there", "location": "westeurope"],
            "\(Self.groups)/there/providers/microsoft.keyvault/vaults/demo-kv": vault,
            "\(Self.groups)/there/providers/microsoft.keyvault/vaults/roles-kv": roles,
        ])
    }

    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish(throwing: TransportError(.connect, requestMayHaveBeenSent: false, detail: "")) }
    }

    func shutdown() async {}

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        if let outcome = override(request) {
            var response = try outcome.get()
            if response.header("x-ms-request-id") == nil {
                response.headers.append(HTTPHeader("x-ms-request-id", Self.requestID))
            }
            return response
        }
        guard let url = URL(string: request.url), let host = url.host() else { throw Self.unreachable }
        let path = url.path().lowercased()
        switch host {
        case "login.microsoftonline.com": return Self.answer(200, Self.token)
        case "management.azure.com": return manage(request, path)
        case let name where name.hasSuffix(".vault.azure.net"): return keep(request, "\(name)\(path)")
        default: throw Self.unreachable
        }
    }

    private static let unreachable = TransportError(.connect, requestMayHaveBeenSent: false, detail: "nobody listens")

    private static let token: JSONValue = [
        "token_type": "Bearer", "expires_in": 3599,
        // oid, tid and appid of the caller
        "access_token": .string(
            "e30."
                + Data(
                    #"{"oid":"5330ad36-7850-4c0d-9e21-613a692f5c31","tid":"\#(tenant)","appid":"app"}"#.utf8
                ).base64EncodedString().replacing("=", with: "") + ".s"),
    ]

    private static func answer(_ status: Int, _ body: JSONValue) -> HTTPResponse {
        HTTPResponse(status: status, headers: [], body: body.encoded)
    }

    private static func missing(_ code: String) -> HTTPResponse {
        answer(404, ["error": ["code": .string(code), "message": "not found"]])
    }

    // MARK: Resource Manager

    private func manage(_ request: HTTPRequest, _ path: String) -> HTTPResponse {
        let sent = request.body.flatMap { try? JSONValue(parsing: $0) } ?? [:]
        return stored.withLock { stored in
            switch request.method {
            case "GET" where path.hasSuffix("/virtualmachinescalesets"):
                return Self.answer(200, ["value": [["name": "np", "etag": "1"]]])
            case "GET" where path.hasSuffix("/virtualmachinescalesets/np"):
                return Self.answer(200, ["name": "np", "etag": "1"])
            case "GET" where path.hasSuffix("/resources") || path.hasSuffix("/roleassignments"):
                return Self.answer(200, ["value": []])
            case "GET": return stored[path].map { Self.answer(200, $0) } ?? Self.missing("ResourceNotFound")
            case "DELETE":
                return Self.answer(stored.removeValue(forKey: path) == nil ? 204 : 200, [:])
            case "PATCH" where stored[path] != nil, "PUT" where !path.hasSuffix("/add"):
                let made = Self.made(sent, over: request.method == "PATCH" ? stored[path] : nil, at: path)
                stored[path] = made
                return Self.answer(request.method == "PUT" ? 201 : 200, made)
            default: return Self.answer(200, [:])
            }
        }
    }

    private static func made(_ sent: JSONValue, over former: JSONValue?, at path: String) -> JSONValue {
        var body = former ?? [:]
        for (name, value) in sent.object ?? [:] { body[name] = value }
        body["name"] = .string(path.split(separator: "/").last.map(String.init) ?? "")
        var properties = former?["properties"] ?? sent["properties"] ?? [:]
        properties["provisioningState"] = "Succeeded"
        if path.contains("/vaults/") { properties["vaultUri"] = .string("\(vault)/") }
        if path.contains("/userassignedidentities/") {
            properties["principalId"] = "9b5d3c1e-0000-4000-8000-0000000000a1"
            properties["clientId"] = "9b5d3c1e-0000-4000-8000-0000000000b2"
        }
        body["properties"] = properties
        return body
    }

    // MARK: Vaults

    private static let version = "0123456789abcdef0123456789abcdef"

    private func keep(_ request: HTTPRequest, _ path: String) -> HTTPResponse {
        guard request.header("Authorization") != nil else {
            let challenge =
                "Bearer authorization=\"https://login.microsoftonline.com/\(Self.tenant)\", "
                + "resource=\"https://vault.azure.net\""
            return HTTPResponse(
                status: 401, headers: [HTTPHeader("WWW-Authenticate", challenge)],
                body: Array(#"{"error":{"code":"Unauthorized","message":"AKV10000"}}"#.utf8))
        }
        let sent = request.body.flatMap { try? JSONValue(parsing: $0) } ?? [:]
        let key = path.hasSuffix("/") ? String(path.dropLast()) : path
        return stored.withLock { stored in
            switch request.method {
            case "GET":
                let code = key.contains("certificates/") ? "CertificateNotFound" : "SecretNotFound"
                return stored[key].map { Self.answer(200, $0) } ?? Self.missing(code)
            case "DELETE":
                guard let object = stored.removeValue(forKey: key) else { return Self.missing("SecretNotFound") }
                let deleted = key.replacing("/secrets/", with: "/deletedsecrets/")
                    .replacing("/certificates/", with: "/deletedcertificates/")
                var body = object
                body["recoveryId"] = .string("https://\(deleted)")
                stored[deleted] = body
                return Self.answer(200, body)
            case "POST" where key.hasSuffix("/create"):
                let place = String(key.dropLast("/create".count))
                stored[place] = Self.object(sent, at: place)
                return Self.answer(202, ["status": "completed"])
            default:
                let body = Self.object(sent, at: key)
                stored[key] = body
                return Self.answer(200, body)
            }
        }
    }

    private static func object(_ sent: JSONValue, at place: String) -> JSONValue {
        var body = sent
        body["id"] = .string("https://\(place)/\(version)")
        body["attributes"] = ["enabled": true]
        return body
    }
}
