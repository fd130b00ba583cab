import CryptoExtras
import SwiftASN1

/// A PKCS#12 file (RFC 7292).
///
/// Encryption by AES with PBKDF2, which OpenSSL 3 and current Windows write, is understood; older schemes are not.
package enum PKCS12File {
    /// The file cannot be opened here: another password, an older scheme, or no PKCS#12 file at all.
    package struct Unreadable: Error, Sendable, Hashable {}

    /// The leaf certificate in DER, which is public: the private key stays encrypted.
    package static func leaf(in file: [UInt8], password: [UInt8]) throws(Unreadable) -> [UInt8] {
        guard let leaf = chain(of: try bags(of: file, password)).first else { throw unreadable }
        return leaf
    }

    /// The certificates in DER, the leaf first, and the leaf's private key (PKCS#8, DER).
    static func identity(
        in file: [UInt8], password: [UInt8]
    ) throws(Unreadable) -> (chain: [[UInt8]], key: SecretBytes) {
        let bags = try bags(of: file, password)
        let chain = chain(of: bags)
        guard !chain.isEmpty, let bag = bags.first(where: \.isKey)?.key else { throw unreadable }
        do { return (chain, SecretBytes(try bag.opened(password))) } catch { throw unreadable }
    }

    fileprivate static let unreadable = Unreadable()

    private static func bags(of file: [UInt8], _ password: [UInt8]) throws(Unreadable) -> [SafeBag] {
        do {
            return try authenticatedSafe(file).flatMap { try safeContents($0, password) }
                .flatMap { try SafeBag.all(in: $0) }
        } catch {
            throw unreadable
        }
    }

    /// The certificate that belongs to the key, or else the first, and then the others.
    private static func chain(of bags: [SafeBag]) -> [[UInt8]] {
        let keyID = bags.first(where: \.isKey)?.localKeyID
        let certificates = bags.filter { $0.certificate != nil }
        let leaf = certificates.firstIndex { keyID != nil && $0.localKeyID == keyID } ?? certificates.startIndex
        let others = certificates.indices.filter { $0 != leaf }
        return ((certificates.isEmpty ? [] : [leaf]) + others).compactMap { certificates[$0].certificate }
    }

    /// The parts of the file: `PFX ::= SEQUENCE { version, authSafe ContentInfo, macData OPTIONAL }`.
    private static func authenticatedSafe(_ file: [UInt8]) throws -> [ASN1Node] {
        var pfx = try BER.parse(file).children.makeIterator()
        _ = pfx.next()
        guard let info = pfx.next(), let content = try contentInfo(info), content.type == .data else {
            throw unreadable
        }
        return Array(try BER.parse(try content.body.octets).children)
    }

    /// `ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT ANY }`
    private static func contentInfo(_ node: ASN1Node) throws -> (type: ASN1ObjectIdentifier, body: ASN1Node)? {
        var parts = try node.children.makeIterator()
        guard let type = parts.next(), let wrapped = parts.next() else { return nil }
        var inside = try wrapped.children.makeIterator()
        guard let body = inside.next() else { return nil }
        return (try ASN1ObjectIdentifier(berEncoded: type), body)
    }

    /// The bags of one part, decrypted where it is encrypted.
    private static func safeContents(_ node: ASN1Node, _ password: [UInt8]) throws -> [ASN1Node] {
        guard let content = try contentInfo(node) else { throw unreadable }
        switch content.type {
        case .data: return Array(try BER.parse(try content.body.octets).children)
        case .encryptedData: return Array(try BER.parse(try decrypted(content.body, password)).children)
        default: throw unreadable
        }
    }

    /// `EncryptedData ::= SEQUENCE { version, SEQUENCE { contentType, AlgorithmIdentifier, [0] IMPLICIT OCTET STRING } }`
    private static func decrypted(_ node: ASN1Node, _ password: [UInt8]) throws -> [UInt8] {
        let parts = Array(try node.children)
        guard parts.count >= 2 else { throw unreadable }
        let info = Array(try parts[1].children)
        guard info.count == 3 else { throw unreadable }
        return try PBES2(info[1]).decrypt(try info[2].octets, password)
    }
}

