/// Who owns which field of an object.
/// Source: Kubernetes documentation, "Server-Side Apply", "Field management".
struct ManagedFields: Sendable {
    struct Entry: Sendable {
        var manager: String
        /// `Apply` or `Update`.
        var operation: String
        var subresource: String
        var apiVersion: String
        var time: String
        var fields: FieldSet

        /// Applies come first, then the earlier ones. Source: structured-merge-diff, `sortEncodedManagedFields`.
        fileprivate var order: [String] { [operation, time, manager, apiVersion, subresource] }

        func isSame(as other: Entry) -> Bool {
            manager == other.manager && operation == other.operation && subresource == other.subresource
        }
    }

    var entries: [Entry]

    init(of object: JSON) {
        entries = (object[path: "metadata", "managedFields"]?.arrayValue ?? []).map { entry in
            Entry(
                manager: entry["manager"]?.stringValue ?? "", operation: entry["operation"]?.stringValue ?? "",
                subresource: entry["subresource"]?.stringValue ?? "",
                apiVersion: entry["apiVersion"]?.stringValue ?? "", time: entry["time"]?.stringValue ?? "",
                fields: FieldSet(entry["fieldsV1"] ?? [:]))
        }
    }

    func write(to object: inout JSON) {
        let documents = entries.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map { entry in
            var document: JSON = [
                "manager": .string(entry.manager), "operation": .string(entry.operation),
                "apiVersion": .string(entry.apiVersion), "time": .string(entry.time), "fieldsType": "FieldsV1",
                "fieldsV1": entry.fields.document,
            ]
            if !entry.subresource.isEmpty { document["subresource"] = .string(entry.subresource) }
            return document
        }
        object[path: "metadata", "managedFields"] = .listed(documents)
    }

    func entry(_ manager: String, _ operation: String, _ subresource: String = "") -> Entry? {
        entries.first { $0.manager == manager && $0.operation == operation && $0.subresource == subresource }
    }

    /// Gives a manager these fields instead of those it had; the time changes only with the fields.
    mutating func set(_ entry: Entry) {
        guard let index = entries.firstIndex(where: { $0.isSame(as: entry) }) else {
            if !entry.fields.isEmpty { entries.append(entry) }
            return
        }
        if entry.fields.isEmpty {
            entries.remove(at: index)
        } else if entries[index].fields != entry.fields {
            entries[index] = entry
        }
    }

    /// Takes fields from all managers but one.
    mutating func take(_ fields: FieldSet, exceptFrom keeper: Entry) {
        for index in entries.indices where !entries[index].isSame(as: keeper) {
            entries[index].fields = entries[index].fields.subtracting(fields)
        }
        entries.removeAll { $0.fields.isEmpty }
    }

    /// Notes an ordinary write: the writer owns what it changed, and what is gone belongs to nobody.
    mutating func noteUpdate(from old: JSON, to new: JSON, by writer: Entry, _ rules: MergeRules) {
        let changed = FieldSet.changed(from: old, to: new, rules)
        var writer = writer
        writer.fields = (entry(writer.manager, "Update", writer.subresource)?.fields ?? FieldSet()).union(changed)
        take(changed, exceptFrom: writer)
        set(writer)
        for index in entries.indices { entries[index].fields = entries[index].fields.existing(in: new, rules) }
        entries.removeAll { $0.fields.isEmpty }
    }
}
