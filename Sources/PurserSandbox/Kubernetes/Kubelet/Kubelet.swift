import Foundation

/// The kubelets of all nodes: they mount pods' volumes, start their containers (no program runs), rotate what is
/// mounted, and clean up. Whatever fails is tried again: after half a second at first, then less often, and at once
/// when something in the cluster has changed that may matter.
actor Kubelet {
    /// What is known of one pod beyond its object; made anew after a restart.
    private struct Runtime {
        var mounted: Set<String> = []
        var isStarted = false
        /// The variables of each container, as they were when it started. In memory alone: they may hold secrets.
        var variables: [String: [EnvironmentVariable]] = [:]
        var failures: [String: Failure] = [:]
        var isSynced = false
        var lastSync = Date.distantPast
    }

    private struct Failure {
        var count = 0
        var retryAt = Date.distantPast
    }

    /// Seconds between tries: doubled each time, from the first to the last.
    private static let backOff = (first: 0.5, last: 5.0)
    /// The driver looks at every Secret again after this many seconds.
    private static let resync: TimeInterval = 300

    private let objects: ObjectStore
    private let files: NodeFiles
    private let volumes: VolumeMounter
    private var runtimes: [String: Runtime] = [:]
    private var nextRotation: [String: Date] = [:]

    init(objects: ObjectStore, files: NodeFiles, volumes: VolumeMounter) {
        self.objects = objects
        self.files = files
        self.volumes = volumes
    }

    /// When something is to be done again, if nothing else happens before.
    var nextDeadline: Date? {
        let retries = runtimes.values.flatMap { $0.failures.values.map(\.retryAt) }
        return (retries + nextRotation.values).min()
    }

    /// Makes everything that has failed due at once.
    func forgetDelays() {
        for uid in runtimes.keys {
            for volume in runtimes[uid]?.failures.keys ?? [:].keys {
                runtimes[uid]?.failures[volume]?.retryAt = .distantPast
            }
        }
    }

    func reconcile() async throws {
        let pods = await objects.list(BuiltInResources.pods)
        let nodes = await NodeSnapshot.all(objects, pods)
        files.keepOnly(pods)
        let active = Set(pods.filter { !Self.hasEnded($0) }.map(\.objectUID))
        runtimes = runtimes.filter { active.contains($0.key) }
        for pod in pods {
            guard let name = pod[path: "spec", "nodeName"]?.stringValue else { continue }
            if pod.isBeingDeleted {
                // Also when the node is gone: then nobody else would.
                try await end(pod)
            } else if let node = nodes[name], !Self.hasEnded(pod) {
                try await sync(pod, node)
            }
        }
        for node in nodes.values { try await rotate(on: node, pods) }
    }

    private static func hasEnded(_ pod: JSON) -> Bool {
        ["Succeeded", "Failed"].contains(pod[path: "status", "phase"]?.stringValue ?? "")
    }

    private func end(_ pod: JSON) async throws {
        files.end(pod)
        runtimes[pod.objectUID] = nil
        if pod.finalizers.isEmpty { try await objects.removeNow(BuiltInResources.pods, pod) }
    }

    // MARK: - Mounting and starting

    private func sync(_ pod: JSON, _ node: NodeSnapshot) async throws {
        try files.begin(pod)
        var runtime = runtimes[pod.objectUID] ?? recalled(pod)
        if pod[path: "status", "startTime"] == nil {
            try await report(.waiting(reason: "ContainerCreating", message: ""), pod)
        }
        for volume in Self.neededVolumes(of: pod) {
            try await setUp(volume, pod, node, &runtime)
        }
        runtimes[pod.objectUID] = runtime
        let needed = Set(Self.neededVolumes(of: pod).compactMap { $0["name"]?.stringValue })
        if needed.isSubset(of: runtime.mounted) { try await start(pod) }
        try await syncSecrets(pod, node)
    }

    /// After a restart of the sandbox: what lies on disk is mounted.
    private func recalled(_ pod: JSON) -> Runtime {
        var runtime = Runtime()
        let isRunning = pod[path: "status", "phase"] == "Running"
        runtime.isStarted = isRunning
        for volume in Self.neededVolumes(of: pod) {
            guard let name = volume["name"]?.stringValue else { continue }
            if isRunning || files.volume(name, of: pod).exists { runtime.mounted.insert(name) }
        }
        return runtime
    }

    /// The volumes that some container mounts; kubelet sets up no others.
    private static func neededVolumes(of pod: JSON) -> [JSON] {
        let containers = ["initContainers", "containers"].flatMap { pod[path: "spec", $0]?.arrayValue ?? [] }
        let mounted = Set(
            containers.flatMap { $0["volumeMounts"]?.arrayValue ?? [] }.compactMap { $0["name"]?.stringValue })
        return (pod[path: "spec", "volumes"]?.arrayValue ?? []).filter {
            mounted.contains($0["name"]?.stringValue ?? "")
        }
    }

    private func setUp(_ volume: JSON, _ pod: JSON, _ node: NodeSnapshot, _ runtime: inout Runtime) async throws {
        let name = volume["name"]?.stringValue ?? ""
        let isMounted = runtime.mounted.contains(name)
        // Secrets and ConfigMaps follow their objects; what a CSI driver has mounted is the driver's to change.
        if isMounted, volume["secret"] == nil, volume["configMap"] == nil { return }
        if let failure = runtime.failures[name], failure.retryAt > objects.now() { return }
        do throws(VolumeMounter.Failure) {
            try await volumes.setUp(volume, of: pod, on: node)
            runtime.mounted.insert(name)
            runtime.failures[name] = nil
        } catch {
            // A mounted volume keeps its content when its source goes.
            if isMounted { return }
            var failure = runtime.failures[name] ?? Failure()
            let delay = min(Self.backOff.first * Double(1 << min(failure.count, 10)), Self.backOff.last)
            failure.count += 1
            failure.retryAt = objects.now().addingTimeInterval(delay)
            runtime.failures[name] = failure
            try await EventRecorder(objects: objects).record(
                .warning, "FailedMount", error.text, about: pod, from: "kubelet", node: node.name)
        }
    }

    private func start(_ pod: JSON) async throws {
        if runtimes[pod.objectUID]?.isStarted == true { return }
        if let problem = await ContainerEnvironment(objects: objects).problem(of: pod) {
            try await report(.waiting(reason: "CreateContainerConfigError", message: problem), pod)
            try await EventRecorder(objects: objects).record(
                .warning, "Failed", "Error: \(problem)", about: pod, from: "kubelet",
                node: pod[path: "spec", "nodeName"]?.stringValue)
            return
        }
        try files.link(pod)
        runtimes[pod.objectUID]?.isStarted = true
        runtimes[pod.objectUID]?.variables = await variables(of: pod)
        let isJob = pod.ownerReferences.contains { $0["kind"] == "Job" }
        try await report(isJob ? .completed : .running, pod)
        for container in pod[path: "spec", "containers"]?.arrayValue ?? [] {
            try await EventRecorder(objects: objects).record(
                .normal, "Started", "Started container \(container["name"]?.stringValue ?? "")", about: pod,
                from: "kubelet", node: pod[path: "spec", "nodeName"]?.stringValue)
        }
        if isJob { files.end(pod) }
    }

    // MARK: - What runs in a container

    /// Nil for a container that does not run.
    func program(in name: String, of pod: JSON) async -> ContainerProgram? {
        let statuses = pod[path: "status", "containerStatuses"]?.arrayValue ?? []
        guard !pod.isBeingDeleted,
            let container = Self.containers(of: pod).first(where: { $0["name"] == .string(name) }),
            statuses.contains(where: { $0["name"] == .string(name) && $0[path: "state", "running"] != nil })
        else { return nil }
        // A restart of the sandbox forgets them, as if the containers had been restarted too.
        var variables = runtimes[pod.objectUID]?.variables[name]
        if variables == nil {
            let all = await self.variables(of: pod)
            runtimes[pod.objectUID]?.variables = all
            variables = all[name]
        }
        return ContainerProgram(files: files.view(of: container, pod), environment: variables ?? [])
    }

    private static func containers(of pod: JSON) -> [JSON] { pod[path: "spec", "containers"]?.arrayValue ?? [] }

    private func variables(of pod: JSON) async -> [String: [EnvironmentVariable]] {
        var variables: [String: [EnvironmentVariable]] = [:]
        for container in Self.containers(of: pod) {
            variables[container["name"]?.stringValue ?? ""] = await ContainerEnvironment(objects: objects)
                .variables(of: container, pod)
        }
        return variables
    }

    private func report(_ state: PodStatus.State, _ pod: JSON) async throws {
        let status = PodStatus(state: state, time: objects.time)
        try await objects.update(BuiltInResources.pods, like: pod) { status.write(to: &$0) }
    }

    // MARK: - The driver's loops

    private func syncSecrets(_ pod: JSON, _ node: NodeSnapshot) async throws {
        guard let runtime = runtimes[pod.objectUID], let installation = node.installation else { return }
        let sync = SecretSync(objects: objects, files: files, installation: installation)
        for volume in Self.neededVolumes(of: pod) {
            guard let mount = volumes.mount(volume, of: pod, on: node), runtime.mounted.contains(mount.volumeName)
            else { continue }
            let key = "sync/\(mount.volumeName)"
            let now = objects.now()
            if let failure = runtimes[pod.objectUID]?.failures[key], failure.retryAt > now { continue }
            if try await sync.reconcile(mount) {
                runtimes[pod.objectUID]?.failures[key] = Failure(count: 0, retryAt: now + Self.resync)
            } else {
                runtimes[pod.objectUID]?.failures[key] = Failure(count: 1, retryAt: now + Self.backOff.last)
            }
        }
    }

    private func rotate(on node: NodeSnapshot, _ pods: [JSON]) async throws {
        guard let installation = node.installation, installation.rotates else {
            nextRotation[node.name] = nil
            return
        }
        let now = objects.now()
        let interval = installation.pollInterval / .seconds(1)
        guard let due = nextRotation[node.name] else {
            nextRotation[node.name] = now + interval
            return
        }
        guard due <= now else { return }
        nextRotation[node.name] = now + interval
        for pod in pods where pod[path: "spec", "nodeName"]?.stringValue == node.name {
            guard !pod.isBeingDeleted, !Self.hasEnded(pod), let runtime = runtimes[pod.objectUID] else { continue }
            for volume in Self.neededVolumes(of: pod) {
                guard runtime.mounted.contains(volume["name"]?.stringValue ?? "") else { continue }
                try await volumes.rotate(volume, of: pod, on: node)
            }
        }
    }
}

/// What a pass knows of a node.
struct NodeSnapshot: Sendable {
    let name: String
    let scaleSet: String
    let installation: DriverInstallation?

    static func all(_ objects: ObjectStore, _ pods: [JSON]) async -> [String: NodeSnapshot] {
        let nodes = await objects.list(BuiltInResources.nodes).map { node in
            let here = pods.filter { $0[path: "spec", "nodeName"]?.stringValue == node.objectName }
            return NodeSnapshot(
                name: node.objectName, scaleSet: NodeController.scaleSet(of: node) ?? "",
                installation: DriverInstallation(podsOnNode: here))
        }
        return Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
    }
}
