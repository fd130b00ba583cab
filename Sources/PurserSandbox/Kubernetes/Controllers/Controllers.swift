import Foundation

/// Everything that acts in the cluster by itself: what the controller manager, the scheduler and the kubelets do.
actor Controllers {
    private let objects: ObjectStore
    private let kubelet: Kubelet
    /// Passes until nothing changes any more; a bound, in case two parts disagree for ever.
    private static let mostPasses = 50

    init(objects: ObjectStore, kubelet: Kubelet) {
        self.objects = objects
        self.kubelet = kubelet
    }

    /// Acts until there is nothing left to do at this moment.
    /// - Returns: the version of the cluster that was looked at last; whatever came later is still to be looked at.
    @discardableResult
    func reconcile() async throws -> Int {
        var before = await version
        for _ in 0..<Self.mostPasses {
            try await pass()
            let after = await version
            if after == before { break }
            before = after
        }
        return before
    }

    private var version: Int {
        get async { await objects.store.transaction { objects.currentVersion(on: $0) } }
    }

    private func pass() async throws {
        try await DefinitionController(objects: objects).reconcile()
        try await NamespaceController(objects: objects).reconcile()
        try await DeploymentController(objects: objects).reconcile()
        try await ReplicaSetController(objects: objects).reconcile()
        try await StatefulSetController(objects: objects).reconcile()
        try await DaemonSetController(objects: objects).reconcile()
        try await VolumeClaimController(objects: objects).reconcile()
        try await CronJobController(objects: objects).reconcile()
        try await JobController(objects: objects).reconcile()
        try await Scheduler(objects: objects).reconcile()
        try await kubelet.reconcile()
        try await GarbageCollector(objects: objects).reconcile()
    }

    /// Acts on every change, and when something is due again, until the task is cancelled.
    /// - Parameter report: told of what goes wrong, e.g. a full disk; the controllers go on.
    func run(report: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            var seen = await version
            do {
                seen = try await reconcile()
            } catch {
                report(error)
            }
            guard let changes = await changes(after: seen) else { continue }
            await wait(for: changes)
        }
    }

    /// nil if changes were forgotten meanwhile, so that everything must be looked at again.
    private func changes(after version: Int) async -> AsyncStream<ObjectEvent>? {
        await objects.store.transaction { store in
            try? objects.hub.subscribe(to: nil, after: version, current: objects.currentVersion(on: store))
        }
    }

    /// Returns on the next change that is not one of our own reports, or when something is due.
    private func wait(for changes: AsyncStream<ObjectEvent>) async {
        let deadline = await kubelet.nextDeadline
        let now = objects.now()
        let isChange = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await event in changes where event.collection != BuiltInResources.events.collection { return true }
                return false
            }
            group.addTask {
                let delay = deadline.map { max($0.timeIntervalSince(now), 0.01) } ?? 60
                try? await Task.sleep(for: .seconds(min(delay, 60)))
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        if isChange { await kubelet.forgetDelays() }
    }
}
