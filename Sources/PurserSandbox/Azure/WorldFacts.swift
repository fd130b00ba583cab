import Crypto
import Foundation

/// What is fixed in every sandbox world, and what each world draws for itself.
struct WorldFacts: Sendable {
    static let tenant = "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e"
    static let subscription = "2c9b1f6e-5d4a-4b7c-8e1f-0a9d8c7b6a51"
    static let subscriptionName = "Purser Sandbox"
    /// The service principal that deploys, Owner of the subscription.
    static let deployerClientID = "4b6d0e8a-91f3-4c57-a2de-7f1c3b5a9d20"
    static let deployerObjectID = "e7a15c94-2d08-4f6b-b83a-64c0d9e1f725"
    /// The name under which clients know this cloud; never one of the built-in clouds' names, whose login endpoint it
    /// would overwrite in their configuration.
    static let cloudName = "PurserSandbox"
    static let domain = "purser.test"
    static let vaultDomain = "vault.purser.test"
    /// What follows `blob` in a storage account's host.
    static let storageDomain = "storage.purser.test"

    /// The one label that a host has before a domain; nil for any other host.
    static func label(of host: String, below domain: String) -> String? {
        guard host.hasSuffix(".\(domain)") else { return nil }
        let label = host.dropLast(domain.count + 1)
        return label.isEmpty || label.contains(".") ? nil : String(label)
    }
    /// The cluster's OIDC issuer, with the trailing slash that AKS writes.
    static let clusterIssuer = "https://oidc.\(domain)/\(tenant)/"

    let deployerSecret: String
    /// Signs and verifies the world's tokens.
    let signingKey: SymmetricKey
    let kubernetesToken: String
    let adminToken: String
    /// What programs in the sandbox's App Service show to get tokens.
    let identityHeader: String

    /// Reads what the world has drawn, or draws it.
    static func loaded(from store: isolated Store) throws -> WorldFacts {
        WorldFacts(
            deployerSecret: try drawn("deployerSecret", from: store),
            signingKey: SymmetricKey(data: Data(try drawn("signingKey", from: store).utf8)),
            kubernetesToken: try drawn("kubernetesToken", from: store),
            adminToken: try drawn("adminToken", from: store),
            identityHeader: try drawn("identityHeader", from: store))
    }

    private static func drawn(_ name: String, from store: isolated Store) throws -> String {
        if let known = store.get("world", name)?.stringValue { return known }
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
        let text = Base64URL.encoded(bytes)
        try store.put("world", name, .string(text))
        return text
    }
}

/// Base64 with `-` and `_` and without padding (RFC 4648, section 5).
enum Base64URL {
    static func encoded(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func decoded(_ text: some StringProtocol) -> Data? {
        let plain = String(text).replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