/// `SafeBag ::= SEQUENCE { bagId, bagValue [0] EXPLICIT ANY, bagAttributes SET OPTIONAL }`
private struct SafeBag {
    /// A private key: PKCS#8 as it stands, or encrypted.
    enum Key {
        case plain([UInt8])
        case shrouded(ASN1Node)

        func opened(_ password: [UInt8]) throws -> [UInt8] {
            switch self {
            case .plain(let bytes): return bytes
            case .shrouded(let node): return try EncryptedPrivateKey.opened(node, password)
            }
        }
    }

    var key: Key?
    var isKey: Bool { key != nil }
    var certificate: [UInt8]?
    var localKeyID: [UInt8]?

    static func all(in node: ASN1Node) throws -> [SafeBag] {
        let parts = Array(try node.children)
        guard parts.count >= 2 else { return [] }
        var bag = SafeBag()
        switch try ASN1ObjectIdentifier(berEncoded: parts[0]) {
        case .keyBag: bag.key = Array(try parts[1].children).first.map { .plain(Array($0.encodedBytes)) }
        case .shroudedKeyBag: bag.key = Array(try parts[1].children).first.map { .shrouded($0) }
        case .certificateBag: bag.certificate = try x509(parts[1])
        default: return []
        }
        if parts.count > 2 { bag.localKeyID = try localKeyID(parts[2]) }
        return [bag]
    }

    /// `CertBag ::= SEQUENCE { certId, certValue [0] EXPLICIT OCTET STRING }`
    private static func x509(_ wrapped: ASN1Node) throws -> [UInt8]? {
        guard let bag = Array(try wrapped.children).first else { return nil }
        let parts = Array(try bag.children)
        guard parts.count == 2, try ASN1ObjectIdentifier(berEncoded: parts[0]) == .x509Certificate else { return nil }
        return try Array(try parts[1].children).first?.octets
    }

    private static func localKeyID(_ attributes: ASN1Node) throws -> [UInt8]? {
        for attribute in try attributes.children {
            let parts = Array(try attribute.children)
            guard parts.count == 2, try ASN1ObjectIdentifier(berEncoded: parts[0]) == .localKeyID else { continue }
            return try Array(try parts[1].children).first?.octets
        }
        return nil
    }
}

/// `EncryptedPrivateKeyInfo ::= SEQUENCE { encryptionAlgorithm, encryptedData OCTET STRING }` (RFC 5958), as PKCS#12
/// files and PEM files (`ENCRYPTED PRIVATE KEY`) hold it.
enum EncryptedPrivateKey {
    /// The private key, PKCS#8 in DER.
    static func opened(_ der: [UInt8], password: [UInt8]) throws(PKCS12File.Unreadable) -> [UInt8] {
        do { return try opened(try BER.parse(der), password) } catch { throw PKCS12File.unreadable }
    }

    fileprivate static func opened(_ node: ASN1Node, _ password: [UInt8]) throws -> [UInt8] {
        let parts = Array(try node.children)
        guard parts.count == 2 else { throw PKCS12File.unreadable }
        return try PBES2(parts[0]).decrypt(try parts[1].octets, password)
    }
}

/// Password-based encryption by AES-CBC with a key from PBKDF2 (RFC 8018).
private struct PBES2 {
    private let salt: [UInt8]
    private let rounds: Int
    private let hash: KDF.Insecure.PBKDF2.HashFunction
    private let keyLength: Int
    private let vector: [UInt8]

    /// More rounds than anybody uses would only keep us busy.
    private static let mostRounds = 2_000_000

    /// `AlgorithmIdentifier ::= SEQUENCE { PBES2, SEQUENCE { keyDerivationFunc, encryptionScheme } }`
    init(_ node: ASN1Node) throws {
        let algorithm = Array(try node.children)
        guard algorithm.count == 2, try ASN1ObjectIdentifier(berEncoded: algorithm[0]) == .pbes2 else {
            throw PKCS12File.unreadable
        }
        let parts = Array(try algorithm[1].children)
        guard parts.count == 2 else { throw PKCS12File.unreadable }
        let scheme = Array(try parts[1].children)
        guard scheme.count == 2 else { throw PKCS12File.unreadable }
        switch try ASN1ObjectIdentifier(berEncoded: scheme[0]) {
        case .aes128CBC: keyLength = 16
        case .aes192CBC: keyLength = 24
        case .aes256CBC: keyLength = 32
        default: throw PKCS12File.unreadable
        }
        vector = try scheme[1].octets
        (salt, rounds, hash) = try Self.derivation(parts[0])
    }

