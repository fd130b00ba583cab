import PurserClients
import PurserEngine
import PurserSyntax

/// The classes, pods and workloads that an import is about, found by lists: a request for each kind and namespace.
struct ClusterSurvey: Sendable {
    let client: KubernetesClient
    let scope: SurveyScope

    /// What was chosen.
    struct Chosen: Sendable {
        var classes: [Value] = []
        var pods: [PodReading] = []
        /// Of those, what is not in the cluster, as `KIND NAMESPACE/NAME`.
        var absent: Set<String> = []
        /// Namespaces that are not in the cluster.
        var absentNamespaces: Set<String> = []

        func isThere(_ label: String) -> Bool { !absent.contains(label) }
    }

    func chosen(_ remarks: inout Diagnostics) async throws -> Chosen {
        var chosen = Chosen()
        for namespace in scope.allNamespaces {
            let found = try await objects(of: namespace, &remarks)
            choose(from: found, namespace, &chosen, &remarks)
        }
        if scope.manifests != nil { chosen.absentNamespaces = try await absentNamespaces() }
        return chosen
    }

    private func absentNamespaces() async throws(ServiceError) -> Set<String> {
        let there = try await client.list(ObjectKind.namespace.path(namespace: nil, name: nil)).compactMap {
            $0.at("metadata", "name")?.string
        }
        return Set(scope.allNamespaces).subtracting(there)
    }

    /// The nodes' place in Azure, from the first that is a machine of a scale set.
    ///
    /// Source: Azure cloud provider for Kubernetes, `spec.providerID`: `azure:///subscriptions/…/resourceGroups/…`
    /// `/providers/Microsoft.Compute/virtualMachineScaleSets/NAME/virtualMachines/N`.
    func nodePlace() async throws(ServiceError) -> (subscription: String, group: String)? {
        let nodes = try await client.list(ResourcePath(version: "v1", resource: "nodes"))
        for node in nodes {
            let parts = (node.at("spec", "providerID")?.string ?? "").split(separator: "/").map(String.init)
            guard parts.count >= 9, parts[0] == "azure:", parts[7].lowercased() == "virtualmachinescalesets" else {
                continue
            }
            return (parts[2], parts[4])
        }
        return nil
    }

    static func namespace(of object: Value) -> String { object.member("metadata", "namespace")?.string ?? "default" }
    static func name(of object: Value) -> String { object.member("metadata", "name")?.string ?? "" }

    // MARK: Lists

    private struct Objects {
        var classes: [Value] = []
        var pods: [Value] = []
        /// By kind and name.
        var owners: [String: Value] = [:]
        var manifests: [Value] = []
    }

    private func objects(of namespace: String, _ remarks: inout Diagnostics) async throws -> Objects {
        var found = Objects()
        found.manifests = (scope.manifests ?? []).map(\.value).filter { Self.namespace(of: $0) == namespace }
        found.classes = try await list(.secretProviderClass, namespace)
        found.pods = try await list(.pod, namespace)
        for kind in ownerKinds(namespace, found) {
            for object in try await list(kind, namespace) {
                found.owners["\(kind.name)/\(Self.name(of: object))"] = object
            }
        }
        return found
    }

    /// Empty also where the driver's definitions are not there yet.
    private func list(_ kind: ObjectKind, _ namespace: String) async throws(ServiceError) -> [Value] {
        do throws(ServiceError) {
            return try await client.list(kind.path(namespace: namespace, name: nil)).map { object in
                var value = object.value.object ?? [:]
                // Elements of a list need not say their kind.
                value["kind"] = .string(kind.name)
                return .object(value)
            }
        } catch {
            guard error.isNotFound else { throw error }
            return []
        }
    }

    private static let replicaSet = ObjectKind("ReplicaSet", "replicasets", group: "apps")

    /// All kinds where workloads without pods may count, otherwise only what the pods' owners call for.
    private func ownerKinds(_ namespace: String, _ found: Objects) -> [ObjectKind] {
        let all = WorkloadKind.allCases.map(\.object)
        let isWide = scope.namespaces.contains(namespace) || scope.classes.contains { $0.namespace == namespace }
        if isWide || !found.manifests.isEmpty { return all + [Self.replicaSet] }
        let owners = Set(found.pods.compactMap { Self.owner(of: $0)?.kind })
        var kinds = all.filter { owners.contains($0.name) }
        if owners.contains("ReplicaSet") { kinds += [Self.replicaSet, .deployment] }
        if owners.contains("Job") { kinds.append(.cronJob) }
        return kinds
    }

    private static func owner(of object: Value) -> (kind: String, name: String)? {
        let references = object.member("metadata", "ownerReferences")?.list ?? []
        let controller = references.first { $0["controller"] == true } ?? references.first
        guard let kind = controller?["kind"]?.string, let name = controller?["name"]?.string else { return nil }
        return (kind, name)
    }

    // MARK: Choosing

