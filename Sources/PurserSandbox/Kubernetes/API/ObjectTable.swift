import Foundation

/// Objects as a table, with the columns that `kubectl get` shows.
/// Source: Kubernetes API reference v1.33, `meta.k8s.io/v1 Table`.
struct ObjectTable {
    struct Column {
        var name: String
        var type = "string"
        var format = ""
        /// 0 is always shown, anything else only with `-o wide`.
        var priority = 0
        var cell: (JSON) -> JSON
    }

    private let columns: [Column]
    private let includesWhole: Bool
    private let includesNothing: Bool

    init(_ resource: ResourceRequest) {
        let include = resource.parameter("includeObject")
        includesWhole = include == "Object"
        includesNothing = include == "None"
        let now = { Date() }
        // An event is known by what it says, not by its name.
        let priority = resource.type == BuiltInResources.events ? 1 : 0
        let name = Column(name: "Name", format: "name", priority: priority) { .string($0.objectName) }
        if let custom = resource.type.custom {
            let own = (custom.columns[resource.version] ?? []).map { Self.column($0, now) }
            columns = own.isEmpty ? [name, Self.age(now)] : [name] + own
        } else {
            let own = TableColumns.columns(for: resource.type, now: now)
            columns = resource.type == BuiltInResources.events ? own + [name] : [name] + own
        }
    }

    func document(of objects: [JSON], metadata: JSON) -> JSON {
        let definitions = columns.map { column -> JSON in
            [
                "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
                "description": "", "priority": .int(column.priority),
            ]
        }
        let rows = objects.map { object -> JSON in
            var row: JSON = ["cells": .array(columns.map { $0.cell(object) })]
            if includesNothing { return row }
            row["object"] = includesWhole ? object : RepresentationForm.metadataOnly(object)
            return row
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": .array(definitions), "rows": .array(rows),
        ]
    }

    static func age(_ now: @escaping () -> Date) -> Column {
        Column(name: "Age") { .string(age(of: $0[path: "metadata", "creationTimestamp"], now())) }
    }

    /// A column of a CustomResourceDefinition; its JSON path is a plain one.
    private static func column(_ definition: JSON, _ now: @escaping () -> Date) -> Column {
        let type = definition["type"]?.stringValue ?? "string"
        let path = (definition["jsonPath"]?.stringValue ?? "").split(separator: ".").map(String.init)
        return Column(
            name: definition["name"]?.stringValue ?? "", type: type,
            priority: definition["priority"]?.intValue ?? 0
        ) { object in
            let value = object[path: path]
            return type == "date" ? .string(age(of: value, now())) : value ?? ""
        }
    }

    /// As kubectl shows durations: the two largest units, the smaller only while it matters.
    static func age(of time: JSON?, _ now: Date) -> String {
        guard let text = time?.stringValue, let date = KubernetesTime.date(text) else { return "<unknown>" }
        let seconds = max(Int(now.timeIntervalSince(date)), 0)
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<600: return seconds % 60 == 0 ? "\(minutes)m" : "\(minutes)m\(seconds % 60)s"
        case ..<10_800: return "\(minutes)m"
        case ..<28_800: return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h\(minutes % 60)m"
        case ..<172_800: return "\(hours)h"
        case ..<691_200: return hours % 24 == 0 ? "\(days)d" : "\(days)d\(hours % 24)h"
        default: return "\(days)d"
        }
    }
}
