/// One entry of the `objects` parameter, its texts trimmed.
/// Source: Azure Key Vault provider documentation v1.8, the table of `objects`.
package struct RequestedObject: Sendable, Hashable {
    package var name = ""
    /// As written: only `secret`, `key` and `cert` are types.
    package var type = ""
    package var alias = ""
    package var version = ""
    package var history = 0
    package var format = ""
    package var encoding = ""
    package var permission = ""
    /// The entry's place in the list as it was written.
    package var index = 0
    /// What the spec says that the object is in the vault; nil where only the type is written.
    package var wantedSort: StoredObject.Sort?
    /// Fields that the provider does not know and does not mind.
    package var unknownFields: [String] = []

    package init(name: String = "", type: String = "") {
        self.name = name
        self.type = type
    }

    package var objectType: ObjectType? { ObjectType(rawValue: type) }

    /// The path below the mount; with a history that of the directory.
    package var fileName: String { alias.isEmpty ? name : alias }

    /// Up to 1, negative numbers too, is one version in one file.
    package var hasHistory: Bool { history > 1 }

    /// `latest` means the newest version only in a history.
    package var namedVersion: String? {
        if version.isEmpty || (hasHistory && version == "latest") { return nil }
        return version
    }

    func wrapped(_ text: String) -> String {
        "failed to get objectType:\(type), objectName:\(name), objectVersion:\(version): \(text)"
    }

    /// The file's mode. Octal digits; what is not leaves no right at all, and bits above the rights are lost.
    package var mode: UInt16 {
        guard !permission.isEmpty else { return 0o644 }
        guard let number = Int64(permission, radix: 8) else { return 0 }
        return UInt16(truncatingIfNeeded: number) & 0o777
    }
}
