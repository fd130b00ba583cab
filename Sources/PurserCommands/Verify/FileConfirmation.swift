import PurserClients
import PurserEngine
import PurserProof

/// An object that the driver says it has mounted: `secret/password` at a version of the vault.
///
/// Source: Secrets Store CSI Driver, SecretProviderClassPodStatus: `status.objects[].id` is `TYPE/NAME`, with `/INDEX` for
/// each version of a history.
struct MountedObject {
    let id: String
    let version: String?

    init?(_ object: JSONValue) {
        guard let id = object["id"]?.string else { return nil }
        self.id = id
        version = object["version"]?.string
    }
}

/// Compares the files that a volume is to have with what the driver says it has mounted.
struct FileConfirmation {
    /// Nil if nobody knows what is to be there.
    let wanted: VolumeProof?
    let mounted: [MountedObject]
    let recorded: StateSnapshot

    /// One for each file that is not there, or there in another version than is asked for.
    ///
    /// A version other than the recorded one is no problem: with rotation on, the pod may well be ahead of the record.
    var problems: [VerifyReport.Problem] { (wanted?.files ?? []).compactMap(problem) }

    private func problem(_ file: MountedFile) -> VerifyReport.Problem? {
        let id = Self.id(file)
        guard let object = mounted.first(where: { $0.id == id }) else {
            if mounted.contains(where: { $0.id.hasPrefix(id + "/") }) { return nil }
            return .init(.files, "the file \(file.path) is not confirmed: the driver does not list \(id)")
        }
        guard let version = object.version, let pinned = file.version, version != pinned else { return nil }
        return .init(.files, "the file \(file.path) has version \(version), and \(pinned) is asked for")
    }

    private static func id(_ file: MountedFile) -> String { "\(file.type.rawValue)/\(file.object)" }

    /// A line for each object that is mounted.
    var lines: [String] {
        mounted.map { object in
            guard let version = object.version else { return object.id }
            let file = wanted?.files.first { Self.id($0) == object.id && $0.version == nil }
            let record = file?.source.flatMap { recorded.resources[PurserEngine.Address($0)] }
            let latest = record?.attributes.values["version"]?.string
            let remark = latest.map { $0 == version ? "" : "; \($0) is recorded" } ?? ""
            return "\(object.id) (version \(version)\(remark))"
        }
    }
}
