import Foundation

/// The tokens that the cluster issues for service accounts: JSON Web Tokens with the claims that Azure's federated
/// credentials compare. The sandbox trusts itself, so their signature is empty of meaning (`alg` is `none`).
/// Source: Kubernetes documentation, "Managing Service Accounts", "Bound service account tokens".
struct ServiceAccountToken {
    let issuer: String
    let account: JSON
    let now: Date

    func token(audiences: [String], seconds: Int) -> (text: String, expiration: String) {
        let namespace = account.objectNamespace ?? ""
        let issued = Int(now.timeIntervalSince1970)
        let claims: JSON = [
            "aud": .array(audiences.map { .string($0) }), "exp": .int(issued + seconds), "iat": .int(issued),
            "nbf": .int(issued), "iss": .string(issuer),
            "sub": .string("system:serviceaccount:\(namespace):\(account.objectName)"),
            "kubernetes.io": [
                "namespace": .string(namespace),
                "serviceaccount": ["name": .string(account.objectName), "uid": .string(account.objectUID)],
            ],
        ]
        let header: JSON = ["alg": "none", "typ": "JWT"]
        let text = "\(Self.base64URL(header.bytes())).\(Self.base64URL(claims.bytes()))."
        return (text, KubernetesTime.text(now.addingTimeInterval(Double(seconds))))
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
