import PurserSyntax

/// What the driver takes out of a file for a Secret of type `kubernetes.io/tls`.
/// Source: secrets-store-csi-driver v1.5.6, `pkg/util/secretutil`.
enum TLSRules {
    static let type = "kubernetes.io/tls"
    static let keys = ["tls.crt", "tls.key"]

    enum Outcome: Equatable {
        case holds
        /// The driver says so, and there is no Secret.
        case failure(String)
        /// There is a Secret, but its private key is an empty block.
        case emptyKey
        case undecided
    }

    static func part(_ key: String, of content: FileContent) -> Outcome {
        guard keys.contains(key) else {
            return .failure("key '\(key)' is not supported. Only 'tls.key' and 'tls.crt' are supported")
        }
        return key == "tls.crt" ? certificates(in: content) : privateKey(in: content)
    }

    /// All blocks are read by then: nothing is left that could be a PFX.
    private static let truncated = "pkcs12: error reading P12 data: asn1: syntax error: sequence truncated"
    private static let noPFX = "pkcs12: error reading P12 data: asn1: structure error: tags don't match"

    private static func certificates(in content: FileContent) -> Outcome {
        switch content {
        case .certificates, .privateKeyAndCertificates, .pfx: .holds
        case .publicKey, .privateKey, .empty: .failure(truncated)
        case .text, .pfxText: .failure(noPFX)
        case .unknown, .encryptedKey: .undecided
        }
    }

    private static func privateKey(in content: FileContent) -> Outcome {
        switch content {
        case .privateKey, .privateKeyAndCertificates, .pfx: .holds
        case .certificates, .empty: .failure(truncated)
        case .encryptedKey, .publicKey: .emptyKey
        case .text, .pfxText: .failure(noPFX)
        case .unknown: .undecided
        }
    }
}

/// What the API server takes as a Secret. It tells the driver only, whose event says `timed out waiting for the
/// condition`.
/// Source: Kubernetes API reference, Secret v1; `pkg/apis/core/validation`.
enum SecretRules {
    static func nameProblem(_ name: String) -> String? {
        let isShort = (1...253).contains(name.utf8.count)
        let isPlain = name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            let bytes = part.utf8
            return !bytes.isEmpty && bytes.first != hyphen && bytes.last != hyphen
                && bytes.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == hyphen }
        }
        return isShort && isPlain ? nil : "'\(name)' is no name for a Secret: lower-case letters, digits, '-' and '.'"
    }

    static func keyProblem(_ key: String) -> String? {
        let isPlain =
            (1...253).contains(key.utf8.count)
            && key.utf8.allSatisfy {
                $0.isASCIILetter || $0.isASCIIDigit || "-._".utf8.contains($0)
            }
        return isPlain && key != "." && !key.hasPrefix("..")
            ? nil : "'\(key)' is no key for a Secret: letters, digits, '-', '_' and '.'"
    }

    private static let hyphen = UInt8(ascii: "-")

    /// Keys that a type must have and that are not there; one of `username` and `password` is enough.
    static func missingKeys(_ type: String, _ keys: Set<String>) -> [String] {
        switch type {
        case TLSRules.type: TLSRules.keys.filter { !keys.contains($0) }
        case "kubernetes.io/dockerconfigjson": [".dockerconfigjson"].filter { !keys.contains($0) }
        case "kubernetes.io/dockercfg": [".dockercfg"].filter { !keys.contains($0) }
        case "kubernetes.io/ssh-auth": ["ssh-privatekey"].filter { !keys.contains($0) }
        case "kubernetes.io/basic-auth":
            keys.isDisjoint(with: ["username", "password"]) ? ["username"] : []
        default: []
        }
    }
}
