import SwiftASN1

/// A PEM text (RFC 7468).
package enum PEMFile {
    /// There is no certificate, or no key, that can be read.
    package struct Unreadable: Error, Sendable, Hashable {}

    /// The first certificate in DER: the leaf comes before its issuers.
    package static func leaf(in bytes: [UInt8]) throws(Unreadable) -> [UInt8] {
        guard let leaf = blocks(in: bytes).first(where: { $0.label == "CERTIFICATE" }) else { throw Unreadable() }
        guard let document = leaf.document else { throw Unreadable() }
        return document.derBytes
    }

    /// Whether the bytes look like PEM at all.
    package static func isPEM(_ bytes: [UInt8]) -> Bool {
        bytes.prefix(65_536).split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: "-----BEGIN ".utf8) }
    }

    /// One `-----BEGIN LABEL-----` to its end.
    struct Block {
        let label: String
        /// With line feeds alone between its lines.
        let text: String

        var document: PEMDocument? { try? PEMDocument(pemString: text) }
    }

    static func blocks(in bytes: [UInt8]) -> [Block] {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
        }
        var blocks: [Block] = []
        var rest = lines[...]
        while let begin = rest.firstIndex(where: { $0.hasPrefix("-----BEGIN ") && $0.hasSuffix("-----") }) {
            let label = String(lines[begin].dropFirst("-----BEGIN ".count).dropLast(5))
            rest = rest[(begin + 1)...]
            guard let end = rest.firstIndex(of: "-----END \(label)-----") else { continue }
            blocks.append(Block(label: label, text: lines[begin...end].joined(separator: "\n")))
            rest = rest[(end + 1)...]
        }
        return blocks
    }
}
