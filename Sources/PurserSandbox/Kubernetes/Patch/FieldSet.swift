/// A set of an object's fields, as managers own them, in the form of `FieldsV1`.
/// Source: Kubernetes API reference v1.33, `FieldsV1`; structured-merge-diff.
struct FieldSet: Sendable, Equatable {
    /// Whether the place itself belongs to the set, not only what is below it.
    var isMember = false
    /// By path element: `f:NAME`, `k:{"key":"value"}`, `v:VALUE`.
    var children: [String: FieldSet] = [:]

    var isEmpty: Bool { !isMember && children.isEmpty }

    static let leaf = FieldSet(isMember: true)

    init(isMember: Bool = false, children: [String: FieldSet] = [:]) {
        self.isMember = isMember
        self.children = children
    }

    /// Reads `FieldsV1`.
    init(_ document: JSON) {
        let members = document.objectValue ?? [:]
        isMember = members.isEmpty || members["."] != nil
        children = members.filter { $0.key != "." }.mapValues(FieldSet.init)
    }

    /// As `FieldsV1`.
    var document: JSON {
        var members = children.mapValues(\.document)
        if isMember, !children.isEmpty { members["."] = [:] }
        return .object(members)
    }

    /// All fields of a value.
    init(of value: JSON, _ rules: MergeRules) {
        self.init()
        switch value {
        case .object(let members) where !members.isEmpty && !rules.isAtomicMap:
            for (name, member) in members { children["f:\(name)"] = FieldSet(of: member, rules.member(name)) }
        case .array(let elements) where !elements.isEmpty:
            self = FieldSet(of: elements, rules)
        default:
            isMember = true
        }
    }

    private init(of elements: [JSON], _ rules: MergeRules) {
        self.init()
        switch rules.list {
        case .atomic: isMember = true
        case .set: for element in elements { children["v:\(FieldSet.text(element))"] = .leaf }
        case .map(let keys):
            for element in elements {
                var fields = FieldSet(of: element, rules.elements)
                fields.isMember = true
                children[FieldSet.step(element, keys)] = fields
            }
        }
    }

    /// All fields of an object that a manager can own: neither its identity nor what only the server sets.
    init(ofObject object: JSON, _ rules: MergeRules) {
        self.init()
        var object = object
        for name in ["apiVersion", "kind"] { object[name] = nil }
        object.update("metadata") { metadata in
            for name in FieldSet.unowned { metadata[name] = nil }
        }
        children = FieldSet(of: object, rules).children
        if children["f:metadata"]?.children.isEmpty == true { children["f:metadata"] = nil }
    }

    private static let unowned = [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
        "deletionTimestamp", "deletionGracePeriodSeconds", "generateName",
    ]

    /// The path element of a list's element.
    static func step(_ element: JSON, _ keys: [String]) -> String {
        var identity: JSON = [:]
        for key in keys { identity[key] = element[key] }
        // The one key that has a default.
        if keys.contains("protocol"), element["protocol"] == nil { identity["protocol"] = "TCP" }
        return "k:\(text(identity))"
    }

    static func text(_ value: JSON) -> String { String(decoding: value.bytes(), as: UTF8.self) }
}

// MARK: - Algebra

extension FieldSet {
    func union(_ other: FieldSet) -> FieldSet {
        FieldSet(isMember: isMember || other.isMember, children: children.merging(other.children) { $0.union($1) })
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        var common: [String: FieldSet] = [:]
        for (step, child) in children {
            guard let twin = other.children[step] else { continue }
            let both = child.intersection(twin)
            if !both.isEmpty { common[step] = both }
        }
        return FieldSet(isMember: isMember && other.isMember, children: common)
    }

    func subtracting(_ other: FieldSet) -> FieldSet {
        var rest: [String: FieldSet] = [:]
        for (step, child) in children {
            let left = other.children[step].map(child.subtracting) ?? child
            if !left.isEmpty { rest[step] = left }
        }
        return FieldSet(isMember: isMember && !other.isMember, children: rest)
    }

