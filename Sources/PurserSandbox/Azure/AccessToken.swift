import Crypto
import Foundation

/// An access token of the sandbox's tenant: a JWT with the claims that Azure's own have, signed with HS256.
struct AccessToken: Sendable {
    let audience: String
    let tenant: String
    let objectID: String
    let applicationID: String
    /// Seconds since 1970.
    let expiry: Int

    /// Why a token is not accepted.
    enum Refusal: Error {
        case malformed, badSignature, expired
    }

    var issuer: String { "https://sts.windows.net/\(tenant)/" }

    /// The token on the wire. `version` is `1.0` or `2.0`, as of the endpoint that issued it.
    func signed(with key: SymmetricKey, at now: Int) -> String {
        let claims: JSON = [
            "aud": .string(audience), "iss": .string(issuer), "iat": .int(now), "nbf": .int(now), "exp": .int(expiry),
            "appid": .string(applicationID), "appidacr": "1", "idp": .string(issuer), "idtyp": "app",
            "oid": .string(objectID), "sub": .string(objectID), "tid": .string(tenant), "ver": "1.0",
            "uti": .string(Base64URL.encoded(Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }))),
        ]
        let header: JSON = ["typ": "JWT", "alg": "HS256"]
        let signed = Base64URL.encoded(header.bytes()) + "." + Base64URL.encoded(claims.bytes())
        let code = HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)
        return signed + "." + Base64URL.encoded(Data(code))
    }

    /// Reads a token and checks its signature and its time.
    init(verifying text: String, with key: SymmetricKey, at now: Double) throws(Refusal) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decoded(parts[1]), let code = Base64URL.decoded(parts[2]),
            let claims = try? JSON(parsing: [UInt8](payload))
        else { throw .malformed }
        let signed = Data("\(parts[0]).\(parts[1])".utf8)
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) else {
            throw .badSignature
        }
        guard let audience = claims["aud"]?.stringValue, let tenant = claims["tid"]?.stringValue,
            let objectID = claims["oid"]?.stringValue, let applicationID = claims["appid"]?.stringValue,
            let expiry = claims["exp"]?.intValue
        else { throw .malformed }
        guard Double(expiry) > now else { throw .expired }
        self.init(
            audience: audience, tenant: tenant, objectID: objectID, applicationID: applicationID, expiry: expiry)
    }

    init(audience: String, tenant: String, objectID: String, applicationID: String, expiry: Int) {
        self.audience = audience
        self.tenant = tenant
        self.objectID = objectID
        self.applicationID = applicationID
        self.expiry = expiry
    }
}

extension SandboxRequest {
    /// The bearer token of the request, nil when there is none.
    var bearerToken: String? {
        guard let value = headers["Authorization"], value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst("bearer ".count))
    }
}
