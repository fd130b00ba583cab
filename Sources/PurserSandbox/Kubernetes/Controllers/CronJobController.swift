import Foundation

/// Makes jobs at the times of a schedule. Source: Kubernetes documentation, "CronJob".
struct CronJobController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for cronJob in await objects.list(BuiltInResources.cronJobs) where !cronJob.isBeingDeleted {
            let jobs = await objects.list(BuiltInResources.jobs, cronJob.objectNamespace)
                .filter { $0.controllerUID == cronJob.objectUID }
            if cronJob[path: "spec", "suspend"] != true, let time = due(cronJob) {
                try await start(cronJob, at: time, beside: jobs.filter { !Self.hasEnded($0) })
            }
            try await forgetOldest(of: cronJob, jobs)
        }
    }

    private static func hasEnded(_ job: JSON) -> Bool { job.hasCondition("Complete") || job.hasCondition("Failed") }

    /// The latest time of the schedule that has come since the last one was served; earlier ones are left out.
    private func due(_ cronJob: JSON) -> Date? {
        let text = cronJob[path: "spec", "schedule"]?.stringValue ?? ""
        let last = cronJob[path: "status", "lastScheduleTime"] ?? cronJob[path: "metadata", "creationTimestamp"]
        guard let schedule = CronSchedule(text), let since = last?.stringValue.flatMap(KubernetesTime.date) else {
            return nil
        }
        return schedule.latest(after: since, upTo: objects.now())
    }

    private func start(_ cronJob: JSON, at time: Date, beside active: [JSON]) async throws {
        let policy = cronJob[path: "spec", "concurrencyPolicy"]?.stringValue ?? "Allow"
        if policy == "Forbid", !active.isEmpty { return }
        if policy == "Replace" {
            for job in active { try await objects.removeNow(BuiltInResources.jobs, job) }
        }
        try await objects.update(BuiltInResources.cronJobs, like: cronJob) {
            $0[path: "status", "lastScheduleTime"] = .string(KubernetesTime.text(time))
        }
        let name = "\(cronJob.objectName)-\(Int(time.timeIntervalSince1970) / 60)"
        var job: JSON = [
            "metadata": cronJob[path: "spec", "jobTemplate", "metadata"] ?? [:],
            "spec": cronJob[path: "spec", "jobTemplate", "spec"] ?? [:],
        ]
        job[path: "metadata", "name"] = .string(name)
        job[path: "metadata", "namespace"] = cronJob[path: "metadata", "namespace"]
        job[path: "metadata", "ownerReferences"] = [cronJob.ownerReference(controller: true)]
        let wanted = job
        try await objects.store.transaction { store in
            guard objects.get(BuiltInResources.jobs, wanted.objectNamespace, name, on: store) == nil else { return }
            var job = objects.withSystemFields(wanted, BuiltInResources.jobs)
            Defaults.apply(to: &job, BuiltInResources.jobs)
            try objects.insert(job, BuiltInResources.jobs, on: store)
        }
        try await EventRecorder(objects: objects).record(
            .normal, "SuccessfulCreate", "Created job \(name)", about: cronJob, from: "cronjob-controller")
    }

    private func forgetOldest(of cronJob: JSON, _ jobs: [JSON]) async throws {
        let ended = jobs.filter { $0.hasCondition("Complete") }
            .sorted {
                ($0[path: "status", "startTime"]?.stringValue ?? "")
                    < ($1[path: "status", "startTime"]?.stringValue ?? "")
            }
        let kept = cronJob[path: "spec", "successfulJobsHistoryLimit"]?.intValue ?? 3
        for job in ended.dropLast(kept) { try await objects.removeNow(BuiltInResources.jobs, job) }
    }
}

/// A schedule of five fields, in UTC: minute, hour, day of the month, month, day of the week.
/// Source: Kubernetes documentation, "CronJob", "Schedule syntax".
struct CronSchedule: Equatable {
    private let fields: [Set<Int>]
    /// Whether either of the two fields for days is enough, because both are restricted.
    private let eitherDay: Bool

    private static let limits = [0...59, 0...23, 1...31, 1...12, 0...7]
    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// nil if the text is no schedule.
    init?(_ text: String) {
        let parts = (Self.names[text] ?? text).split(separator: " ").map(String.init)
        guard parts.count == 5 else { return nil }
        var fields: [Set<Int>] = []
        for (part, limits) in zip(parts, Self.limits) {
            guard let field = Self.field(part, limits) else { return nil }
            fields.append(field)
        }
        if fields[4].contains(7) { fields[4].insert(0) }
        self.fields = fields
        eitherDay = !parts[2].hasPrefix("*") && !parts[4].hasPrefix("*")
    }

    private static func field(_ text: String, _ limits: ClosedRange<Int>) -> Set<Int>? {
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", maxSplits: 1).map(String.init)
            guard let base = parts.first, let range = range(base, limits, isOpen: parts.count > 1) else { return nil }
            let step = parts.count > 1 ? Int(parts[1]) ?? 0 : 1
            guard step > 0 else { return nil }
            values.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        return values
    }

    private static func range(_ text: String, _ limits: ClosedRange<Int>, isOpen: Bool) -> ClosedRange<Int>? {
        if text == "*" || text == "?" { return limits }
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let first = bounds.first ?? nil, bounds.count <= 2, let last = bounds.last ?? nil else { return nil }
        let end = bounds.count == 1 && isOpen ? limits.upperBound : last
        guard first <= end, limits.contains(first), limits.contains(end) else { return nil }
        return first...end
    }

    /// The last time of the schedule in `(start, end]`, looking back at most a day.
    func latest(after start: Date, upTo end: Date) -> Date? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        var time = Date(timeIntervalSince1970: (end.timeIntervalSince1970 / 60).rounded(.down) * 60)
        let earliest = max(start, end.addingTimeInterval(-86_400))
        while time > earliest {
            if includes(calendar.dateComponents([.minute, .hour, .day, .month, .weekday], from: time)) { return time }
            time -= 60
        }
        return nil
    }

    private func includes(_ time: DateComponents) -> Bool {
        let isDay = fields[2].contains(time.day ?? 0)
        let isWeekday = fields[4].contains((time.weekday ?? 1) - 1)
        return fields[0].contains(time.minute ?? 0) && fields[1].contains(time.hour ?? 0)
            && fields[3].contains(time.month ?? 0) && (eitherDay ? isDay || isWeekday : isDay && isWeekday)
    }
}
