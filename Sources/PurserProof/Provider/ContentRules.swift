/// What the provider writes of an object.
/// Source: Azure Key Vault provider v1.8.2, `getKeyVaultObjectContent`.
enum ContentRules {
    /// Content of the file, or the provider's words in its place.
    enum Outcome: Equatable {
        case content(FileContent)
        /// Wrapped with the object's name, or plain.
        case failure(String, isWrapped: Bool)
        /// Depends on what is not known.
        case undecided(String)
    }

    static func outcome(_ object: RequestedObject, _ type: ObjectType, _ stored: StoredObject?) -> Outcome {
        switch type {
        case .cert: return .content(.certificates)
        case .key: return keyProblem(stored).map { .failure($0, isWrapped: true) } ?? .content(.publicKey)
        case .secret: return secret(object, stored)
        }
    }

    private static func keyProblem(_ stored: StoredObject?) -> String? {
        let type = stored?.keyType?.uppercased() ?? "RSA"
        guard ["RSA", "RSA-HSM", "EC", "EC-HSM"].contains(type) else {
            return "failed to get key. key type '\(stored?.keyType ?? "")' currently not supported"
        }
        guard type.hasPrefix("EC"), let curve = stored?.curve else { return nil }
        return ["P-256", "P-384", "P-521"].contains(curve) ? nil : "curve \(curve) is not supported"
    }

    private static func secret(_ object: RequestedObject, _ stored: StoredObject?) -> Outcome {
        guard stored?.sort == .certificate else { return decoded(stored?.content ?? .unknown, object) }
        // Without the private key there are only certificates to write.
        let parts: FileContent = stored?.isExportable == false ? .certificates : .privateKeyAndCertificates
        switch stored?.form {
        case nil: return ofUnknownForm(parts, object)
        case .other(let type)?:
            return .failure("failed to get certificate. unknown content type '\(type)'", isWrapped: true)
        case .pem?: return encodingOfPEM(parts, object)
        case .pfx?:
            guard object.format.lowercased() == "pfx" else { return encodingOfPEM(parts, object) }
            return decoded(.pfxText, object)
        }
    }

    /// In PEM unless a PFX is asked for and stored.
    private static func ofUnknownForm(_ parts: FileContent, _ object: RequestedObject) -> Outcome {
        guard object.format.lowercased() == "pfx" else { return encodingOfPEM(parts, object) }
        return .undecided("whether the certificate is stored as PFX or as PEM is not known")
    }

    /// A PEM text begins with `-`, which neither base64 nor hex has.
    private static func encodingOfPEM(_ content: FileContent, _ object: RequestedObject) -> Outcome {
        switch object.encoding.lowercased() {
        case "base64": .failure("illegal base64 data at input byte 0", isWrapped: false)
        case "hex": .failure("encoding/hex: invalid byte: U+002D '-'", isWrapped: false)
        default: .content(content)
        }
    }

    private static func decoded(_ content: FileContent, _ object: RequestedObject) -> Outcome {
        let encoding = object.encoding.lowercased()
        guard encoding == "base64" || encoding == "hex" else { return .content(content) }
        switch content {
        case .pfxText where encoding == "base64": return .content(.pfx)
        case .unknown, .text, .empty, .pfx, .pfxText:
            return .undecided("only the secret's value tells whether it is \(encoding)")
        default: return encodingOfPEM(content, object)
        }
    }
}
