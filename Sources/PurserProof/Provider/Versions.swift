/// Which versions of an object are mounted, the newest first.
/// Source: Azure Key Vault provider v1.8.2, `getLatestNKeyVaultObjects`.
struct VersionSelection: Equatable {
    /// Identifiers; nil for the newest one, whatever it is.
    var versions: [String?]
    /// Whether more may be there than are known.
    var isOpen = false
    /// The version that is read is disabled.
    var isDisabled = false
    /// The version that is named is not there.
    var isMissing = false
    /// Whether a named version exists is not known.
    var isUndecided = false

    /// `isAbsent`: the vault is known not to have the object. A list of its versions is empty.
    init(_ object: RequestedObject, _ stored: StoredObject?, isAbsent: Bool) {
        versions = []
        if !object.hasHistory {
            selectOne(object, stored)
            return
        }
        if isAbsent {
            isMissing = true
            return
        }
        guard let stored, stored.hasAllVersions else {
            // The newest one is there, if the object is and nobody has disabled it; how many more there are is not known.
            let isHidden = object.namedVersion == nil && stored?.isEnabled == false
            versions = isHidden ? [] : [object.namedVersion]
            isOpen = true
            isUndecided = isHidden || object.namedVersion != nil
            return
        }
        var listed = stored.versions.filter(\.isEnabled).map(\.id)[...]
        if let named = object.namedVersion { listed = listed.drop { $0 != named } }
        // One more than its length.
        versions = Array(listed.prefix(object.history + 1))
        isMissing = versions.isEmpty
    }

    private mutating func selectOne(_ object: RequestedObject, _ stored: StoredObject?) {
        versions = [object.namedVersion]
        let found =
            object.namedVersion.map { named in stored?.versions.first { $0.id == named } }
            ?? stored?.versions.first
        if let found {
            isDisabled = !found.isEnabled
            if object.namedVersion == nil { versions = [found.id] }
        } else if object.namedVersion == "latest" {
            // A word only in a history.
            isMissing = true
        } else if object.namedVersion != nil {
            isMissing = stored?.hasAllVersions ?? false
            isUndecided = !isMissing
        }
    }
}