    /// `PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 }`
    private static func derivation(
        _ node: ASN1Node
    ) throws -> ([UInt8], Int, KDF.Insecure.PBKDF2.HashFunction) {
        let function = Array(try node.children)
        guard function.count == 2, try ASN1ObjectIdentifier(berEncoded: function[0]) == .pbkdf2 else {
            throw PKCS12File.unreadable
        }
        let parameters = Array(try function[1].children)
        guard parameters.count >= 2 else { throw PKCS12File.unreadable }
        let rounds = try Int(berEncoded: parameters[1])
        guard (1...mostRounds).contains(rounds) else { throw PKCS12File.unreadable }
        let generator = parameters.dropFirst(2).first { $0.identifier == .sequence }
        return (try parameters[0].octets, rounds, try generator.map(hash) ?? .insecureSHA1)
    }

    private static func hash(_ node: ASN1Node) throws -> KDF.Insecure.PBKDF2.HashFunction {
        guard let name = Array(try node.children).first else { throw PKCS12File.unreadable }
        switch try ASN1ObjectIdentifier(berEncoded: name) {
        case .hmacSHA1: return .insecureSHA1
        case .hmacSHA256: return .sha256
        case .hmacSHA384: return .sha384
        case .hmacSHA512: return .sha512
        default: throw PKCS12File.unreadable
        }
    }

    func decrypt(_ bytes: [UInt8], _ password: [UInt8]) throws -> [UInt8] {
        let key = try KDF.Insecure.PBKDF2.deriveKey(
            from: password, salt: salt, using: hash, outputByteCount: keyLength, unsafeUncheckedRounds: rounds)
        return Array(try AES._CBC.decrypt(bytes, using: key, iv: try AES._CBC.IV(ivBytes: vector)))
    }
}

extension ASN1Node {
    fileprivate var children: ASN1NodeCollection {
        get throws {
            guard case .constructed(let nodes) = content else { throw PKCS12File.unreadable }
            return nodes
        }
    }

    /// The bytes of an octet string, in one piece or in several.
    fileprivate var octets: [UInt8] {
        get throws {
            switch content {
            case .primitive(let bytes): return Array(bytes)
            case .constructed(let nodes): return try nodes.flatMap { try $0.octets }
            }
        }
    }
}

/// Sources: RFC 7292, RFC 8018, RFC 5652, NIST Computer Security Objects Register.
extension ASN1ObjectIdentifier {
    fileprivate static let data: Self = [1, 2, 840, 113549, 1, 7, 1]
    fileprivate static let encryptedData: Self = [1, 2, 840, 113549, 1, 7, 6]
    fileprivate static let keyBag: Self = [1, 2, 840, 113549, 1, 12, 10, 1, 1]
    fileprivate static let shroudedKeyBag: Self = [1, 2, 840, 113549, 1, 12, 10, 1, 2]
    fileprivate static let certificateBag: Self = [1, 2, 840, 113549, 1, 12, 10, 1, 3]
    fileprivate static let x509Certificate: Self = [1, 2, 840, 113549, 1, 9, 22, 1]
    fileprivate static let localKeyID: Self = [1, 2, 840, 113549, 1, 9, 21]
    fileprivate static let pbes2: Self = [1, 2, 840, 113549, 1, 5, 13]
    fileprivate static let pbkdf2: Self = [1, 2, 840, 113549, 1, 5, 12]
    fileprivate static let hmacSHA1: Self = [1, 2, 840, 113549, 2, 7]
    fileprivate static let hmacSHA256: Self = [1, 2, 840, 113549, 2, 9]
    fileprivate static let hmacSHA384: Self = [1, 2, 840, 113549, 2, 10]
    fileprivate static let hmacSHA512: Self = [1, 2, 840, 113549, 2, 11]
    fileprivate static let aes128CBC: Self = [2, 16, 840, 1, 101, 3, 4, 1, 2]
    fileprivate static let aes192CBC: Self = [2, 16, 840, 1, 101, 3, 4, 1, 22]
    fileprivate static let aes256CBC: Self = [2, 16, 840, 1, 101, 3, 4, 1, 42]
}
