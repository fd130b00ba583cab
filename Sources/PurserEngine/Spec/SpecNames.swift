import PurserSyntax

/// The rule for names of environments: they become directory names, tags and labels.
package enum EnvironmentName {
    /// What is wrong with a name, as the end of a sentence that begins with it.
    package static func problem(_ name: String) -> String? {
        let bytes = name.utf8
        let isGood =
            (1...63).contains(bytes.count) && bytes.first != hyphen && bytes.last != hyphen
            && bytes.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == hyphen }
        return isGood ? nil : "is not 1 to 63 lower-case letters, digits and hyphens"
    }

    private static let hyphen = UInt8(ascii: "-")
}

/// The rule for the names under which the spec lists resources: they are parts of addresses.
enum ResourceKey {
    static func problem(_ key: String) -> String? {
        let bytes = key.utf8
        guard let first = bytes.first, let last = bytes.last else { return "is empty" }
        if bytes.count > 253 { return "is longer than 253 characters" }
        let isGood = isAlphanumeric(first) && isAlphanumeric(last) && bytes.allSatisfy(isAllowed)
        return isGood
            ? nil : "may hold only letters, digits, '-', '_' and '.', and begins and ends with a letter or digit"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
