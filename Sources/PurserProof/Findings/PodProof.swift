package import PurserSyntax

/// What is proved of one pod, or of one class that no pod mounts.
package struct PodProof: Sendable {
    package enum Verdict: String, Sendable, Hashable {
        /// Every file and every Secret will be there.
        case proved
        case failed
        case undecided
    }

    /// The address or name of the pod.
    package var subject: String
    package var range: SourceRange?
    /// The files of each volume of the driver.
    package var volumes: [VolumeProof]
    package var chain: [ChainLink]
    package var findings: [Finding]
    package var undecided: [Doubt]

    package var verdict: Verdict {
        if findings.contains(where: { $0.severity == .error }) { return .failed }
        return undecided.isEmpty ? .proved : .undecided
    }
}

/// What one volume of the driver holds.
package struct VolumeProof: Sendable {
    package var volume: String
    /// The label of the class; its name if the scene does not have it.
    package var secretProviderClass: String
    /// In order of their paths. If the mount fails, the files that it was to have.
    package var files: [MountedFile]
    package var secrets: [SyncedSecret]
    /// What the provider or the driver would say in place of the files.
    package var failure: String?
    package var access: [ObjectAccess]
}

/// Who lets an object through.
package struct ObjectAccess: Sendable, Hashable {
    package var object: String
    package var type: ObjectType
    package var identity: String
    /// The label of the grant; nil if there is none or it is not known.
    package var grant: String?
}

/// All that is proved of a scene.
package struct SceneProof: Sendable {
    package var pods: [PodProof]
    /// Those that no pod of the scene mounts.
    package var unusedClasses: [PodProof]
    /// Each once, in order of their places.
    package var findings: [Finding]

    package var diagnostics: Diagnostics { Diagnostics(findings.map(\.diagnostic)) }
}