    /// The places of all members, each as its path elements.
    func paths(below prefix: [String] = []) -> [[String]] {
        let own = isMember && children.isEmpty ? [prefix] : []
        return own + children.sorted { $0.key < $1.key }.flatMap { $0.value.paths(below: prefix + [$0.key]) }
    }

    /// A path as messages show it: `.spec.containers[name="a"].image`.
    static func shown(_ path: [String]) -> String {
        path.map { step in
            let text = String(step.dropFirst(2))
            switch step.first {
            case "k":
                let members = (try? JSON(parsing: Array(text.utf8)))?.objectValue ?? [:]
                let keys = members.sorted { $0.key < $1.key }.map { "\($0.key)=\(FieldSet.text($0.value))" }
                return "[\(keys.joined(separator: ","))]"
            case "v": return "[=\(text)]"
            default: return ".\(text)"
            }
        }.joined()
    }
}

// MARK: - Values

extension FieldSet {
    /// The value at a path of an object, nil if there is none.
    static func value(at path: [String], of object: JSON, _ rules: MergeRules) -> JSON? {
        var value = object
        for step in path {
            guard let next = child(step, of: value) else { return nil }
            value = next
        }
        return value
    }

    private static func child(_ step: String, of value: JSON) -> JSON? {
        let text = String(step.dropFirst(2))
        if step.hasPrefix("f:") { return value[text] }
        return value.arrayValue?.first { matches($0, step, text) }
    }

    private static func matches(_ element: JSON, _ step: String, _ text: String) -> Bool {
        guard step.hasPrefix("k:"), let identity = (try? JSON(parsing: Array(text.utf8)))?.objectValue else {
            return step == "v:\(FieldSet.text(element))"
        }
        return identity.allSatisfy { key, value in
            element[key] == value || (element[key] == nil && key == "protocol" && value == "TCP")
        }
    }

    /// The value without the members of this set. What becomes empty by that goes too, but for the whole.
    func removed(from value: JSON) -> JSON {
        var value = value
        for (step, child) in children {
            let text = String(step.dropFirst(2))
            if step.hasPrefix("f:") {
                guard let member = value[text] else { continue }
                value[text] = child.rest(of: member)
            } else if let elements = value.arrayValue {
                value = .array(
                    elements.compactMap { Self.matches($0, step, text) ? child.rest(of: $0) : $0 })
            }
        }
        return value
    }

    /// What is left of a member; nil if nothing is.
    private func rest(of value: JSON) -> JSON? {
        if isMember { return nil }
        let left = removed(from: value)
        if left.objectValue?.isEmpty == true || left.arrayValue?.isEmpty == true { return nil }
        return left
    }

    /// The members whose place exists in an object.
    func existing(in object: JSON, _ rules: MergeRules) -> FieldSet {
        intersection(FieldSet(ofObject: object, rules).closed)
    }

    /// With every place on the way to a member as a member itself.
    private var closed: FieldSet { FieldSet(isMember: true, children: children.mapValues(\.closed)) }

    /// The fields in which two objects differ, as far as the second has them.
    static func changed(from old: JSON, to new: JSON, _ rules: MergeRules) -> FieldSet {
        let all = FieldSet(ofObject: new, rules)
        return all.filtered { path in value(at: path, of: old, rules) != value(at: path, of: new, rules) }
    }

    private func filtered(below prefix: [String] = [], _ isKept: ([String]) -> Bool) -> FieldSet {
        if children.isEmpty { return FieldSet(isMember: isMember && isKept(prefix)) }
        var kept: [String: FieldSet] = [:]
        for (step, child) in children {
            let left = child.filtered(below: prefix + [step], isKept)
            if !left.isEmpty { kept[step] = left }
        }
        // An element of a list is owned by whoever added it, together with the fields that tell it apart.
        return FieldSet(isMember: isMember && !kept.isEmpty, children: kept)
    }
}
