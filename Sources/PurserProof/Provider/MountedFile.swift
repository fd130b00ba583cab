/// What a mounted file holds, as far as it matters to those who read it.
package enum FileContent: Sendable, Hashable {
    /// A secret's own text.
    case unknown
    /// A text without any PEM.
    case text
    /// Certificates alone, as PEM.
    case certificates
    /// A private key alone, as PEM.
    case privateKey
    /// A private key that is encrypted, with or without certificates, as PEM.
    case encryptedKey
    case privateKeyAndCertificates
    case publicKey
    /// PKCS#12 as base64 text.
    case pfxText
    /// PKCS#12 in bytes, without a password.
    case pfx
    case empty

    package var summary: String {
        switch self {
        case .unknown: "the secret's text"
        case .text: "text"
        case .certificates: "certificate (PEM)"
        case .privateKey: "private key (PEM)"
        case .encryptedKey: "encrypted private key (PEM)"
        case .privateKeyAndCertificates: "private key and certificates (PEM)"
        case .publicKey: "public key (PEM)"
        case .pfxText: "PFX as base64 text"
        case .pfx: "PFX"
        case .empty: "nothing"
        }
    }
}

/// A file of a mount and where it comes from.
package struct MountedFile: Sendable, Hashable {
    /// Below the mount.
    package var path: String
    /// The object's name in the vault.
    package var object: String
    package var type: ObjectType
    /// The entry of `objects`, by its place.
    package var entry: Int
    /// The version's identifier, or nil for the newest one, whatever it is.
    package var version: String?
    package var content: FileContent
    package var mode: UInt16
    /// The label of the vault's object, if the scene has it.
    package var source: String?
}

/// A Secret that the driver makes of mounted files.
package struct SyncedSecret: Sendable, Hashable {
    package var name: String
    package var type: String
    /// The path of the file behind each key.
    package var keys: [String: String]
    /// What the driver or the API server would say in place of the Secret.
    package var failure: String?
}
