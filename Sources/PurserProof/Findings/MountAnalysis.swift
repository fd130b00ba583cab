import PurserSyntax

/// The steps of a mount in the order in which driver and provider take them: the first that fails is what the user
/// sees.
/// Source: secrets-store-csi-driver v1.5.6, `NodePublishVolume`; Azure Key Vault provider v1.8.2,
/// `MountSecretsStoreObjectContent`.
enum MountStage: Int, Comparable {
    case className, lookUp, provider, parameters, readOnly, connection, flags, modes, vaultName, tenant, cloud, identity
    case objects, entries, vaultForm, fetch, emptiness, writing

    static func < (left: MountStage, right: MountStage) -> Bool { left.rawValue < right.rawValue }
}

/// A finding with the step at which the mount would fail of it; nil if it would not.
struct Problem {
    let finding: Finding
    let stage: MountStage?
    /// Within the stage.
    let order: Int
}

/// What comes of mounting a class: its files and Secrets, what is wrong, and what cannot be told.
struct MountAnalysis {
    /// Whether it is looked for what a name that is not there was probably meant to be.
    let suggests: Bool
    var problems: [Problem] = []
    var doubts: [Doubt] = []
    var mode: IdentityMode?
    var identity: IdentityDefinition?
    var vault: VaultIndex?
    /// Those that the provider would fetch.
    var objects: [RequestedObject] = []
    /// Whether `objects` are all of them, as far as known.
    var hasAllObjects = false
    /// In the order in which they are written.
    var files: [MountedFile] = []
    /// Directories of histories that may hold more files than are listed.
    var openDirectories: Set<String> = []
    var secrets: [SyncedSecret] = []
    var access: [ObjectAccess] = []

    init(suggests: Bool = true) { self.suggests = suggests }

    /// The candidate that a name was probably meant to be.
    func nearest(to name: String, among candidates: @autoclosure () -> [String]) -> String? {
        suggests ? Suggestion.nearest(to: name, among: candidates()) : nil
    }

    mutating func report(_ finding: Finding, at stage: MountStage? = nil, order: Int = 0) {
        problems.append(Problem(finding: finding, stage: stage, order: order))
    }

    mutating func doubt(_ link: ChainLink.Name, _ reason: String, of subject: String, at range: SourceRange?) {
        doubts.append(Doubt(link, reason, of: subject, at: range))
    }

    /// What the user would read in place of the files.
    var failure: String? {
        // Without objects the provider asks nobody.
        let unreached: Set<MountStage> = hasAllObjects && objects.isEmpty ? [.vaultForm, .fetch] : []
        let failing = problems.enumerated().filter { _, problem in
            problem.finding.severity == .error && problem.stage.map { !unreached.contains($0) } ?? false
        }
        let first = failing.min { left, right in
            let (one, two) = (left.element, right.element)
            return (one.stage?.rawValue ?? 0, one.order, left.offset) < (
                two.stage?.rawValue ?? 0, two.order, right.offset
            )
        }
        return first.map { $0.element.finding.providerMessage ?? $0.element.finding.message }
    }

    /// The file at a path; of several the last one written.
    func file(_ path: String) -> MountedFile? { files.last { $0.path == path } }

    /// Whether a path may be a file of a history of unknown length.
    func mayHold(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/") else { return false }
        return openDirectories.contains(String(path[..<slash]))
    }
}

/// A class as one volume mounts it.
struct MountSubject {
    let definition: ClassDefinition
    let parameters: ParameterSet
    let installation: Installation?
    let index: SceneIndex
    /// The pod's volume that puts parameters over those of the class, with their names.
    let override: (pod: PodDefinition, volume: String, keys: Set<String>)?

    init(
        _ definition: ClassDefinition, _ index: SceneIndex,
        override: (pod: PodDefinition, volume: ClassVolume, name: String)? = nil
    ) {
        self.definition = definition
        self.index = index
        installation = index.installation(of: definition)
        parameters = ParameterSet(definition.parameters, overriddenBy: override?.volume.attributes ?? [:])
        self.override = override.map { ($0.pod, $0.name, Set($0.volume.attributes.keys)) }
    }

    var label: String { definition.label }

    /// `NS/NAME`, as the driver names it.
    var path: String { "\(definition.namespace ?? "…")/\(definition.name)" }

    /// The place of a parameter: in the class, or in the pod whose volume has another value.
    func place(of parameter: String) -> SourceRange? {
        if let override, override.keys.contains(parameter) {
            return override.pod.places[.volumeField(override.volume, parameter), .volume(override.volume)]
        }
        return definition.places[.parameter(parameter)]
    }

    func place(of object: RequestedObject, _ field: String? = nil) -> SourceRange? {
        let whole = Part.object(object.index)
        return field.map { definition.places[.objectField(object.index, $0), whole, .parameter("objects")] }
            ?? definition.places[whole, .parameter("objects")]
    }

    /// A finding about the class.
    func finding(
        _ code: DiagnosticCode, _ message: String, at range: SourceRange?, link: ChainLink.Name,
        effect: Finding.Effect = .mountFails, severity: Diagnostic.Severity = .error, related: [Diagnostic.Note] = [],
        says text: String? = nil, hint: String? = nil, fix: SpecPatch? = nil
    ) -> Finding {
        Finding(
            code, message, of: label, at: range, link: link, effect: effect, severity: severity, related: related,
            says: text, hint: hint, fix: fix)
    }

    var rotates: Bool { installation?.rotates ?? false }
}
