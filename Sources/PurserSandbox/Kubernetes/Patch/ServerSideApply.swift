/// Server-side apply: what a manager sends is the whole of what it wants, and what it no longer sends is taken away.
/// Source: Kubernetes documentation, "Server-Side Apply".
struct ServerSideApply: Sendable {
    let rules: MergeRules
    /// The manager, with the fields that it sends now.
    let applier: ManagedFields.Entry
    let force: Bool

    /// The object after the apply, with its managed fields.
    /// - Throws: `APIError.applyConflict` if values that others own would change, unless `force` is set.
    func applied(_ wanted: JSON, to live: JSON) throws(APIError) -> JSON {
        var managed = ManagedFields(of: live)
        let taken = try conflicts(wanted, live, managed)
        managed.take(taken, exceptFrom: applier)
        let former = managed.entry(applier.manager, "Apply")?.fields ?? FieldSet()
        managed.set(applier)
        var result = merged(wanted, into: live, rules)
        let owned = managed.entries.reduce(FieldSet()) { $0.union($1.fields) }
        result = former.subtracting(owned).removed(from: result)
        managed.write(to: &result)
        return result
    }

    /// Two elements of one key, in words: which list, and which key. Nil if there are none.
    static func duplicate(in value: JSON, _ rules: MergeRules, at path: String = "") -> String? {
        switch value {
        case .object(let members) where !rules.isAtomicMap:
            return members.sorted { $0.key < $1.key }.lazy.compactMap {
                duplicate(in: $0.value, rules.member($0.key), at: "\(path).\($0.key)")
            }.first
        case .array(let elements):
            guard case .map(let keys) = rules.list else { return nil }
            var seen: Set<String> = []
            for element in elements {
                let step = FieldSet.step(element, keys)
                if !seen.insert(step).inserted {
                    return "\(path): duplicate entries for key \(FieldSet.shown([step]))"
                }
            }
            return elements.lazy.compactMap { duplicate(in: $0, rules.elements, at: path) }.first
        default: return nil
        }
    }

    /// The fields that another manager owns and whose values would change.
    private func conflicts(_ wanted: JSON, _ live: JSON, _ managed: ManagedFields) throws(APIError) -> FieldSet {
        var causes: [APIError.Cause] = []
        var taken = FieldSet()
        for other in managed.entries where !other.isSame(as: applier) {
            for path in applier.fields.intersection(other.fields).paths() {
                let value = FieldSet.value(at: path, of: wanted, rules)
                let present = FieldSet.value(at: path, of: live, rules)
                // That an element of a list is there, all its owners want; its fields are looked at by themselves.
                let isElement = path.last?.hasPrefix("k:") == true && present != nil
                if isElement || Self.isSame(value, present) { continue }
                causes.append(conflict(other, path))
                taken = taken.union(Self.set(path[...]))
            }
        }
        if !causes.isEmpty, !force { throw .applyConflict(causes) }
        return taken
    }

    /// A map without members is kept as none.
    private static func isSame(_ value: JSON?, _ other: JSON?) -> Bool {
        (value == [:] ? nil : value) == (other == [:] ? nil : other)
    }

    private func conflict(_ other: ManagedFields.Entry, _ path: [String]) -> APIError.Cause {
        let using = other.operation == "Update" ? " using \(other.apiVersion)" : ""
        let below = other.subresource.isEmpty ? "" : " with subresource \"\(other.subresource)\""
        return APIError.Cause(
            reason: "FieldManagerConflict", message: "conflict with \"\(other.manager)\"\(below)\(using)",
            field: FieldSet.shown(path))
    }

    private static func set(_ path: ArraySlice<String>) -> FieldSet {
        guard let first = path.first else { return .leaf }
        return FieldSet(children: [first: set(path.dropFirst())])
    }

    private func merged(_ wanted: JSON, into live: JSON, _ rules: MergeRules) -> JSON {
        switch (wanted, live) {
        case (.object(let wanted), .object(let live)) where !rules.isAtomicMap:
            return .object(
                live.merging(
                    wanted.map { ($0.key, merged($0.value, into: live[$0.key] ?? .null, rules.member($0.key))) }
                ) {
                    $1
                })
        case (.array(let wanted), .array(let live)): return .array(merged(wanted, into: live, rules))
        default: return wanted
        }
    }

    private func merged(_ wanted: [JSON], into live: [JSON], _ rules: MergeRules) -> [JSON] {
        switch rules.list {
        case .atomic: return wanted
        case .set: return live + wanted.filter { !live.contains($0) }
        case .map(let keys):
            var result = live
            for element in wanted {
                let step = FieldSet.step(element, keys)
                if let index = result.firstIndex(where: { FieldSet.step($0, keys) == step }) {
                    result[index] = merged(element, into: result[index], rules.elements)
                } else {
                    result.append(element)
                }
            }
            return result
        }
    }
}
