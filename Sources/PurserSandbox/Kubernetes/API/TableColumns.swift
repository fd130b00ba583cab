import Foundation

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
        case BuiltInResources.serviceAccounts: return [age]
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
        case BuiltInResources.jobs: return jobs(age, now)
        case BuiltInResources.cronJobs: return cronJobs(age, now)
        case BuiltInResources.services: return services(age)
        case BuiltInResources.leases: return [field("Holder", ["spec", "holderIdentity"]), age]
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
            field("Nominated Node", ["status", "nominatedNodeName"], priority: 1),
            Column(name: "Readiness Gates", priority: 1) { _ in "<none>" },
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

    private static func jobs(_ age: Column, _ now: @escaping () -> Date) -> [Column] {
        [
            Column(name: "Status") { job in
                job.hasCondition("Complete") ? "Complete" : job.hasCondition("Failed") ? "Failed" : "Running"
            },
            Column(name: "Completions") {
                .string("\(number($0, "succeeded"))/\($0[path: "spec", "completions"]?.intValue ?? 1)")
            },
            Column(name: "Duration") { .string(duration(of: $0, now())) }, age,
        ]
    }

    private static func duration(of job: JSON, _ now: Date) -> String {
        guard let start = job[path: "status", "startTime"], start != .null else { return "" }
        let end = job[path: "status", "completionTime"]?.stringValue.flatMap(KubernetesTime.date)
        return ObjectTable.age(of: start, end ?? now)
    }

    private static func cronJobs(_ age: Column, _ now: @escaping () -> Date) -> [Column] {
        [
            field("Schedule", ["spec", "schedule"]), field("Timezone", ["spec", "timeZone"]),
            Column(name: "Suspend") { $0[path: "spec", "suspend"] == true ? "True" : "False" },
            Column(name: "Active", type: "integer") { .int($0[path: "status", "active"]?.arrayValue?.count ?? 0) },
            Column(name: "Last Schedule") {
                let last = $0[path: "status", "lastScheduleTime"]
                return last == nil ? "<none>" : .string(ObjectTable.age(of: last, now()))
            }, age,
        ]
    }

    /// Nothing of the sandbox balances load: there is no external address.
    private static func services(_ age: Column) -> [Column] {
        [
            field("Type", ["spec", "type"]), field("Cluster-IP", ["spec", "clusterIP"]),
            Column(name: "External-IP") { _ in "<none>" },
            Column(name: "Port(s)") { service in
                let ports = (service[path: "spec", "ports"]?.arrayValue ?? []).map {
                    "\($0["port"]?.intValue ?? 0)/\($0["protocol"]?.stringValue ?? "TCP")"
                }
                return .string(ports.isEmpty ? "<none>" : ports.joined(separator: ","))
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
        Column(name: name, type: "string") { .int($0[field]?.objectValue?.count ?? 0) }
    }

    private static func number(_ object: JSON, _ field: String) -> Int {
        object[path: "status", field]?.intValue ?? 0
    }
}
