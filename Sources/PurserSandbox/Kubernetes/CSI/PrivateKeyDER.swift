import Foundation
import SwiftASN1

/// A private key in the encodings between which provider and driver translate.
/// Source: RFC 5208 (PKCS#8), RFC 8017 (PKCS#1), RFC 5915 (SEC1).
struct PrivateKeyDER {
    private enum Kind {
        /// The PKCS#1 structure.
        case rsa(ArraySlice<UInt8>)
        /// The curve, the private number and, if it was given, the public point.
        case curve(ASN1ObjectIdentifier, ArraySlice<UInt8>, point: ASN1BitString?)
    }

    private let kind: Kind

    static let rsaEncryption: ASN1ObjectIdentifier = [1, 2, 840, 113549, 1, 1, 1]
    static let ecPublicKey: ASN1ObjectIdentifier = [1, 2, 840, 10045, 2, 1]

    /// Reads PKCS#8, PKCS#1 or SEC1; nil for anything else, other algorithms included.
    init?(_ der: [UInt8]) {
        guard let root = try? DER.parse(der), let kind = try? Self.kind(root, der) else { return nil }
        self.kind = kind
    }

    private static func kind(_ root: ASN1Node, _ der: [UInt8]) throws -> Kind? {
        try DER.sequence(root, identifier: .sequence) { nodes -> Kind? in
            _ = try Int(derEncoded: &nodes)
            guard let second = nodes.next() else { return nil }
            defer { while nodes.next() != nil {} }
            switch second.identifier {
            case .integer: return .rsa(der[...])
            case .octetString:
                return try curve(privateKey: ASN1OctetString(derEncoded: second).bytes, &nodes, curve: nil)
            case .sequence:
                let key = try ASN1OctetString(derEncoded: &nodes).bytes
                return try wrapped(algorithm: second, key)
            default: return nil
            }
        }
    }

    private static func wrapped(algorithm: ASN1Node, _ key: ArraySlice<UInt8>) throws -> Kind? {
        try DER.sequence(algorithm, identifier: .sequence) { nodes -> Kind? in
            let name = try ASN1ObjectIdentifier(derEncoded: &nodes)
            defer { while nodes.next() != nil {} }
            if name == rsaEncryption { return .rsa(key) }
            guard name == ecPublicKey else { return nil }
            let curveName = try ASN1ObjectIdentifier(derEncoded: &nodes)
            return try DER.sequence(DER.parse(key), identifier: .sequence) { inner in
                _ = try Int(derEncoded: &inner)
                let number = try ASN1OctetString(derEncoded: &inner).bytes
                return try curve(privateKey: number, &inner, curve: curveName)
            }
        }
    }

    private static func curve(
        privateKey: ArraySlice<UInt8>, _ nodes: inout ASN1NodeCollection.Iterator, curve: ASN1ObjectIdentifier?
    ) throws -> Kind? {
        var name = curve
        var point: ASN1BitString?
        while let node = nodes.next() {
            guard case .constructed(let children) = node.content, let child = Array(children).first else { continue }
            if node.identifier.tagNumber == 0, name == nil { name = try ASN1ObjectIdentifier(derEncoded: child) }
            if node.identifier.tagNumber == 1 { point = try ASN1BitString(derEncoded: child) }
        }
        return name.map { .curve($0, privateKey, point: point) }
    }

