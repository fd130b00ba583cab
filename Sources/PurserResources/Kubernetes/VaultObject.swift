import PurserEngine
import PurserSyntax

/// One entry of a SecretProviderClass's `objects`: an object of the vault and the file that it becomes.
///
/// Source of names, values and rules: Azure Key Vault Provider for Secrets Store CSI Driver, "Getting Certificates and
/// Keys" and its parameter reference, v1.8.
struct VaultObject: Sendable, Hashable {
    /// What the spec calls the object; which section of a vault declares it.
    enum Sort: String, Sendable, Hashable, CaseIterable {
        case secret
        case certificate
        case key

        /// The sections of a vault whose objects can be read as this sort: a certificate also makes a key and a secret
        /// of its name.
        var sections: [String] {
            switch self {
            case .secret: ["secrets", "certificates"]
            case .certificate: ["certificates"]
            case .key: ["keys", "certificates"]
            }
        }
    }

    /// The provider's `objectType`: which part of the object is read.
    enum Face: String, Sendable, Hashable, CaseIterable {
        case secret
        case key
        case cert
    }

    let sort: Sort
    /// The object's name in the vault.
    let name: String
    let face: Face
    let alias: String?
    let version: String?
    let versionHistory: Int?
    let format: String?
    let encoding: String?
    let filePermission: String?

    /// Nil if the entry names no object or more than one, or is not known yet.
    init?(_ entry: Value) {
        let named = Sort.allCases.filter { entry[$0.rawValue] != nil && entry[$0.rawValue] != .null }
        guard named.count == 1, let sort = named.first, let name = entry[sort.rawValue]?.string else { return nil }
        self.sort = sort
        self.name = name
        face =
            switch sort {
            case .secret: .secret
            case .key: .key
            case .certificate: entry["as"]?.string.flatMap { Face(rawValue: $0) } ?? .secret
            }
        alias = entry["alias"]?.string
        version = entry["version"]?.string
        versionHistory = entry["versionHistory"]?.integer
        format = entry["format"]?.string
        encoding = entry["encoding"]?.string
        filePermission = entry["filePermission"]?.string
    }

    /// The provider's fields in their usual order; only what is set. The history is a number, which the provider does
    /// not read from quotes; everything else is text.
    var fields: [YAMLField] {
        let optional: [(String, YAMLValue?)] = [
            ("objectAlias", alias.map(YAMLValue.string)), ("objectVersion", version.map(YAMLValue.string)),
            ("objectVersionHistory", versionHistory.map(YAMLValue.int)), ("objectFormat", format.map(YAMLValue.string)),
            ("objectEncoding", encoding.map(YAMLValue.string)),
            ("filePermission", filePermission.map(YAMLValue.string)),
        ]
        return [YAMLField("objectName", .string(name)), YAMLField("objectType", .string(face.rawValue))]
            + optional.compactMap { name, value in value.map { YAMLField(name, $0) } }
    }

    /// The entry's form in the spec.
    static let shape = Shape.record([
        Field("secret", .text(objectName), "A secret of the vault, or the secret that belongs to a certificate."),
        Field("certificate", .text(objectName), "A certificate of the vault."),
        Field("key", .text(objectName), "A key of the vault: its public part is mounted."),
        Field(
            "as", .choice(Face.allCases.map(\.rawValue)),
            "Which face of a certificate is mounted: `secret` (private key and certificates, the default), `cert` "
                + "(the certificate alone) or `key` (the public key)."),
        Field("alias", .text(fileRule), "File name below the mount, if not the object's name; may have directories."),
        Field("version", .text, "A version to keep to; the newest one if absent."),
        Field(
            "versionHistory", .integer(0...10_000), "More than 1 mounts a directory of so many versions, `0` newest."),
        Field("format", .choice(["pem", "pfx"]), "How a certificate's secret is written; only for secrets."),
        Field("encoding", .choice(["utf-8", "base64", "hex"]), "How a secret's value is decoded; only for secrets."),
        Field("filePermission", .text(permissionRule), "Mode of the file in octal digits; 0644 if absent."),
    ])

    /// Source: Key Vault documentation, "Keys, secrets, and certificates overview", object identifiers.
    private static let objectName = TextRule(
        "1 to 127 letters, digits and hyphens", pattern: "^[0-9a-zA-Z-]{1,127}$"
    ) { name in
        if name.isEmpty { return "is empty" }
        if name.utf8.count > 127 { return "is longer than 127 characters" }
        let isAllowed = name.unicodeScalars.allSatisfy { scalar in
            scalar == "-" || (scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)))
        }
        return isAllowed ? nil : "has a character that is no letter, digit or hyphen"
    }

    /// The driver writes only to shortest-form relative paths below the mount.
    private static let fileRule = TextRule(
        "a relative path in its shortest form, without '..', each part at most 255 bytes"
    ) { path in
        if path.isEmpty { return "is empty" }
        if path.hasPrefix("/") { return "is not relative" }
        if path.contains("..") { return "has '..' in it" }
        if path.utf8.count > 4096 { return "is longer than 4096 bytes" }
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            if part.isEmpty || part == "." { return "is not in its shortest form" }
            if part.utf8.count > 255 { return "has a part of more than 255 bytes" }
        }
        return nil
    }

    /// The provider drops what it cannot read and then writes files of mode 0000, so only plain octal passes here.
    private static let permissionRule = TextRule(
        "three or four octal digits, such as 0400", pattern: "^0?[0-7]{3}$"
    ) { text in
        let digits = text.hasPrefix("0") && text.count == 4 ? text.dropFirst() : text[...]
        return digits.count == 3 && digits.allSatisfy { ("0"..."7").contains($0) } ? nil : "is no octal file mode"
    }
}
