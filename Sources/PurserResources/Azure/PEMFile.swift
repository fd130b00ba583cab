import PurserSyntax
import SwiftASN1

/// Certificates in a PEM text (RFC 7468).
enum PEMFile {
    /// The first certificate: the leaf comes before its issuers.
    static func leaf(in bytes: [UInt8]) throws -> [UInt8] {
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map {
            $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0
        }
        guard let begin = lines.firstIndex(where: { $0.elementsEqual("-----BEGIN CERTIFICATE-----".utf8) }),
            let end = lines[begin...].firstIndex(where: { $0.elementsEqual("-----END CERTIFICATE-----".utf8) })
        else { throw unreadable }
        let block = lines[begin...end].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        guard let document = try? PEMDocument(pemString: block) else { throw unreadable }
        return document.derBytes
    }

    private static let unreadable = ResourceFailure(
        .applyUnusableSecret, "the PEM file has no certificate that can be read")
}
