import PurserEngine
import PurserSyntax

/// The name rules of Azure, with what exactly is wrong with a name that breaks one.
///
/// Source: Azure documentation, "Naming rules and restrictions for Azure resources".
enum AzureNames {
    static let resourceGroup = TextRule(
        "1 to 90 letters, digits, underscores, hyphens, periods and parentheses; no period at the end",
        pattern: #"^[\p{L}\p{N}_().-]{0,89}[\p{L}\p{N}_()-]$"#
    ) { name in
        length(name, 1...90)
            ?? stray(name) { $0.isLetter || $0.isNumber || "_-.()".contains($0) }
            ?? (name.hasSuffix(".") ? "ends with a period" : nil)
    }

    static let identity = TextRule(
        "3 to 128 letters, digits, hyphens and underscores, starting with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$"
    ) { name in
        length(name, 3...128)
            ?? stray(name) { isAlphanumeric($0) || $0 == "-" || $0 == "_" }
            ?? (name.first.map(isAlphanumeric) == true ? nil : "does not start with a letter or digit")
    }

    static let federatedCredential = TextRule(
        "3 to 120 letters, digits, hyphens and underscores, starting with a letter or digit",
        pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$"
    ) { name in
        length(name, 3...120)
            ?? stray(name) { isAlphanumeric($0) || $0 == "-" || $0 == "_" }
            ?? (name.first.map(isAlphanumeric) == true ? nil : "does not start with a letter or digit")
    }

    /// Issuer, subject and audience of a federated credential.
    static let federatedText = TextRule("1 to 600 characters, without blanks") { text in
        length(text, 1...600) ?? stray(text) { !$0.isWhitespace }
    }

    static let namespacedName = TextRule(
        "a namespace and a name, such as shop/payments", pattern: "^[a-z0-9-]+/[a-z0-9.-]+$"
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } ? nil : "is not NAMESPACE/NAME"
    }

    static let managedCluster = TextRule("the name of an AKS cluster, 1 to 63 letters, digits, hyphens and underscores")
    {
        name in length(name, 1...63) ?? stray(name) { isAlphanumeric($0) || $0 == "-" || $0 == "_" }
    }

    static let resourceID = TextRule(
        "the identifier of a resource in Azure, such as /subscriptions/…/providers/…", pattern: "^/subscriptions/"
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isID =
            parts.count >= 9 && parts[0].isEmpty && parts[1].lowercased() == "subscriptions"
            && parts.dropFirst().allSatisfy { !$0.isEmpty }
        return isID ? nil : "is no identifier of a resource in Azure"
    }

    static let groupID = TextRule(
        "the identifier of a resource group, /subscriptions/…/resourceGroups/NAME", pattern: "^/subscriptions/"
    ) { text in
        GroupPlace(id: text) == nil ? "is no identifier of a resource group" : nil
    }

    static let vault = TextRule(
        "3 to 24 letters, digits and hyphens, starting with a letter, ending with a letter or digit, no two hyphens in a row",
        pattern: "^[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$"
    ) { name in
        length(name, 3...24)
            ?? stray(name) { isAlphanumeric($0) || $0 == "-" }
            ?? (name.first.map { isAlphanumeric($0) && !$0.isNumber } == true ? nil : "does not start with a letter")
            ?? (name.hasSuffix("-") ? "ends with a hyphen" : nil)
            ?? (name.contains("--") ? "has two hyphens in a row" : nil)
    }

    /// Secrets, certificates and keys.
    static let vaultObject = TextRule(
        "1 to 127 letters, digits and hyphens", pattern: "^[0-9a-zA-Z-]{1,127}$"
    ) { name in
        length(name, 1...127) ?? stray(name) { isAlphanumeric($0) || $0 == "-" }
    }

    static let scaleSet = TextRule("the name of a scale set, 1 to 64 characters") { name in
        length(name, 1...64) ?? stray(name) { !"/\\?#%".contains($0) && !$0.isWhitespace }
    }

    static let guid = TextRule(
        "a GUID such as 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e",
        pattern: "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
    ) { text in
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isGUID =
            parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
        return isGUID ? nil : "is not a GUID"
    }

    static let location = TextRule("the name of an Azure region such as westeurope") { text in
        text.isEmpty ? "is empty" : stray(text) { isAlphanumeric($0) || $0 == " " }
    }

    static let tagName = TextRule("1 to 512 characters, none of < > % & \\ ? /; `purser-…` is taken") { name in
        length(name, 1...512)
            ?? stray(name) { !"<>%&\\?/".contains($0) }
            ?? (Ownership.isMark(name) ? "is a tag that Purser sets itself" : nil)
    }

    static let tagValue = TextRule("up to 256 characters") { length($0, 0...256) }

    /// The form of a location by which Azure compares: `West Europe` is `westeurope`.
    static func normalisedLocation(_ location: String) -> String {
        location.lowercased().filter { $0 != " " }
    }

    private static func length(_ name: String, _ range: ClosedRange<Int>) -> String? {
        if name.isEmpty, range.lowerBound > 0 { return "is empty" }
        if name.count < range.lowerBound { return "is shorter than \(range.lowerBound) characters" }
        return name.count > range.upperBound ? "is longer than \(range.upperBound) characters (\(name.count))" : nil
    }

    private static func stray(_ name: String, _ isAllowed: (Character) -> Bool) -> String? {
        let isPlain = name.utf8.allSatisfy {
            $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") && isAllowed("-")
        }
        // Letters and digits are allowed everywhere, and quicker to tell by their bytes.
        return isPlain ? nil : name.first { !isAllowed($0) }.map { "has the character '\($0)', which is not allowed" }
    }

    private static func isAlphanumeric(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }
}
