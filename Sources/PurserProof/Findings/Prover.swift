import PurserSyntax

/// Proves of every pod of a scene that it gets its files, or says what is wrong or not to be known.
package enum Prover {
    package static func proof(of scene: Scene) -> SceneProof {
        var run = ProofRun(SceneIndex(scene))
        var pods: [PodProof] = []
        let findings = run.findings { pods.append($0) }
        return SceneProof(pods: pods, unusedClasses: run.unusedClasses(), findings: unique(findings))
    }

    /// The findings of a proof alone, each once, in order of their places.
    package static func findings(of scene: Scene) -> [Finding] {
        var run = ProofRun(SceneIndex(scene))
        return unique(run.findings { _ in })
    }

    /// In order of files and lines; what has no place comes first.
    private static func unique(_ findings: [Finding]) -> [Finding] {
        var seen: Set<Key> = []
        let first = findings.filter { seen.insert(Key(finding: $0)).inserted }
        return first.enumerated().sorted { left, right in
            switch (left.element.range?.start, right.element.range?.start) {
            case (let one?, let two?) where one != two: one < two
            case (nil, _?): true
            case (_?, nil): false
            default: left.offset < right.offset
            }
        }.map(\.element)
    }

    /// What makes two findings the same: the chain may be drawn from another pod.
    private struct Key: Hashable {
        let code: DiagnosticCode
        let message: String
        let subject: String
        let range: SourceRange?

        init(finding: Finding) {
            code = finding.code
            message = finding.message
            subject = finding.subject
            range = finding.range
        }
    }
}

private struct ProofRun {
    let index: SceneIndex
    private var analyses: [SceneIndex.Name: MountAnalysis] = [:]
    private var used: Set<SceneIndex.Name> = []
    private var found: [Finding] = []
    private var mounts: [(pod: PodDefinition, subject: MountSubject, analysis: MountAnalysis)] = []

    init(_ index: SceneIndex) { self.index = index }

    private static func name(_ definition: ClassDefinition) -> SceneIndex.Name {
        SceneIndex.Name(namespace: definition.namespace, name: definition.name)
    }

    /// Everything that is found, as it comes. `deliver` gets the proof of each pod.
    mutating func findings(deliver: (PodProof) -> Void) -> [Finding] {
        lookAtClasses()
        for pod in index.scene.pods {
            let proof = proof(of: pod)
            found += proof.findings
            deliver(proof)
        }
        var rules = SceneRules(index)
        rules.check(mounts)
        return found + rules.findings
    }

    /// Where much is wrong, and each name that is not there might be compared with every one that is, the later ones go
    /// without a suggestion.
    private var suggests: Bool { found.count < 100 }

    private mutating func lookAtClasses() {
        for definition in index.scene.classes {
            let subject = MountSubject(definition, index)
            let analysis = ClassAnalyst.analysis(of: subject, suggests: suggests)
            analyses[Self.name(definition)] = analysis
            found += findings(of: analysis, subject)
        }
    }

    private func findings(of analysis: MountAnalysis, _ subject: MountSubject) -> [Finding] {
        let own = analysis.problems.map(\.finding)
        if own.isEmpty { return [] }
        let chain = ChainBuilder(problems: own, doubts: analysis.doubts).links(subject, analysis)
        return own.map { $0.with(chain: chain) }
    }

    func unusedClasses() -> [PodProof] {
        index.scene.classes.filter { !used.contains(Self.name($0)) }.compactMap { definition in
            guard let analysis = analyses[Self.name(definition)] else { return nil }
            let subject = MountSubject(definition, index)
            let chain = ChainBuilder(problems: analysis.problems.map(\.finding), doubts: analysis.doubts)
                .links(subject, analysis)
            return PodProof(
                subject: definition.label, range: definition.places.whole,
                volumes: [VolumeProof("", subject, analysis)], chain: chain,
                findings: findings(of: analysis, subject), undecided: analysis.doubts)
        }
    }

    // MARK: Pods

    private mutating func proof(of pod: PodDefinition) -> PodProof {
        var findings: [Finding] = []
        var doubts: [Doubt] = []
        var volumes: [VolumeProof] = []
        var chain: [ChainLink] = []
        var mounted: [ConsumerRules.Mounted] = []
        var hasStrangers = false
        VolumeRules.checkTwice(pod, &findings)
        for volume in pod.volumes {
            guard case .files(let source) = volume.source else { continue }
            let (subject, analysis) = analysis(of: source, volume.name, pod)
            if pod.setsUp(volume.name) {
                let own = analysis.problems.map(\.finding)
                let builder = ChainBuilder(problems: own, doubts: analysis.doubts)
                let links =
                    [builder.volume(volume.name, pod)]
                    + (subject.map { builder.links($0, analysis) }
                        ?? [builder.stranger(source.className, pod, volume.name)])
                let whole = [builder.pod(pod)] + links
                findings += own.map { $0.with(chain: whole) }
                doubts += analysis.doubts
                chain += links
                volumes.append(VolumeProof(volume.name, subject, analysis, named: source.className))
            }
            guard let subject else {
                hasStrangers = true
                continue
            }
            mounted.append(ConsumerRules.Mounted(volume: volume.name, subject: subject, analysis: analysis))
            if pod.setsUp(volume.name) { mounts.append((pod, subject, analysis)) }
        }
        var consumers = ConsumerRules(pod, index, mounted, hasStrangers: hasStrangers)
        consumers.check()
        doubts += consumers.doubts
        let builder = ChainBuilder(problems: findings + consumers.findings, doubts: doubts)
        chain = [builder.pod(pod)] + chain + [builder.consumers(pod)].compactMap(\.self)
        findings = findings.map { $0.chain.isEmpty ? $0.with(chain: chain) : $0 }
        findings += consumers.findings.map { $0.with(chain: chain) }
        return PodProof(
            subject: pod.label, range: pod.places.whole, volumes: volumes, chain: chain, findings: findings,
            undecided: doubts)
    }

    /// What is found of a volume: of its class, which is looked at once for all pods, and of the pod.
    private mutating func analysis(
        of source: ClassVolume, _ name: String, _ pod: PodDefinition
    ) -> (MountSubject?, MountAnalysis) {
        var result = MountAnalysis(suggests: suggests)
        guard let definition = VolumeRules.secretProviderClass(source, name, pod, index, &result) else {
            return (nil, result)
        }
        used.insert(Self.name(definition))
        let isOverridden = source.attributes.keys.contains { $0 != "secretProviderClass" }
        let subject = MountSubject(definition, index, override: isOverridden ? (pod, source, name) : nil)
        result =
            isOverridden
            ? ClassAnalyst.analysis(of: subject, suggests: suggests)
            : analyses[Self.name(definition)] ?? ClassAnalyst.analysis(of: subject, suggests: suggests)
        VolumeRules.check(source, name, pod, subject, &result)
        PodIdentityRules.check(source, name, pod, subject, &result)
        return (subject, result)
    }
}

extension Finding {
    func with(chain: [ChainLink]) -> Finding {
        var copy = self
        copy.chain = chain
        return copy
    }
}

extension VolumeProof {
    init(_ volume: String, _ subject: MountSubject?, _ analysis: MountAnalysis, named name: String? = nil) {
        var last: [String: MountedFile] = [:]
        for file in analysis.files { last[file.path] = file }
        self.init(
            volume: volume, secretProviderClass: subject?.label ?? name ?? "",
            files: last.values.sorted { $0.path < $1.path }, secrets: analysis.secrets, failure: analysis.failure,
            access: analysis.access)
    }
}
