package import PurserSyntax

/// Takes from streams of Kubernetes manifests the objects that decide what a pod reads.
///
/// Reads what `kubectl apply -f` and `helm template` know: several documents in YAML or JSON, and lists of objects.
package struct ManifestReader: Sendable {
    package private(set) var set = ManifestSet()
    private var seen: [ObjectKey: SourceRange] = [:]
    private let limits: YAMLLimits

    /// A release's manifests may well be larger than a spec.
    package static let limits = YAMLLimits(bytes: 64 * 1024 * 1024, nodes: 4_000_000, aliasedNodes: 1_000_000)

    package init(limits: YAMLLimits = Self.limits) { self.limits = limits }

    private struct ObjectKey: Hashable {
        let group: Substring
        let kind: String
        let namespace: String
        let name: String
    }

    package mutating func read(_ file: SourceFile) {
        let stream = YAMLParser.parseStream(file, limits: limits)
        set.sources.append(file)
        set.problems.merge(Diagnostics(stream.problems.map(Self.withoutValues)))
        // What cannot be read may be a Secret: none of its lines is shown.
        set.sensitive += stream.problems.flatMap { [$0.range] + $0.notes.map(\.range) }.compactMap(\.self)
        for document in stream.documents {
            add(document, Origin(source: file, template: Self.template(of: document, in: file)), depth: 0)
        }
    }

    // MARK: Documents

    private struct Origin {
        let source: SourceFile
        let template: String?
    }

    private static let deepestList = 4

    private mutating func add(_ node: YAMLNode, _ origin: Origin, depth: Int) {
        guard node.mapping != nil else {
            return reject(.manifestNotAnObject, "a manifest is a mapping, and this is \(node.kindInWords)", node)
        }
        guard let kind = node["kind"]?.text, let version = node["apiVersion"]?.text else {
            return reject(
                .manifestNotAnObject, "this document has no 'apiVersion' and 'kind', so it is no Kubernetes object",
                node)
        }
        if kind.hasSuffix("List"), let items = node["items"]?.sequence, depth < Self.deepestList {
            for item in items { add(item, origin, depth: depth + 1) }
            return
        }
        guard ManifestKind.counts(kind, apiVersion: version) else {
            set.ignored += 1
            return
        }
        addObject(node, kind, version, origin)
    }

    private mutating func addObject(_ node: YAMLNode, _ kind: String, _ version: String, _ origin: Origin) {
        hideValues(of: node, isSecret: kind == ManifestKind.secret)
        let metadata = node["metadata"]
        guard let name = metadata?["name"]?.text ?? metadata?["generateName"]?.text.map({ $0 + "*" }), !name.isEmpty
        else { return reject(.manifestNoName, "this \(shown(kind)) has no 'metadata.name'", node) }
        let namespace = metadata?["namespace"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let place = node["metadata"]?["name"]?.range ?? node.range
        let key = ObjectKey(
            group: version.prefix { $0 != "/" }, kind: kind, namespace: namespace ?? "", name: name)
        if let first = seen[key] {
            set.problems.append(
                .manifestDuplicate,
                "the \(kind) '\(shown(name))' stands here a second time, and this one does not count",
                at: place, hint: "remove one of them, or give the files to separate runs",
                notes: [.init("the first one is here", at: first)])
            return
        }
        seen[key] = place
        if kind == ManifestKind.secret {
            set.secrets.append(secret(node, name, namespace, place))
        } else {
            set.objects.append(
                Manifest(
                    apiVersion: version, kind: kind, name: name, namespace: namespace, node: node,
                    source: origin.source,
                    template: origin.template))
        }
    }

    private func secret(
        _ node: YAMLNode, _ name: String, _ namespace: String?, _ place: SourceRange
    ) -> SecretManifest {
        let data = (node["data"]?.mapping ?? []) + (node["stringData"]?.mapping ?? [])
        let labels = (node["metadata"]?["labels"]?.mapping ?? []).compactMap { entry in
            entry.value.text.map { (entry.name, $0) }
        }
        return SecretManifest(
            name: name, namespace: namespace, type: node["type"]?.text, keys: Set(data.map(\.name)).sorted(),
            labels: Dictionary(labels) { first, _ in first }, range: place)
    }

    private mutating func reject(_ code: DiagnosticCode, _ message: String, _ node: YAMLNode) {
        // Without a kind, nobody can tell that it is no Secret.
        set.sensitive.append(node.range)
        set.problems.append(
            code, message, at: SourceRange(at: node.range.start), hint: "give only Kubernetes manifests to this command"
        )
    }

    private func shown(_ name: String) -> String { String(name.prefix(253)) }

    // MARK: What must not be shown

    private mutating func hideValues(of node: YAMLNode, isSecret: Bool) {
        if isSecret {
            for field in ["data", "stringData"] { set.sensitive += node[field].map { [$0.range] } ?? [] }
        }
        // What `kubectl apply` keeps of the object, with all its values.
        if let annotations = node["metadata"]?["annotations"] { set.sensitive.append(annotations.range) }
        for path in Self.podSpecs {
            guard let spec = path.reduce(node, { $0?[$1] }) else { continue }
            for field in ["containers", "initContainers", "ephemeralContainers"] {
                for container in spec[field]?.sequence ?? [] { hideValues(ofContainer: container) }
            }
        }
    }

    private mutating func hideValues(ofContainer container: YAMLNode) {
        for field in ["command", "args"] { set.sensitive += container[field].map { [$0.range] } ?? [] }
        set.sensitive += (container["env"]?.sequence ?? []).compactMap { $0["value"]?.range }
    }

    /// Where pods, workloads and cron jobs have the pod's spec.
    private static let podSpecs = [
        ["spec"], ["spec", "template", "spec"], ["spec", "jobTemplate", "spec", "template", "spec"],
    ]

    /// A secret may begin with what YAML takes for a tag or an alias: then only the code's meaning is told.
    private static func withoutValues(_ problem: Diagnostic) -> Diagnostic {
        guard DiagnosticCode.quotingSyntaxCodes.contains(problem.code),
            let meaning = DiagnosticCode.syntaxCodes.first(where: { $0.0 == problem.code })?.1
        else { return problem }
        return Diagnostic(
            problem.code, meaning, at: problem.range, notes: problem.notes, severity: problem.severity)
    }

    // MARK: Templates

    /// The comment that `helm template` puts between the `---` and the object.
    private static func template(of document: YAMLNode, in file: SourceFile) -> String? {
        var number = document.range.start.line - 1
        while number > 0, let line = file.line(number), line.hasPrefix("#") || line.isEmpty {
            if line.hasPrefix("# Source: ") { return String(line.dropFirst("# Source: ".count).prefix(500)) }
            number -= 1
        }
        return nil
    }
}
