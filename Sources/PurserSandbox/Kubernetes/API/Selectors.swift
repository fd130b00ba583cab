import Foundation

/// Which objects of a collection are meant. Source: Kubernetes documentation, "Labels and Selectors" and
/// "Field Selectors".
struct ObjectSelector: Sendable {
    private enum Requirement: Sendable {
        case exists(String)
        case absent(String)
        case isOne(String, of: Set<String>)
        case isNone(String, of: Set<String>)

        func accepts(_ labels: [String: String]) -> Bool {
            switch self {
            case .exists(let key): labels[key] != nil
            case .absent(let key): labels[key] == nil
            case .isOne(let key, let values): labels[key].map(values.contains) ?? false
            case .isNone(let key, let values): labels[key].map { !values.contains($0) } ?? true
            }
        }
    }

    private struct FieldRequirement: Sendable {
        let path: [String]
        let value: String
        let isEqual: Bool

        func accepts(_ object: JSON) -> Bool {
            let field = object[path: path]
            let text =
                field?.stringValue ?? field?.intValue.map(String.init) ?? field?.boolValue.map(String.init) ?? ""
            return (text == value) == isEqual
        }
    }

    private var labels: [Requirement] = []
    private var fields: [FieldRequirement] = []

    var isEmpty: Bool { labels.isEmpty && fields.isEmpty }

    init(labels: String?, fields: String?, of type: ResourceType) throws(APIError) {
        for text in Self.split(labels ?? "") { self.labels.append(try Self.requirement(text)) }
        for text in Self.split(fields ?? "") { self.fields.append(try Self.fieldRequirement(text, type)) }
    }

    /// The selector of a workload: `matchLabels` and `matchExpressions`.
    init(labelSelector: JSON?) {
        labels = (labelSelector?["matchLabels"]?.stringMap ?? [:]).map { .isOne($0.key, of: [$0.value]) }
        for expression in labelSelector?["matchExpressions"]?.arrayValue ?? [] {
            let key = expression["key"]?.stringValue ?? ""
            let values = Set(expression["values"]?.arrayValue?.compactMap(\.stringValue) ?? [])
            switch expression["operator"]?.stringValue {
            case "In": labels.append(.isOne(key, of: values))
            case "NotIn": labels.append(.isNone(key, of: values))
            case "Exists": labels.append(.exists(key))
            default: labels.append(.absent(key))
            }
        }
    }

    func accepts(_ object: JSON) -> Bool {
        fields.allSatisfy { $0.accepts(object) }
            && (labels.isEmpty || acceptsLabels(object.objectLabels))
    }

    func acceptsLabels(_ present: [String: String]) -> Bool { labels.allSatisfy { $0.accepts(present) } }

    /// Splits at commas outside of parentheses.
    private static func split(_ text: String) -> [String] {
        var parts: [String] = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }

    private static func requirement(_ text: String) throws(APIError) -> Requirement {
        for (name, negated) in [(" notin ", true), (" in ", false)] {
            guard let range = text.range(of: name) else { continue }
            let key = String(text[..<range.lowerBound]).trimmingBlanks()
            let list = String(text[range.upperBound...]).trimmingBlanks()
            guard list.hasPrefix("("), list.hasSuffix(")") else { break }
            let values = list.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
            let set = Set(values.map { String($0).trimmingBlanks() })
            return negated ? .isNone(key, of: set) : .isOne(key, of: set)
        }
        for (separator, negated) in [("!=", true), ("==", false), ("=", false)] {
            guard let range = text.range(of: separator), range.lowerBound > text.startIndex else { continue }
            let key = String(text[..<range.lowerBound]).trimmingBlanks()
            let value = String(text[range.upperBound...]).trimmingBlanks()
            return negated ? .isNone(key, of: [value]) : .isOne(key, of: [value])
        }
        if key(of: text).isEmpty { throw .badRequest("found '\(text)', expected: !, identifier, or 'end of string'") }
        if text.hasPrefix("!") { return .absent(String(text.dropFirst()).trimmingBlanks()) }
        let words = text.split { " ()".contains($0) }
        guard words.count == 1, !text.contains("(") else {
            throw .badRequest(
                "unable to parse requirement: found '\(words.dropFirst().first ?? "(")', "
                    + "expected: in, notin, =, ==, !=, gt, lt")
        }
        return .exists(text)
    }

    /// What stands before an operator.
    private static func key(of text: String) -> Substring { text.prefix { !"=".contains($0) } }

    private static func fieldRequirement(
        _ text: String, _ type: ResourceType
    ) throws(APIError) -> FieldRequirement {
        for (separator, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = text.range(of: separator) else { continue }
            let label = String(text[..<range.lowerBound])
            guard SelectableFields.of(type).contains(label) else {
                throw .badRequest(SelectableFields.refusal(of: label, type))
            }
            let path = SelectableFields.path(of: label)
            return FieldRequirement(path: path, value: String(text[range.upperBound...]), isEqual: isEqual)
        }
        throw .badRequest("invalid selector: '\(text)'; can't understand '\(text)'")
    }
}

/// The fields by which objects can be selected, beside their name and namespace.
/// Source: Kubernetes documentation, "Field Selectors", "List of supported fields".
private enum SelectableFields {
    static func of(_ type: ResourceType) -> Set<String> {
        let own = type.group == "" || type.group == "apps" || type.group == "batch" ? byPlural[type.plural] ?? [] : []
        return own.union(["metadata.name", "metadata.namespace"])
    }

    /// Kinds with fields of their own have words of their own, as have custom resources.
    static func refusal(of label: String, _ type: ResourceType) -> String {
        of(type).count > 2 || type.custom != nil || type == BuiltInResources.services
            ? "field label not supported: \(label)"
            : "\"\(label)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    }

    /// Where the field stands in an object; an event's source is its component.
    static func path(of label: String) -> [String] {
        label == "source" ? ["source", "component"] : label.split(separator: ".").map(String.init)
    }

    private static let byPlural: [String: Set<String>] = [
        "pods": [
            "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
            "status.phase", "status.podIP", "status.nominatedNodeName",
        ],
        "events": [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ],
        "secrets": ["type"], "namespaces": ["status.phase"], "nodes": ["spec.unschedulable"],
        "replicasets": ["status.replicas"], "jobs": ["status.successful"],
    ]
}

extension String {
    func trimmingBlanks() -> String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