    /// PKCS#8, as the provider writes keys.
    var pkcs8: [UInt8] {
        var serializer = DER.Serializer()
        // Writing into memory fails only for values that DER cannot hold, and these were read from DER.
        try? serializer.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(0)
            switch kind {
            case .rsa(let key):
                try coder.appendConstructedNode(identifier: .sequence) { algorithm in
                    try algorithm.serialize(Self.rsaEncryption)
                    try algorithm.serialize(ASN1Null())
                }
                try coder.serialize(ASN1OctetString(contentBytes: key))
            case .curve(let name, let number, let point):
                try coder.appendConstructedNode(identifier: .sequence) { algorithm in
                    try algorithm.serialize(Self.ecPublicKey)
                    try algorithm.serialize(name)
                }
                let inner = Self.sec1(nil, number, point)
                try coder.serialize(ASN1OctetString(contentBytes: inner[...]))
            }
        }
        return serializer.serializedBytes
    }

    /// PKCS#1 or SEC1, as the driver writes `tls.key`, with the PEM label of each.
    var traditional: (label: String, der: [UInt8]) {
        switch kind {
        case .rsa(let key): ("RSA PRIVATE KEY", Array(key))
        case .curve(let name, let number, let point): ("EC PRIVATE KEY", Self.sec1(name, number, point))
        }
    }

    private static func sec1(
        _ name: ASN1ObjectIdentifier?, _ number: ArraySlice<UInt8>, _ point: ASN1BitString?
    ) -> [UInt8] {
        var serializer = DER.Serializer()
        try? serializer.appendConstructedNode(identifier: .sequence) { coder in
            try coder.serialize(1)
            try coder.serialize(ASN1OctetString(contentBytes: number))
            if let name {
                try coder.serialize(name, explicitlyTaggedWithTagNumber: 0, tagClass: .contextSpecific)
            }
            if let point {
                try coder.serialize(point, explicitlyTaggedWithTagNumber: 1, tagClass: .contextSpecific)
            }
        }
        return serializer.serializedBytes
    }
}

/// A public key as `SubjectPublicKeyInfo` (RFC 5280, section 4.1; RFC 5480 for curves).
enum PublicKeyInfo {
    /// The info of a vault's JSON Web Key.
    static func der(of key: JSON) throws(ProviderFailure) -> [UInt8] {
        let type = key["kty"]?.stringValue ?? ""
        let part = { (name: String) in key[name]?.stringValue.flatMap(bytes) }
        switch type {
        case "RSA", "RSA-HSM":
            guard let modulus = part("n"), let exponent = part("e") else { throw .failed("key value is nil") }
            return info(PrivateKeyDER.rsaEncryption, nil, rsa(modulus, exponent))
        case "EC", "EC-HSM":
            let name = key["crv"]?.stringValue ?? ""
            guard let curve = curves[name] else { throw .failed("curve \(name) is not supported") }
            guard let x = part("x"), let y = part("y") else { throw .failed("key value is nil") }
            return info(PrivateKeyDER.ecPublicKey, curve.name, [0x04] + padded(x, curve.size) + padded(y, curve.size))
        default: throw .failed("failed to get key. key type '\(type)' currently not supported")
        }
    }

    /// Decodes base64url without padding, as JSON Web Keys hold their numbers (RFC 7518).
    private static func bytes(_ text: String) -> [UInt8]? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: plain + padding).map { [UInt8]($0) }
    }

    private static let curves: [String: (name: ASN1ObjectIdentifier, size: Int)] = [
        "P-256": ([1, 2, 840, 10045, 3, 1, 7], 32), "P-384": ([1, 3, 132, 0, 34], 48),
        "P-521": ([1, 3, 132, 0, 35], 66),
    ]

    private static func padded(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        Array(repeating: 0, count: max(size - bytes.count, 0)) + bytes
    }

    private static func rsa(_ modulus: [UInt8], _ exponent: [UInt8]) -> [UInt8] {
        var serializer = DER.Serializer()
        serializer.appendSequence { coder in
            for number in [modulus, exponent] {
                let plain = Array(number.drop { $0 == 0 })
                let positive = (plain.first ?? 0) & 0x80 == 0 ? plain : [0] + plain
                coder.appendPrimitiveNode(identifier: .integer) { $0.append(contentsOf: positive) }
            }
        }
        return serializer.serializedBytes
    }

    private static func info(
        _ algorithm: ASN1ObjectIdentifier, _ curve: ASN1ObjectIdentifier?, _ key: [UInt8]
    ) -> [UInt8] {
        var serializer = DER.Serializer()
        serializer.appendSequence { coder in
            coder.appendSequence { inner in
                try? inner.serialize(algorithm)
                if let curve { try? inner.serialize(curve) } else { try? inner.serialize(ASN1Null()) }
            }
            try? coder.serialize(ASN1BitString(bytes: key[...]))
        }
        return serializer.serializedBytes
    }
}

extension DER.Serializer {
    /// A sequence whose content cannot fail to be written.
    fileprivate mutating func appendSequence(_ body: (inout DER.Serializer) -> Void) {
        appendConstructedNode(identifier: .sequence, body)
    }
}
