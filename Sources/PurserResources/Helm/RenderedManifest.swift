import PurserEngine
import PurserSyntax

/// What `helm template`, `helm get manifest` or `helm get hooks` print, taken apart.
struct RenderedManifest: Sendable {
    struct Object: Sendable {
        let identity: ObjectChange.Identity
        let value: Value

        /// Helm leaves such an object where it is. Source: Helm documentation, "Chart Development Tips and Tricks".
        var isKept: Bool { value.member("metadata", "annotations", "helm.sh/resource-policy")?.string == "keep" }
        /// The name of the definition if it is one: with it go all objects that it defines.
        var isDefinition: Bool { identity.kind == "CustomResourceDefinition" }
    }

    /// Source: Helm documentation, "Chart Hooks".
    struct Hook: Sendable, Hashable {
        let identity: ObjectChange.Identity
        let events: [String]
        let weight: Int

        /// Whether something runs. The others are what those that run need.
        var runs: Bool { !Self.passiveKinds.contains(identity.kind) }

        private static let passiveKinds: Set<String> = [
            "ClusterRole", "ClusterRoleBinding", "ConfigMap", "LimitRange", "Namespace", "NetworkPolicy",
            "PersistentVolumeClaim", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount",
        ]
    }

    /// Which object: one that changes its API's version stays the same.
    struct Key: Sendable, Hashable {
        let group: String
        let kind: String
        let namespace: String?
        let name: String
    }

    private(set) var objects: [Key: Object] = [:]
    private(set) var hooks: [Hook] = []
    /// The CRDs of the charts' directories `crds/`, which Helm makes when it installs and never touches again.
    private(set) var definitions: [Key: Object] = [:]
    /// Whether a part of the text is no YAML, or no object.
    private(set) var isPartial = false

    private let namespace: String

    /// `namespace` is the release's: an object that names it is the same as one that names none.
    init(_ text: String, namespace: String) {
        self.namespace = namespace
        let file = SourceFile(path: "manifest", text: text)
        let stream = YAMLParser.parseStream(file, limits: Self.limits)
        isPartial = stream.problems.hasErrors
        for document in stream.documents {
            add(Value(document), isDefinition: Self.isFromDefinitions(document, in: file), depth: 0)
        }
    }

    private static let limits = YAMLLimits(bytes: 32 << 20, depth: 128, nodes: 2_000_000)
    private static let deepestList = 4

    private mutating func add(_ value: Value, isDefinition: Bool, depth: Int) {
        guard let kind = value["kind"]?.string, let version = value["apiVersion"]?.string else {
            isPartial = true
            return
        }
        if kind.hasSuffix("List"), let items = value["items"]?.list, depth < Self.deepestList {
            for item in items { add(item, isDefinition: isDefinition, depth: depth + 1) }
            return
        }
        guard let name = value.member("metadata", "name")?.string else {
            isPartial = true
            return
        }
        let written = value.member("metadata", "namespace")?.string
        let identity = ObjectChange.Identity(apiVersion: version, kind: kind, namespace: written, name: name)
        if let events = value.member("metadata", "annotations", "helm.sh/hook")?.string {
            hooks.append(Hook(identity: identity, events: Self.words(of: events), weight: Self.weight(of: value)))
            return
        }
        let group = version.contains("/") ? String(version.prefix { $0 != "/" }) : ""
        let key = Key(group: group, kind: kind, namespace: written == namespace ? nil : written, name: name)
        if isDefinition {
            definitions[key] = Object(identity: identity, value: value)
        } else {
            objects[key] = Object(identity: identity, value: value)
        }
    }

    private static func words(of events: String) -> [String] {
        events.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    }

    private static func weight(of value: Value) -> Int {
        let weight = value.member("metadata", "annotations", "helm.sh/hook-weight")
        return weight?.integer ?? weight?.string.flatMap { Int($0) } ?? 0
    }

    /// The comment that Helm puts before each file says which one it is. A file that begins with `---` of its own has it
    /// before that.
    private static func isFromDefinitions(_ document: YAMLNode, in file: SourceFile) -> Bool {
        var number = document.range.start.line - 1
        while number > 0, let line = file.line(number), line.hasPrefix("#") || line.isEmpty || line == "---" {
            if line.hasPrefix("# Source: ") {
                let path = line.dropFirst("# Source: ".count)
                return (path.hasPrefix("crds/") || path.contains("/crds/")) && !path.contains("/templates/")
            }
            number -= 1
        }
        return false
    }

    /// The hooks of some events that run something, in the order in which Helm runs them.
    func running(at events: [String]) -> [(event: String, hook: Hook)] {
        events.flatMap { event in
            hooks.filter { $0.runs && $0.events.contains(event) }
                .sorted { ($0.weight, $0.identity) < ($1.weight, $1.identity) }
                .map { (event, $0) }
        }
    }
}

extension Value {
    /// What a document holds, without its places.
    init(_ node: YAMLNode) {
        switch node.content {
        case .sequence(let nodes): self = .list(nodes.map(Value.init))
        case .mapping(let entries):
            self = .object(Dictionary(entries.map { ($0.name, Value($0.value)) }) { _, last in last })
        case .scalar:
            switch node.scalarValue {
            case .string(let text)?: self = .string(text)
            case .int(let number)?: self = .integer(number)
            case .float(let number)?: self = .number(number)
            case .bool(let flag)?: self = .bool(flag)
            case .null?, nil: self = .null
            }
        }
    }
}
