import PurserEngine

/// What a live object says about the fields that a manifest names.
///
/// The API server adds defaults, and other managers own fields of their own: neither is drift. So only the leaves that the
/// manifest has are looked up in the live object; one that is missing or has another value there is drift.
enum LiveProjection {
    /// The live values in the manifest's form. What the live object does not have is left out.
    static func project(_ live: Value?, onto known: Value) -> Value? {
        project(live, onto: known, isQuantity: false)
    }

    /// The live values in the form of what is wanted, by what the server would make of it: what it would leave as it is
    /// counts as what is wanted. What `known` had and is not wanted any more is there if the server would take it away.
    static func project(_ live: Value?, applied: Value?, onto wanted: Value, known: Value?) -> Value? {
        if live == applied { return wanted }
        switch wanted {
        case .object(let members):
            guard let present = live?.object else { return live }
            return project(present, applied, onto: members, known: known?.object ?? [:])
        case .list(let items) where (items + (known?.list ?? [])).contains(where: { $0.object != nil }):
            guard let present = live?.list else { return live }
            return project(present, applied?.list ?? [], onto: items, known: known?.list ?? [])
        default: return live
        }
    }

    private static func project(
        _ live: [String: Value], _ applied: Value?, onto wanted: [String: Value], known: [String: Value]
    ) -> Value {
        var result: [String: Value] = [:]
        for (name, value) in wanted {
            result[name] = project(live[name], applied: applied?[name], onto: value, known: known[name])
        }
        for (name, value) in known where wanted[name] == nil && live[name] != applied?[name] {
            result[name] = project(live[name], onto: value)
        }
        return .object(result)
    }

    private static func project(
        _ live: [Value], _ applied: [Value], onto wanted: [Value], known: [Value]
    ) -> Value {
        var rest = live
        var result: [Value] = []
        for (index, item) in wanted.enumerated() {
            guard let place = counterpart(of: item, at: index, in: rest) else { continue }
            let would = counterpart(of: item, at: index, in: applied).map { applied[$0] }
            let former = counterpart(of: item, at: index, in: known).map { known[$0] }
            if let projected = project(rest[place], applied: would, onto: item, known: former) {
                result.append(projected)
            }
            rest[place] = .null
        }
        for (index, item) in known.enumerated() where counterpart(of: item, at: index, in: wanted) == nil {
            guard let place = counterpart(of: item, at: index, in: rest), !applied.contains(rest[place]),
                let projected = project(rest[place], onto: item)
            else { continue }
            result.append(projected)
            rest[place] = .null
        }
        return .list(result)
    }

    /// The same for a map of texts such as labels; keys that the map does not have are left out.
    static func project(_ live: Value?, ontoKeysOf maps: Value?...) -> Value? {
        let keys = maps.reduce(into: Set<String>()) { $0.formUnion(($1?.object ?? [:]).keys) }
        guard !keys.isEmpty else { return maps.compactMap(\.self).first }
        return .object((live?.object ?? [:]).filter { keys.contains($0.key) })
    }

    private static func project(_ live: Value?, onto known: Value, isQuantity: Bool) -> Value? {
        switch known {
        case .null, .unknown: return live == nil ? known : live
        case .object(let members): return project(live, onto: members, isQuantity: isQuantity)
        case .list(let items): return project(live, onto: items)
        case .bool, .integer, .number, .string:
            guard let live else { return nil }
            return isSame(live, known, isQuantity: isQuantity) ? known : live
        }
    }

    private static func project(_ live: Value?, onto known: [String: Value], isQuantity: Bool) -> Value? {
        guard let present = live?.object else { return known.isEmpty && live == nil ? .object([:]) : live }
        var result: [String: Value] = [:]
        for (name, value) in known {
            let holdsQuantities = isQuantity || quantityFields.contains(name)
            result[name] = project(present[name], onto: value, isQuantity: holdsQuantities)
        }
        return .object(result)
    }

    private static func project(_ live: Value?, onto known: [Value]) -> Value? {
        guard let present = live?.list else { return known.isEmpty && live == nil ? .list([]) : live }
        guard known.contains(where: { $0.object != nil }) else { return .list(present) }
        var rest = present
        var result: [Value] = []
        for (index, item) in known.enumerated() {
            guard let place = counterpart(of: item, at: index, in: rest) else { continue }
            if let projected = project(rest[place], onto: item, isQuantity: false) { result.append(projected) }
            rest[place] = .null
        }
        return .list(result)
    }

    /// The list's element that stands for `item`: of the same name or path, else one that says all that `item` says,
    /// else the one at the same place.
    private static func counterpart(of item: Value, at index: Int, in live: [Value]) -> Int? {
        for key in listKeys {
            if let name = item[key], name.object == nil, name.list == nil {
                return live.firstIndex { $0[key] == name }
            }
        }
        if let same = live.firstIndex(where: { $0 != .null && project($0, onto: item) == item }) { return same }
        return live.indices.contains(index) && live[index] != .null ? index : nil
    }

    /// What tells the elements of Kubernetes' lists apart, as the API's merge keys do.
    private static let listKeys = ["mountPath", "name", "containerPort", "ip", "key"]

    private static let quantityFields: Set<String> = ["requests", "limits", "sizeLimit", "divisor"]

    private static func isSame(_ live: Value, _ known: Value, isQuantity: Bool) -> Bool {
        if live == known { return true }
        if case .integer(let whole) = known, case .number(let number) = live { return Double(whole) == number }
        if case .number(let number) = known, case .integer(let whole) = live { return Double(whole) == number }
        guard isQuantity, let found = live.scalarText, let wanted = known.scalarText else { return false }
        return Quantity.isSame(found, wanted)
    }
}

/// An amount such as `100m` or `1Gi`, which the API server may write in another way than it was given.
///
/// Source: Kubernetes API reference, "Quantity".
enum Quantity {
    static func isSame(_ first: String, _ second: String) -> Bool {
        guard let one = amount(first), let other = amount(second) else { return false }
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    }

    /// The amount in units (cores, bytes), or nil if the text is no quantity.
    private static func amount(_ text: String) -> Double? {
        if let plain = Double(text) { return plain }
        for (suffix, factor) in factors where text.hasSuffix(suffix) {
            return Double(text.dropLast(suffix.count)).map { $0 * factor }
        }
        return nil
    }

    /// Longer suffixes first.
    private static let factors: [(String, Double)] = [
        ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
        ("Pi", 1_125_899_906_842_624), ("Ei", 1_152_921_504_606_846_976), ("n", 1e-9), ("u", 1e-6), ("m", 1e-3),
        ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15), ("E", 1e18),
    ]
}
