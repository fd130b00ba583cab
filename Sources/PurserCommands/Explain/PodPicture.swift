package import PurserEngine
package import PurserProof

/// A pod's way to its files, in all detail: what `explain` draws.
package struct PodPicture: Sendable {
    package struct File: Sendable {
        package let file: MountedFile
        /// In words: pinned, recorded, or the newest.
        package let version: String
        /// Who lets it through; nil if nobody is known to.
        package let access: ObjectAccess?
    }

    package struct Volume: Sendable {
        package let name: String
        package let secretProviderClass: String
        /// `web at /mnt/kv`, for each container that mounts it.
        package let mounts: [String]
        package let files: [File]
        package let secrets: [SyncedSecret]
        package let failure: String?
    }

    package let subject: String
    package let verdict: PodProof.Verdict
    package let chain: [ChainLink]
    package let volumes: [Volume]
    package let findings: [Finding]
    package let undecided: [Doubt]

    /// `recorded` tells the versions that the last run left.
    package init(proof: PodProof, pod: PodDefinition?, recorded: StateSnapshot?) {
        subject = proof.subject
        verdict = proof.verdict
        chain = proof.chain
        findings = proof.findings
        undecided = proof.undecided
        volumes = proof.volumes.map { volume in
            Volume(
                name: volume.volume, secretProviderClass: volume.secretProviderClass,
                mounts: pod.map { Self.mounts(of: volume.volume, in: $0) } ?? [],
                files: volume.files.map { file in
                    File(
                        file: file, version: Self.version(of: file, recorded),
                        access: volume.access.first { $0.object == file.object && $0.type == file.type })
                },
                secrets: volume.secrets, failure: volume.failure)
        }
    }

    private static func mounts(of volume: String, in pod: PodDefinition) -> [String] {
        pod.containers.flatMap { container in
            container.mounts.filter { $0.volume == volume }.map { mount in
                "\(container.name) at \(mount.path)" + (mount.subPath.map { " (\($0) alone)" } ?? "")
            }
        }
    }

    private static func version(of file: MountedFile, _ recorded: StateSnapshot?) -> String {
        if let version = file.version { return "version \(version), pinned" }
        let record = file.source.flatMap { recorded?.resources[Address($0)] }
        guard let version = record?.attributes.values["version"]?.string else { return "the newest version" }
        return "the newest version, \(version) when it was recorded"
    }
}