    private func choose(
        from found: Objects, _ namespace: String, _ chosen: inout Chosen, _ remarks: inout Diagnostics
    ) {
        var labels = Set(chosen.pods.map(\.label))
        let wholeNamespace = scope.namespaces.contains(namespace) && scope.manifests == nil
        let wantedPods = Set(scope.pods.filter { $0.namespace == namespace }.map(\.name))
        let wantedClasses = Set(scope.classes.filter { $0.namespace == namespace }.map(\.name))
        for name in wantedPods.sorted() where !found.pods.contains(where: { Self.name(of: $0) == name }) {
            tellMissing("pod '\(namespace)/\(name)'", &remarks)
        }
        for name in wantedClasses.sorted() where !found.classes.contains(where: { Self.name(of: $0) == name }) {
            tellMissing("SecretProviderClass '\(namespace)/\(name)'", &remarks)
        }
        var subjects: [Value] = []
        for pod in found.pods where !PodReading.classVolumes(pod["spec"]).isEmpty {
            let mounted = Set(PodReading.classVolumes(pod["spec"]).map(\.name))
            let isWanted =
                wholeNamespace || wantedPods.contains(Self.name(of: pod)) || !mounted.isDisjoint(with: wantedClasses)
            if isWanted, let top = top(of: pod, found, &remarks) { subjects.append(top) }
        }
        subjects += found.owners.values.filter { owner in
            guard owner["kind"]?.string != "ReplicaSet", Self.owner(of: owner) == nil else { return false }
            return wholeNamespace || PodReading(owner)?.classes.contains(where: wantedClasses.contains) == true
        }
        subjects += manifests(found, &chosen)
        for subject in subjects {
            guard let pod = PodReading(subject), !pod.classes.isEmpty, labels.insert(pod.label).inserted else {
                continue
            }
            chosen.pods.append(pod)
        }
        chosen.pods.sort { $0.label < $1.label }
        chooseClasses(found, namespace, wantedClasses, wholeNamespace, &chosen)
    }

    private func chooseClasses(
        _ found: Objects, _ namespace: String, _ wanted: Set<String>, _ wholeNamespace: Bool, _ chosen: inout Chosen
    ) {
        let mounted = Set(chosen.pods.filter { $0.namespace == namespace }.flatMap(\.classes))
        var names: Set<String> = []
        for object in found.classes {
            let name = Self.name(of: object)
            let isListed = found.manifests.contains { Self.isClass($0) && Self.name(of: $0) == name }
            guard wholeNamespace || isListed || wanted.contains(name) || mounted.contains(name) else { continue }
            names.insert(name)
            chosen.classes.append(object)
        }
        for object in found.manifests where Self.isClass(object) && names.insert(Self.name(of: object)).inserted {
            chosen.absent.insert("SecretProviderClass \(namespace)/\(Self.name(of: object))")
            chosen.classes.append(object)
        }
    }

    /// Pods and workloads of manifests: as the cluster has them, or else as they are written.
    private func manifests(_ found: Objects, _ chosen: inout Chosen) -> [Value] {
        found.manifests.filter { !Self.isClass($0) }.compactMap { manifest in
            guard let pod = PodReading(manifest) else { return nil }
            let live =
                pod.kind == nil
                ? found.pods.first { Self.name(of: $0) == pod.name }
                : found.owners["\(pod.kind?.rawValue ?? "")/\(pod.name)"]
            if live == nil { chosen.absent.insert(pod.label) }
            return live ?? manifest
        }
    }

    private static func isClass(_ object: Value) -> Bool {
        object["kind"]?.string == ObjectKind.secretProviderClass.name
    }

    /// The workload that a pod belongs to, or the pod itself. Nil, with a word on it, for what no spec can say.
    private func top(of pod: Value, _ found: Objects, _ remarks: inout Diagnostics) -> Value? {
        var object = pod
        for _ in 0..<3 {
            guard let owner = Self.owner(of: object) else { break }
            guard let next = found.owners["\(owner.kind)/\(owner.name)"] else {
                return leftOut(
                    pod, "it belongs to \(owner.kind) '\(owner.name)', for which the spec has no word", &remarks)
            }
            object = next
        }
        if object["kind"]?.string == "ReplicaSet" {
            return leftOut(pod, "it belongs to a ReplicaSet without a Deployment", &remarks)
        }
        return object
    }

    private func leftOut(_ pod: Value, _ why: String, _ remarks: inout Diagnostics) -> Value? {
        remarks.append(
            .importPodLeftOut, "pod '\(Self.namespace(of: pod))/\(Self.name(of: pod))' is left out: \(why)", at: nil,
            hint: "what it mounts is taken over if a pod or class that is named mounts it too", severity: .warning)
        return nil
    }

    private func tellMissing(_ what: String, _ remarks: inout Diagnostics) {
        remarks.append(
            .importNothing, "there is no \(what)", at: nil,
            hint: "check its name, namespace and the kubeconfig's context")
    }
}
