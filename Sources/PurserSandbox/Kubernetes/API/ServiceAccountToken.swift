import Foundation

/// The tokens that the cluster issues for service accounts: JSON Web Tokens with the claims that Azure's federated
/// credentials compare, signed by the key that the cluster's issuer publishes.
/// Source: Kubernetes documentation, "Managing Service Accounts", "Bound service account tokens".
struct ServiceAccountToken {
    let issuer: String
    let account: JSON
    let key: IssuerKey
    let now: Date

    func token(audiences: [String], seconds: Int) throws -> (text: String, expiration: String) {
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
        return (try key.signed(claims), KubernetesTime.text(now.addingTimeInterval(Double(seconds))))
    }
}
