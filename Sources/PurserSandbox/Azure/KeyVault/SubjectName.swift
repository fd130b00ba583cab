import Foundation
import SwiftASN1
import X509

/// A subject as text, such as `CN=shop.example.com, O="Sea, Salt"`, and as the name in a certificate.
struct SubjectName: Sendable {
    private let parts: [(type: String, value: String)]

    private static let types: [String: ASN1ObjectIdentifier] = [
        "CN": .NameAttributes.commonName, "O": .NameAttributes.organizationName,
        "OU": .NameAttributes.organizationalUnitName, "C": .NameAttributes.countryName,
        "L": .NameAttributes.localityName, "S": .NameAttributes.stateOrProvinceName,
        "ST": .NameAttributes.stateOrProvinceName, "STREET": [2, 5, 4, 9],
        "DC": .NameAttributes.domainComponent, "E": .NameAttributes.emailAddress,
        "SERIALNUMBER": [2, 5, 4, 5], "T": [2, 5, 4, 12], "G": [2, 5, 4, 42], "SN": [2, 5, 4, 4],
    ]

    /// Reads attributes separated by commas or semicolons; a value may stand in quotes, and a backslash takes the next
    /// character as it is.
    /// - Throws: 400 `BadParameter`, as Key Vault answers to a subject it cannot read.
    init(_ text: String) throws {
        parts = try Self.pieces(of: text).map { piece in
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let type = halves[0].trimmingCharacters(in: .whitespaces).uppercased()
            guard halves.count == 2, Self.types[type] != nil || type.firstMatch(of: /^\d+(\.\d+)+$/) != nil else {
                throw CertificatePolicy.bad("The subject '\(text)' in the X509 properties is not a valid X500 name.")
            }
            return (type, Self.value(String(halves[1])))
        }
    }

    /// The name as certificates hold it: the most general attribute first, the reverse of the text's order.
    func distinguished() throws -> DistinguishedName {
        try DistinguishedName(
            parts.reversed().map { part in
                let type = try Self.types[part.type] ?? ASN1ObjectIdentifier(dotRepresentation: part.type[...])
                switch part.type {
                case "C": return try RelativeDistinguishedName.Attribute(type: type, printableString: part.value)
                case "DC", "E": return try RelativeDistinguishedName.Attribute(type: type, ia5String: part.value)
                default: return RelativeDistinguishedName.Attribute(type: type, utf8String: part.value)
                }
            })
    }

    /// A certificate's name as text, in the order in which Key Vault writes it.
    static func text(_ name: DistinguishedName) -> String {
        name.reversed().map { relative in
            relative.map { attribute in
                let type = types.sorted { $0.key < $1.key }.first { $0.value == attribute.type }?.key
                return "\(type ?? "\(attribute.type)")=\(quoted(String(attribute.value) ?? ""))"
            }.joined(separator: " + ")
        }.joined(separator: ", ")
    }

    private static func quoted(_ value: String) -> String {
        value.contains { ",;+\"=<>#".contains($0) } ? "\"\(value.replacing("\"", with: "\"\""))\"" : value
    }

    /// Cuts at separators that stand neither in quotes nor behind a backslash.
    private static func pieces(of text: String) -> [String] {
        var pieces = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if !isEscaped, !isQuoted, ",;".contains(character) {
                pieces.append("")
                continue
            }
            if !isEscaped, character == "\"" { isQuoted.toggle() }
            isEscaped = !isEscaped && character == "\\"
            pieces[pieces.count - 1].append(character)
        }
        return pieces
    }

    private static func value(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        let isQuoted = trimmed.count >= 2 && trimmed.hasPrefix("\"") && trimmed.hasSuffix("\"")
        let inner = isQuoted ? String(trimmed.dropFirst().dropLast()) : trimmed
        return inner.replacing(/\\(.)/) { String($0.1) }
    }
}
