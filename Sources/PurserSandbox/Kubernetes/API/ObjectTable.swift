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

/// The columns of the built-in resources, after the name.
enum TableColumns {
    typealias Column = ObjectTable.Column

    static func columns(for type: ResourceType, now: @escaping () -> Date) -> [Column] {
        let age = ObjectTable.age(now)
        switch type {
        case BuiltInResources.pods: return pods(age)
        case BuiltInResources.namespaces: return [field("Status", ["status", "phase"]), age]
        case BuiltInResources.secrets:
            return [field("Type", ["type"]), count("Data", "data"), age]
        case BuiltInResources.configMaps: return [count("Data", "data"), age]
        case BuiltInResources.serviceAccounts: return [Column(name: "Secrets", type: "integer") { _ in 0 }, age]
        case BuiltInResources.deployments:
            return [
                Column(name: "Ready") {
                    .string("\(number($0, "readyReplicas"))/\($0[path: "spec", "replicas"]?.intValue ?? 0)")
                },
                status("Up-to-date", "updatedReplicas"), status("Available", "availableReplicas"), age,
            ]
        case BuiltInResources.statefulSets:
            return [
                Column(name: "Ready") {
                    .string("\(number($0, "readyReplicas"))/\($0[path: "spec", "replicas"]?.intValue ?? 0)")
                },
                age,
            ]
        case BuiltInResources.replicaSets:
            return [
                Column(name: "Desired", type: "integer") { $0[path: "spec", "replicas"] ?? 0 },
                status("Current", "replicas"), status("Ready", "readyReplicas"), age,
            ]
        case BuiltInResources.daemonSets: return daemonSets(age)
        case BuiltInResources.jobs: return jobs(age)
        case BuiltInResources.nodes: return nodes(age)
        case BuiltInResources.events: return events(now)
        case BuiltInResources.definitions:
            return [Column(name: "Created At", type: "date") { $0[path: "metadata", "creationTimestamp"] ?? "" }]
        case BuiltInResources.roles, BuiltInResources.clusterRoles:
            return [Column(name: "Created At", type: "date") { $0[path: "metadata", "creationTimestamp"] ?? "" }]
        case BuiltInResources.roleBindings, BuiltInResources.clusterRoleBindings:
            return [
                Column(name: "Role") {
                    .string(
                        "\($0[path: "roleRef", "kind"]?.stringValue ?? "")/\($0[path: "roleRef", "name"]?.stringValue ?? "")"
                    )
                }, age,
            ]
        default: return [age]
        }
    }

    private static func pods(_ age: Column) -> [Column] {
        [
            Column(name: "Ready") { pod in
                let statuses = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
                let all = pod[path: "spec", "containers"]?.arrayValue?.count ?? 0
                return .string("\(statuses.filter { $0["ready"] == true }.count)/\(all)")
            },
            Column(name: "Status") { .string(podStatus($0)) },
            Column(name: "Restarts") { _ in "0" }, age,
            field("IP", ["status", "podIP"], priority: 1), field("Node", ["spec", "nodeName"], priority: 1),
        ]
    }

    private static func podStatus(_ pod: JSON) -> String {
        if pod.isBeingDeleted { return "Terminating" }
        let statuses = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
        let waiting = statuses.compactMap { $0[path: "state", "waiting", "reason"]?.stringValue }.first
        let phase = pod[path: "status", "phase"]?.stringValue ?? "Unknown"
        return waiting ?? (phase == "Succeeded" ? "Completed" : phase)
    }

    private static func daemonSets(_ age: Column) -> [Column] {
        [
            status("Desired", "desiredNumberScheduled"), status("Current", "currentNumberScheduled"),
            status("Ready", "numberReady"), status("Up-to-date", "updatedNumberScheduled"),
            status("Available", "numberAvailable"),
            Column(name: "Node Selector") { object in
                let selector = object[path: "spec", "template", "spec", "nodeSelector"]?.stringMap ?? [:]
                let texts = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return texts.isEmpty ? "<none>" : .string(texts.joined(separator: ","))
            }, age,
        ]
    }

    private static func jobs(_ age: Column) -> [Column] {
        [
            Column(name: "Status") { job in
                job.hasCondition("Complete") ? "Complete" : job.hasCondition("Failed") ? "Failed" : "Running"
            },
            Column(name: "Completions") {
                .string("\(number($0, "succeeded"))/\($0[path: "spec", "completions"]?.intValue ?? 1)")
            }, age,
        ]
    }

    private static func nodes(_ age: Column) -> [Column] {
        [
            Column(name: "Status") { $0.hasCondition("Ready") ? "Ready" : "NotReady" },
            Column(name: "Roles") { _ in "<none>" }, age, field("Version", ["status", "nodeInfo", "kubeletVersion"]),
        ]
    }

    private static func events(_ now: @escaping () -> Date) -> [Column] {
        [
            Column(name: "Last Seen") { .string(ObjectTable.age(of: $0["lastTimestamp"], now())) },
            field("Type", ["type"]), field("Reason", ["reason"]),
            Column(name: "Object") { event in
                let object = event["involvedObject"] ?? [:]
                let kind = object["kind"]?.stringValue?.lowercased() ?? ""
                return .string("\(kind)/\(object["name"]?.stringValue ?? "")")
            },
            Column(name: "Message") { .string(($0["message"]?.stringValue ?? "").trimmingBlanks()) },
        ]
    }

    private static func field(_ name: String, _ path: [String], priority: Int = 0) -> Column {
        Column(name: name, priority: priority) { $0[path: path] ?? "<none>" }
    }

    private static func status(_ name: String, _ field: String) -> Column {
        Column(name: name, type: "integer") { .int(number($0, field)) }
    }

    private static func count(_ name: String, _ field: String) -> Column {
        Column(name: name, type: "integer") { .int($0[field]?.objectValue?.count ?? 0) }
    }

    private static func number(_ object: JSON, _ field: String) -> Int {
        object[path: "status", field]?.intValue ?? 0
    }
}
