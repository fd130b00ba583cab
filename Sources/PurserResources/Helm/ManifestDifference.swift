import PurserEngine

/// What becomes of a release's objects, object by object and field by field.
struct ManifestDifference: Sendable {
    /// Nil if there is nothing yet.
    let old: RenderedManifest?
    /// Nil if nothing shall be there any more.
    let new: RenderedManifest?
    /// The same rendered once more: what differs between the two is made anew each time, as random passwords are.
    let again: RenderedManifest?

    /// Beyond these the change is counted and not told.
    static let mostObjects = 100
    static let mostFields = 40

    var changes: ObjectChanges {
        let before = old?.objects ?? [:]
        // What is there already is not touched: Helm makes CRDs only when it installs.
        let after = (new?.objects ?? [:]).merging(old == nil ? new?.definitions ?? [:] : [:]) { object, _ in object }
        let changes = Set(before.keys).union(after.keys).compactMap {
            change(before[$0], after[$0], again?.objects[$0])
        }
        let sorted = changes.sorted { ($0.object, $0.action.rawValue) < ($1.object, $1.action.rawValue) }
        return ObjectChanges(Array(sorted.prefix(Self.mostObjects)), omitted: max(0, sorted.count - Self.mostObjects))
    }

    private func change(
        _ old: RenderedManifest.Object?, _ new: RenderedManifest.Object?, _ again: RenderedManifest.Object?
    ) -> ObjectChange? {
        guard let new else { return old.map { ObjectChange($0.identity, $0.isKept ? .none : .delete) } }
        guard let old else { return ObjectChange(new.identity, .create) }
        var fields = FieldComparison(isSecret: new.identity.kind == "Secret" || old.identity.kind == "Secret")
        fields.compare(old.value, new.value, again?.value ?? new.value)
        guard !fields.found.isEmpty else { return nil }
        return ObjectChange(
            new.identity, .update, Array(fields.found.prefix(Self.mostFields)),
            omitted: max(0, fields.found.count - Self.mostFields))
    }
}

/// The fields that differ between two forms of an object. What may be a secret, or is computed from one, is told to
/// differ and not shown: the data of Secrets, what stands under a secret's name, checksums in annotations, and what
/// each rendering makes anew.
struct FieldComparison: Sendable {
    let isSecret: Bool
    private(set) var found: [Difference] = []

    init(isSecret: Bool) { self.isSecret = isSecret }

    /// Where in the object the comparison is.
    private struct Place {
        var path = ""
        /// Name of the field, or of the environment variable or flag that a value is for.
        var name = ""
        var isHidden = false
        /// Whether the members are annotations or labels.
        var holdsMarks = false

        func member(_ key: String, isSecret: Bool) -> Place {
            let isData = isSecret && path.isEmpty && (key == "data" || key == "stringData")
            let quoted = key.contains { ".[ ".contains($0) } ? "[\"\(key)\"]" : key
            let isChecksum = holdsMarks && ["checksum", "hash"].contains { key.lowercased().contains($0) }
            let isApplied = key == "kubectl.kubernetes.io/last-applied-configuration"
            return Place(
                path: path.isEmpty || quoted.hasPrefix("[") ? path + quoted : "\(path).\(quoted)", name: key,
                isHidden: isHidden || isData || isChecksum || isApplied,
                holdsMarks: key == "annotations" || key == "labels")
        }

        func item(_ mark: String, name: String) -> Place {
            Place(path: "\(path)[\(mark)]", name: name, isHidden: isHidden)
        }
    }

    /// `again` is a second rendering of `new`.
    mutating func compare(_ old: Value, _ new: Value, _ again: Value) { compare(old, new, again, Place()) }

    private mutating func compare(_ old: Value?, _ new: Value?, _ again: Value?, _ place: Place) {
        if old == new { return }
        switch (old, new) {
        case (.object(let left)?, .object(let right)?):
            let variable = left["value"] != nil || right["value"] != nil ? right["name"]?.string : nil
            for key in Set(left.keys).union(right.keys).sorted() {
                var member = place.member(key, isSecret: isSecret)
                if key == "value", let variable { member.name = variable }
                compare(left[key], right[key], again?[key], member)
            }
        case (.list(let left)?, .list(let right)?): compare(left, right, again?.list, place, (old, new, again))
        default: tell(old, new, again, place)
        }
    }

