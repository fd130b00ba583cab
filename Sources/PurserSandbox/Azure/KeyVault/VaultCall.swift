import Foundation

/// One call to a vault's data plane, by a caller whose token was accepted.
struct VaultCall: Sendable {
    let request: SandboxRequest
    /// The vault's document, as Resource Manager's side keeps it.
    let vault: JSON
    let token: AccessToken
    let timing: Timing

    var method: String { request.method }
    var name: String { vault["name"]?.stringValue ?? "" }
    /// Every id begins with the host that the client used.
    var root: String { "https://\(request.authority)" }
    /// Whole seconds since 1970, as the data plane writes times.
    var now: Int { Int(timing.seconds) }
    var collection: String { Vaults.contents(name) }
    var retentionDays: Int { vault[path: "properties", "softDeleteRetentionInDays"]?.intValue ?? 90 }
    var hasPurgeProtection: Bool { vault[path: "properties", "enablePurgeProtection"] == true }

    /// What an object's attributes say about its recovery.
    var recoveryLevel: String {
        let level = hasPurgeProtection ? "Recoverable" : "Recoverable+Purgeable"
        return retentionDays < 90 ? "Customized" + level : level
    }

    /// The caller as refusals name it.
    var callerText: String { "appid=\(token.applicationID);oid=\(token.objectID);iss=\(token.issuer)" }

    func object() throws -> JSON {
        guard let body = try? request.json(), body.objectValue != nil else {
            throw badParameter("The request body is no JSON object.")
        }
        return body
    }

    func badParameter(_ message: String) -> AzureError { AzureError(400, "BadParameter", message) }

    /// Keys in hardware are for vaults of the price tier premium.
    func checkHardware(_ shape: JSON?) throws {
        guard shape?["kty"]?.stringValue?.uppercased().hasSuffix("-HSM") == true,
            vault[path: "properties", "sku", "name"]?.stringValue?.lowercased() != "premium"
        else { return }
        throw badParameter("HSM-backed keys are not supported by a vault of the SKU standard.")
    }

    /// 32 hexadecimal digits, as every version is named.
    static func newVersion() -> String { UUID().uuidString.replacing("-", with: "").lowercased() }

    /// One page of a list: at most 25 items, with a link to the next page whose address names the port, as Azure's does.
    func page(_ items: [JSON]) throws -> SandboxResponse {
        let size = try pageSize()
        let start = request[query: "$skiptoken"].flatMap(Self.decodedPosition) ?? 0
        var answer: JSON = ["value": .array(Array(items.dropFirst(start).prefix(size))), "nextLink": nil]
        if start + size < items.count {
            let authority = request.authority.contains(":") ? request.authority : "\(request.authority):443"
            let version = request[query: "api-version"] ?? ""
            answer["nextLink"] = .string(
                "https://\(authority)\(request.path)?api-version=\(version)"
                    + "&$skiptoken=\(Self.encodedPosition(start + size))&maxresults=\(size)")
        }
        return .json(answer)
    }

    private func pageSize() throws -> Int {
        guard let text = request[query: "maxresults"] else { return 25 }
        guard let size = Int(text), (1...25).contains(size) else {
            throw badParameter("maxresults must be between 1 and 25.")
        }
        return size
    }

    private static func encodedPosition(_ position: Int) -> String { Base64URL.encoded(Data("at:\(position)".utf8)) }

    private static func decodedPosition(_ token: String) -> Int? {
        Base64URL.decoded(token).flatMap { Int(String(decoding: $0, as: UTF8.self).dropFirst(3)) }
    }
}
