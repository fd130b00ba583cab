package import PurserClients
package import PurserEngine
package import PurserSyntax

/// Where an import begins: pods, SecretProviderClasses, or all of a namespace.
package struct SurveyScope: Sendable {
    /// An object of a namespace, as `NAMESPACE/NAME`.
    package struct Named: Sendable, Hashable {
        package let namespace: String
        package let name: String

        package init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        /// Nil if the text is not two names with a slash between them.
        package init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
            self.init(namespace: parts[0], name: parts[1])
        }
    }

    package var pods: [Named] = []
    package var classes: [Named] = []
    package var namespaces: [String] = []
    /// Objects of manifests, in place of those of whole namespaces. What of them is in the cluster is read there.
    package var manifests: [JSONValue]?
    /// Where vaults and identities are looked for; by default the subscription of the nodes.
    package var subscription: String?
    /// The resource group of the cluster's scale sets; by default that of the nodes.
    package var nodeResourceGroup: String?

    package init() {}

    /// Every namespace that is looked into.
    var allNamespaces: [String] {
        let named = (manifests ?? []).map { ClusterSurvey.namespace(of: $0.value) }
        return Set(pods.map(\.namespace) + classes.map(\.namespace) + namespaces + named).sorted()
    }
}

/// What a survey found, in the words of the spec.
package struct Survey: Sendable {
    /// One resource: where the spec lists it, and what it says of it.
    package struct Found: Sendable {
        package let address: PurserEngine.Address
        /// In the order in which people write them.
        package let fields: [YAMLField]

        /// With `existing: true` for what is there.
        package init(_ address: PurserEngine.Address, _ fields: [YAMLField?], isExisting: Bool = true) {
            self.address = address
            self.fields = fields.compactMap(\.self) + (isExisting ? [YAMLField("existing", .bool(true))] : [])
        }
    }

    /// Sections of settings.
    package var settings: [YAMLField] = []
    package var resources: [Found] = []
    /// What could not be taken over as it is, and what is worth knowing.
    package var remarks = Diagnostics()

    package init() {}
}

extension YAMLField {
    /// A text, or nothing where it says what is so anyway.
    static func text(_ name: String, _ value: String?, unless usual: String? = nil) -> YAMLField? {
        value.flatMap { $0 == usual ? nil : YAMLField(name, .string($0)) }
    }

    static func texts(_ name: String, _ values: [String]) -> YAMLField? {
        values.isEmpty ? nil : YAMLField(name, .list(values.map(YAMLValue.string)))
    }

    /// What Kubernetes or Helm said, with its members in alphabetical order.
    static func json(_ name: String, _ value: Value?) -> YAMLField? {
        guard let value, value != .object([:]), value != .list([]), value != .null else { return nil }
        return YAMLField(name, YAMLValue(value))
    }
}

extension YAMLValue {
    init(_ value: Value) {
        switch value {
        case .null, .unknown: self = .null
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .int(number)
        case .number(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .list(let items): self = .list(items.map(YAMLValue.init))
        case .object(let members):
            let names = members.keys.sorted { ($0 != "name" ? 1 : 0, $0) < ($1 != "name" ? 1 : 0, $1) }
            self = .object(names.compactMap { name in members[name].map { YAMLField(name, YAMLValue($0)) } })
        }
    }
}

/// Gives what was found the names by which the spec lists it, each once.
struct SpecKeys {
    private var keys: [String: String] = [:]
    private var taken: Set<String> = []

    /// The key of the thing called `name`; two things of one name are told apart by what they stand in.
    mutating func key(for name: String, in place: String) -> String {
        let identity = "\(place)/\(name)"
        if let known = keys[identity] { return known }
        let plain = Self.plain(name)
        var candidate = plain
        if taken.contains(candidate) { candidate = Self.plain("\(place)-\(name)") }
        var number = 2
        while taken.contains(candidate) {
            candidate = "\(plain)-\(number)"
            number += 1
        }
        keys[identity] = candidate
        taken.insert(candidate)
        return candidate
    }

    subscript(name: String, place: String) -> String? { keys["\(place)/\(name)"] }

    /// Names of Azure may have characters that addresses may not.
    private static func plain(_ name: String) -> String {
        let mapped = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" })
        let isEnd: (Character) -> Bool = { "._-".contains($0) }
        let trimmed = mapped.drop(while: isEnd)
        let end = trimmed.lastIndex { !isEnd($0) }
        return end.map { String(trimmed[...$0].prefix(200)) } ?? "unnamed"
    }
}

extension DiagnosticCode {
    package static let importNothing = DiagnosticCode("import/nothing-found")
    package static let importClassLeftOut = DiagnosticCode("import/class-left-out")
    package static let importPodLeftOut = DiagnosticCode("import/pod-left-out")
    package static let importPartLeftOut = DiagnosticCode("import/part-left-out")
    package static let importSecretLeftOut = DiagnosticCode("import/secret-left-out")
    package static let importBrokenPath = DiagnosticCode("import/broken-path")
    package static let importNotSeen = DiagnosticCode("import/not-seen")
    package static let importOldClassVersion = DiagnosticCode("import/old-class-version")
    package static let importOldRepository = DiagnosticCode("import/old-chart-repository")
    package static let importRepository = DiagnosticCode("import/chart-repository")
}