    private mutating func compare(
        _ old: [Value], _ new: [Value], _ again: [Value]?, _ place: Place, _ whole: (Value?, Value?, Value?)
    ) {
        if let left = Self.named(old), let right = Self.named(new) {
            let others = again.flatMap(Self.named) ?? [:]
            let names = old.compactMap { $0["name"]?.string }.filter { right[$0] != nil }
            let namesNow = new.compactMap { $0["name"]?.string }.filter { left[$0] != nil }
            for name in Set(left.keys).union(right.keys).sorted() {
                compare(left[name], right[name], others[name], place.item(name, name: place.name))
            }
            guard names != namesNow else { return }
            let order = place.item("order", name: "")
            tell(.list(names.map(Value.string)), .list(namesNow.map(Value.string)), nil, order, isStable: true)
        } else if old.count == new.count {
            for (index, pair) in zip(old, new).enumerated() {
                let other = again.flatMap { $0.indices.contains(index) ? $0[index] : nil }
                let flag = index > 0 ? Self.flag(new[index - 1]) : nil
                compare(pair.0, pair.1, other, place.item(String(index), name: flag ?? place.name))
            }
        } else {
            tell(whole.0, whole.1, whole.2, place)
        }
    }

    /// The items by name, if each has one of its own.
    private static func named(_ items: [Value]) -> [String: Value]? {
        var result: [String: Value] = [:]
        for item in items {
            guard let name = item["name"]?.string, result.updateValue(item, forKey: name) == nil else { return nil }
        }
        return items.isEmpty ? nil : result
    }

    /// `token` of an argument `--token` whose value is the next one.
    fileprivate static func flag(_ value: Value) -> String? {
        guard let text = value.string, text.hasPrefix("-"), !text.contains("=") else { return nil }
        return String(text.drop { $0 == "-" })
    }

    private mutating func tell(
        _ old: Value?, _ new: Value?, _ again: Value?, _ place: Place, isStable: Bool = false
    ) {
        let before = old.map { Masking.masked($0, under: place.name) }
        let after = new.map { Masking.masked($0, under: place.name) }
        let isHidden = place.isHidden || (!isStable && new != again) || before == after
        found.append(
            isHidden
                ? Difference(
                    path: place.path, before: old.map { _ in .null }, after: new.map { _ in .null }, isSensitive: true,
                    effect: .updates)
                : Difference(
                    path: place.path, before: before.map(Masking.bounded), after: after.map(Masking.bounded),
                    effect: .updates))
    }
}

/// Values without what may be a secret, and not larger than anybody would read.
enum Masking {
    static let mask = "(sensitive)"

    static func masked(_ value: Value, under name: String) -> Value {
        switch value {
        case .object(let members):
            let variable = members["value"] == nil ? nil : members["name"]?.string
            return .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { key, member in
                        (key, masked(member, under: key == "value" ? variable ?? key : key))
                    }))
        case .list(let items):
            return .list(
                items.enumerated().map { index, item in
                    masked(item, under: (index > 0 ? FieldComparison.flag(items[index - 1]) : nil) ?? name)
                })
        case .string(let text):
            return .string(LiteralSecrets.isSecret(name, value) ? mask : masked(text))
        default: return value
        }
    }

    /// Settings that stand in a text, a line each: `password = x`, `--token=x`.
    private static func masked(_ text: String) -> String {
        guard text.contains(where: { $0 == "=" || $0 == ":" }) else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard let sign = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else { return String(line) }
            let name = line[..<sign].split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" && $0 != "." }.last
            let rest = line[line.index(after: sign)...].drop { $0 == " " }
            guard let name, LiteralSecrets.isSecret(String(name), .string(String(rest))) else { return String(line) }
            return "\(line[...sign])\(mask)"
        }.joined(separator: "\n")
    }

    private static let longestText = 4_000
    private static let mostParts = 60

    static func bounded(_ value: Value) -> Value {
        let parts = count(value)
        if parts > mostParts { return .string("(\(parts) fields)") }
        return cut(value)
    }

    private static func cut(_ value: Value) -> Value {
        switch value {
        case .object(let members): .object(members.mapValues(cut))
        case .list(let items): .list(items.map(cut))
        case .string(let text) where text.utf8.count > longestText:
            .string("\(text.prefix(longestText))… (\(text.count) characters)")
        default: value
        }
    }

    private static func count(_ value: Value) -> Int {
        switch value {
        case .object(let members): members.values.reduce(0) { $0 + count($1) }
        case .list(let items): items.reduce(0) { $0 + count($1) }
        default: 1
        }
    }
}
