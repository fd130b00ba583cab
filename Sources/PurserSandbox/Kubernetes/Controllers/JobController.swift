/// Runs jobs: each completion is a pod, which succeeds as soon as its volumes are mounted, because no program runs.
/// Source: Kubernetes documentation, "Jobs"; API reference v1.33, `JobStatus`.
struct JobController: Sendable {
    let objects: ObjectStore

    func reconcile() async throws {
        for job in await objects.list(BuiltInResources.jobs) where !job.isBeingDeleted {
            if job.hasCondition("Complete") || job.hasCondition("Failed") { continue }
            if job[path: "spec", "suspend"] == true { continue }
            try await reconcile(job)
        }
    }

    private func reconcile(_ job: JSON) async throws {
        let template = PodTemplate(objects: objects, owner: job)
        let parallelism = job[path: "spec", "parallelism"]?.intValue ?? 1
        let completions = job[path: "spec", "completions"]?.intValue ?? parallelism
        let pods = await template.pods()
        let succeeded = pods.count { $0[path: "status", "phase"] == "Succeeded" }
        let active = pods.count { !$0.isBeingDeleted && $0[path: "status", "phase"] != "Succeeded" }
        let missing = min(parallelism, completions - succeeded) - active
        if missing > 0 {
            for _ in 0..<missing {
                try await template.addPod(named: "\(job.objectName)-\(NameSuffix.random())")
            }
        }
        try await noteStatus(job, active: active + max(missing, 0), succeeded, isComplete: succeeded >= completions)
    }

    private func noteStatus(_ job: JSON, active: Int, _ succeeded: Int, isComplete: Bool) async throws {
        let time = JSON.string(objects.time)
        try await objects.update(BuiltInResources.jobs, like: job) { job in
            job.setDefault("status", [:])
            job.update("status") { status in
                status.setDefault("startTime", time)
                status["active"] = nil
                if active > 0, !isComplete { status["active"] = .int(active) }
                if succeeded > 0 { status["succeeded"] = .int(succeeded) }
                status["ready"] = 0
                status["terminating"] = 0
                status["uncountedTerminatedPods"] = [:]
                if isComplete { status["completionTime"] = time }
            }
            guard isComplete else { return }
            for (type, reason) in [("SuccessCriteriaMet", "CompletionsReached"), ("Complete", "CompletionsReached")] {
                job.setCondition(
                    [
                        "type": .string(type), "status": "True", "reason": .string(reason),
                        "message": "Reached expected number of succeeded pods", "lastProbeTime": time,
                    ], at: time.stringValue ?? "")
            }
        }
        if isComplete {
            try await EventRecorder(objects: objects).record(
                .normal, "Completed", "Job completed", about: job, from: "job-controller")
        }
    }
}
