/// Text as a terminal may show it: nothing in it moves the cursor, changes colours, reorders what is read, or hides.
///
/// Specs of pull requests and answers of services reach the terminal through diagnostics; a raw escape among them could
/// repaint what a reviewer sees. Such characters appear by number, as in `<U+001B>`.
package enum VisibleText {
    /// The text with every character that is not safe to print replaced. Line breaks stay.
    package static func of(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "\n" || isSafe(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += placeholder(for: scalar)
            }
        }
        return result
    }

    static func placeholder(for scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
    }

    /// Control characters, invisible and direction-changing format characters, and private or unassigned ones are not
    /// safe. The joiners that emoji and some scripts need are.
    static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
        default: true
        }
    }

    /// How many columns of a terminal a character takes: 0, 1 or 2.
    ///
    /// Source: Unicode Standard Annex 11, East Asian Width, classes W and F, by blocks.
    static func width(of character: Character) -> Int {
        let scalars = character.unicodeScalars
        if scalars.contains("\u{FE0F}") { return 2 }
        return scalars.map(width).max() ?? 0
    }

    private static func width(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if scalar.value < 0x1100 { return 1 }
        return isWide(scalar.value) || scalar.properties.isEmojiPresentation ? 2 : 1
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
            0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF,
            0x20000...0x3FFFD:
            true
        default:
            false
        }
    }
}
