import PurserEngine
package import PurserResources
import PurserSyntax

/// The spec of what a survey found, as text.
package struct ImportedSpec: Sendable {
    private let environment: String
    private let survey: Survey

    package init(environment: String, survey: Survey) {
        self.environment = environment
        self.survey = survey
    }

    /// Sections in the order of the way from Azure to the pod, each with what people should know of it.
    private static let sections: [(name: String, words: String?)] = [
        ("groups", nil),
        ("identities", nil),
        (
            "vaults",
            "A secret that Purser is to write needs a `value`: {env: NAME}, {file: PATH} or {generate: {length: N}}."
        ),
        ("releases", nil), ("namespaces", nil), ("secretProviderClasses", nil), ("workloads", nil), ("pods", nil),
    ]

    package func text() throws -> String {
        var parts = [head, try Self.yaml(Survey.head(environment))]
        for setting in survey.settings { parts.append("\n" + (try Self.yaml([setting]))) }
        for (section, words) in Self.sections {
            let found = survey.resources.map(Entry.init).filter { $0.path.first == section }
            guard !found.isEmpty else { continue }
            let comment = words.map { "# \($0)\n" } ?? ""
            parts.append("\n" + comment + (try Self.yaml([YAMLField(section, Self.tree(of: found, below: 1))])))
        }
        return parts.joined()
    }

    private var head: String {
        """
        # What `purser import` found. `existing: true`: it is looked up and used, and never changed or deleted.

        """
    }

    private static func yaml(_ fields: [YAMLField]) throws -> String {
        try YAMLEmitter.text(of: escaped(.object(fields)))
    }

    /// The spec takes `${` for the beginning of a variable or an output.
    private static func escaped(_ value: YAMLValue) -> YAMLValue {
        switch value {
        case .string(let text): .string(text.replacing("${", with: "$${"))
        case .list(let items): .list(items.map(escaped))
        case .object(let fields): .object(fields.map { YAMLField($0.name, escaped($0.value)) })
        case .null, .bool, .int, .double: value
        }
    }

    private struct Entry {
        /// The parts of the address, from the section on.
        let path: [String]
        let fields: [YAMLField]

        init(_ found: Survey.Found) {
            path = found.address.description.split(separator: "/").map(String.init)
            fields = found.fields
        }
    }

    /// Resources by the part of their address at `depth`, with those below them as fields.
    private static func tree(of found: [Entry], below depth: Int) -> YAMLValue {
        var names: [String] = []
        for entry in found where entry.path.count > depth && !names.contains(entry.path[depth]) {
            names.append(entry.path[depth])
        }
        let fields = names.map { name in
            let within = found.filter { $0.path.count > depth && $0.path[depth] == name }
            let own = within.first { $0.path.count == depth + 1 }?.fields ?? []
            let below = within.filter { $0.path.count > depth + 1 }
            guard !below.isEmpty, case .object(let children) = tree(of: below, below: depth + 1) else {
                return YAMLField(name, .object(own))
            }
            return YAMLField(name, .object(own + children))
        }
        return .object(fields)
    }
}

extension Survey {
    fileprivate static func head(_ environment: String) -> [YAMLField] {
        [YAMLField("apiVersion", .string("purser/v1")), YAMLField("environment", .string(environment))]
    }
}
