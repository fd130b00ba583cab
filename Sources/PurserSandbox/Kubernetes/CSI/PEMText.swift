import SwiftASN1

/// PEM blocks of a text that may hold other lines too.
enum PEMText {
    /// The blocks in their order; what is no well-formed block is skipped, as Go's decoder does.
    static func blocks(in bytes: [UInt8]) -> [PEMDocument] {
        var blocks: [PEMDocument] = []
        var lines: [Substring]?
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = Substring(String(line).trimmingBlanks())
            if text.hasPrefix("-----BEGIN ") { lines = [] }
            lines?.append(text)
            guard text.hasPrefix("-----END "), let block = lines else { continue }
            lines = nil
            if let document = try? PEMDocument(pemString: block.joined(separator: "\n")) { blocks.append(document) }
        }
        return blocks
    }

    /// One block with a line's end after it.
    static func text(_ type: String, _ der: [UInt8]) -> String {
        PEMDocument(type: type, derBytes: der).pemString + "\n"
    }

    /// The certificates of a text and everything else in it.
    static func separated(_ bytes: [UInt8]) -> (certificates: [UInt8], rest: [UInt8]) {
        let blocks = blocks(in: bytes)
        let texts = { (isCertificate: Bool) in
            blocks.filter { ($0.discriminator == "CERTIFICATE") == isCertificate }
                .map { text($0.discriminator, $0.derBytes) }.joined()
        }
        return (Array(texts(true).utf8), Array(texts(false).utf8))
    }
}
