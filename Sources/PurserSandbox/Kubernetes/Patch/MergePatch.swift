/// JSON merge patches. Source: RFC 7386.
enum MergePatch {
    static func apply(_ patch: JSON, to target: JSON) -> JSON {
        guard let changes = patch.objectValue else { return patch }
        var result = target.objectValue ?? [:]
        for (name, change) in changes {
            if change == .null {
                result.removeValue(forKey: name)
            } else {
                result[name] = apply(change, to: result[name] ?? .null)
            }
        }
        return .object(result)
    }
}

/// Strategic merge patches: like merge patches, but lists of named things are merged element by element.
/// Source: Kubernetes documentation, "Update API Objects in Place Using kubectl patch"; api-machinery's
/// "Strategic Merge Patch" design for the `$patch`, `$retainKeys`, `$setElementOrder` and
/// `$deleteFromPrimitiveList` directives.
enum StrategicMergePatch {
    static func apply(_ patch: JSON, to target: JSON, _ rules: MergeRules) -> JSON {
        guard var changes = patch.objectValue else { return patch }
        switch changes.removeValue(forKey: "$patch")?.stringValue {
        case "replace": return .object(changes)
        case "delete": return .object([:])
        default: break
        }
        var result = target.objectValue ?? [:]
        if let retained = changes.removeValue(forKey: "$retainKeys")?.arrayValue {
            let names = Set(retained.compactMap(\.stringValue))
            result = result.filter { names.contains($0.key) }
        }
        removeValues(from: &result, as: &changes)
        let orders = takeDirectives("$setElementOrder/", from: &changes)
        for (name, change) in changes {
            if change == .null {
                result.removeValue(forKey: name)
            } else {
                result[name] = merged(change, into: result[name], rules.member(name))
            }
        }
        for (name, order) in orders {
            guard let elements = result[name]?.arrayValue, let order = order.arrayValue else { continue }
            result[name] = .array(ordered(elements, by: order, rules.member(name)))
        }
        return .object(result)
    }

    private static func merged(_ change: JSON, into target: JSON?, _ rules: MergeRules) -> JSON {
        switch change {
        case .object: return apply(change, to: target ?? [:], rules)
        case .array(let elements): return .array(merged(elements, into: target?.arrayValue ?? [], rules))
        default: return change
        }
    }

    private static func merged(_ elements: [JSON], into target: [JSON], _ rules: MergeRules) -> [JSON] {
        switch rules.patchedList {
        case .atomic: return elements
        case .set: return target + elements.filter { !target.contains($0) }
        case .map(let keys):
            let key = keys.first ?? "name"
            if elements.contains(where: { $0["$patch"] == "replace" && $0[key] == nil }) {
                return elements.filter { $0["$patch"] == nil }
            }
            let all = elements.reduce(target) { result, element in
                merged(element, into: result, key: key, rules.elements)
            }
            return sorted(all, patch: elements.map { $0[key] }, live: target.map { $0[key] }, key)
        }
    }

    /// What the patch names comes first, in its order, but for what stands before it in the live list.
    /// Source: apimachinery, `strategicpatch.mergeSortedSlice`.
    private static func sorted(_ all: [JSON], patch: [JSON?], live: [JSON?], _ key: String) -> [JSON] {
        var others = all.filter { !patch.contains($0[key]) }[...]
        var named = patch.compactMap { name in all.first { $0[key] == name } }[...]
        var result: [JSON] = []
        while let next = named.first {
            let place = live.firstIndex(of: next[key]) ?? 0
            if let other = others.first, (live.firstIndex(of: other[key]) ?? 0) < place {
                result.append(other)
                others.removeFirst()
            } else {
                result.append(next)
                named.removeFirst()
            }
        }
        return result + others
    }

    private static func merged(_ element: JSON, into list: [JSON], key: String, _ rules: MergeRules) -> [JSON] {
        let index = list.firstIndex { $0[key] == element[key] }
        var list = list
        if element["$patch"] == "delete" {
            list.removeAll { $0[key] == element[key] }
        } else if let index {
            list[index] = apply(element, to: list[index], rules)
        } else {
            list.append(apply(element, to: [:], rules))
        }
        return list
    }

    private static func removeValues(from result: inout [String: JSON], as changes: inout [String: JSON]) {
        for (name, removed) in takeDirectives("$deleteFromPrimitiveList/", from: &changes) {
            guard let elements = result[name]?.arrayValue, let removed = removed.arrayValue else { continue }
            result[name] = .array(elements.filter { !removed.contains($0) })
        }
    }

    private static func takeDirectives(_ prefix: String, from changes: inout [String: JSON]) -> [String: JSON] {
        let found = changes.filter { $0.key.hasPrefix(prefix) }
        for name in found.keys { changes[name] = nil }
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }

    /// Brings the elements that `order` names into its order; the others keep their places after those before them.
    private static func ordered(_ elements: [JSON], by order: [JSON], _ rules: MergeRules) -> [JSON] {
        let key: String? = if case .map(let keys) = rules.patchedList { keys.first ?? "name" } else { nil }
        let identity = { (element: JSON) in key.flatMap { element[$0] } ?? element }
        let places = order.map(identity)
        var named = elements.filter { places.contains(identity($0)) }
            .sorted { (places.firstIndex(of: identity($0)) ?? 0) < (places.firstIndex(of: identity($1)) ?? 0) }
        return elements.map { element in
            places.contains(identity(element)) && !named.isEmpty ? named.removeFirst() : element
        }
    }
}
