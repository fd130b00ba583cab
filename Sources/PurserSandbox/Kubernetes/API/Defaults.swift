import Foundation

extension ResourceType {
    /// The status of an object that nobody has looked at yet: what the server shows of it unasked. Nil for none.
    /// Source: Kubernetes API reference v1.36, the required fields of each kind's status.
    var firstStatus: JSON? {
        guard custom == nil else { return nil }
        return switch (group, plural) {
        case ("apps", "deployments"), ("batch", "jobs"), ("batch", "cronjobs"): [:]
        case ("apps", "replicasets"): ["replicas": 0]
        case ("apps", "statefulsets"): ["replicas": 0, "availableReplicas": 0]
        case ("apps", "daemonsets"):
            [
                "currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0,
            ]
        case ("", "services"): ["loadBalancer": [:]]
        default: nil
        }
    }
}

/// The values that the API server fills in where a client gives none.
/// Source: Kubernetes API reference v1.33, the "Defaults to" of each field.
enum Defaults {
    static func apply(to object: inout JSON, _ type: ResourceType) {
        switch type {
        case BuiltInResources.pods:
            object.update("spec") { spec in
                pod(&spec)
                spec.setDefault("enableServiceLinks", true)
            }
        case BuiltInResources.deployments: object.update("spec", deployment)
        case BuiltInResources.daemonSets: object.update("spec", daemonSet)
        case BuiltInResources.statefulSets: object.update("spec", statefulSet)
        case BuiltInResources.replicaSets: object.update("spec", replicaSet)
        case BuiltInResources.jobs: job(&object)
        case BuiltInResources.cronJobs: object.update("spec", cronJob)
        case BuiltInResources.secrets: secret(&object)
        case BuiltInResources.services: object.update("spec", service)
        case BuiltInResources.csiDrivers: object.update("spec", csiDriver)
        case BuiltInResources.definitions: object.update("spec", definition)
        case BuiltInResources.roleBindings, BuiltInResources.clusterRoleBindings: binding(&object)
        default: break
        }
    }

    private static func service(_ spec: inout JSON) {
        spec.setDefault("type", "ClusterIP")
        spec.setDefault("sessionAffinity", "None")
        if spec["type"] == "ExternalName" { return }
        spec.setDefault("internalTrafficPolicy", "Cluster")
        spec.updateEach("ports") { port in
            port.setDefault("protocol", "TCP")
            port.setDefault("targetPort", port["port"] ?? 0)
        }
    }

    // MARK: - Pods

    private static func pod(_ spec: inout JSON) {
        spec.setDefault("restartPolicy", "Always")
        spec.setDefault("dnsPolicy", "ClusterFirst")
        spec.setDefault("schedulerName", "default-scheduler")
        spec.setDefault("terminationGracePeriodSeconds", 30)
        spec.setDefault("securityContext", [:])
        for list in ["initContainers", "containers"] { spec.updateEach(list, container) }
        spec.updateEach("volumes", volume)
        if let account = spec["serviceAccountName"] { spec["serviceAccount"] = account }
        if spec["hostNetwork"] == true {
            for list in ["initContainers", "containers"] {
                spec.updateEach(list) { container in
                    container.updateEach("ports") { $0.setDefault("hostPort", $0["containerPort"] ?? 0) }
                }
            }
        }
    }

    private static func container(_ container: inout JSON) {
        let image = container["image"]?.stringValue ?? ""
        let name = image.split(separator: "/").last ?? ""
        let isLatest = !image.contains("@") && (!name.contains(":") || name.hasSuffix(":latest"))
        container.setDefault("imagePullPolicy", isLatest ? "Always" : "IfNotPresent")
        container.setDefault("terminationMessagePath", "/dev/termination-log")
        container.setDefault("terminationMessagePolicy", "File")
        container.setDefault("resources", [:])
        container.updateEach("ports") { $0.setDefault("protocol", "TCP") }
        container.updateEach("env") { variable in
            variable.update("valueFrom") { source in
                source.update("fieldRef") { $0.setDefault("apiVersion", "v1") }
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] { container.update(probe, Self.probe) }
        container.update("resources") { resources in
            guard let limits = resources["limits"]?.objectValue else { return }
            var requests = resources["requests"]?.objectValue ?? [:]
            for (name, limit) in limits where requests[name] == nil { requests[name] = limit }
            resources["requests"] = .object(requests)
        }
    }

    private static func probe(_ probe: inout JSON) {
        probe.setDefault("timeoutSeconds", 1)
        probe.setDefault("periodSeconds", 10)
        probe.setDefault("successThreshold", 1)
        probe.setDefault("failureThreshold", 3)
        probe.update("httpGet") { get in
            get.setDefault("path", "/")
            get.setDefault("scheme", "HTTP")
        }
    }

    private static func volume(_ volume: inout JSON) {
        for source in ["secret", "configMap", "projected", "downwardAPI"] {
            volume.update(source) { $0.setDefault("defaultMode", 420) }
        }
        volume.update("hostPath") { $0.setDefault("type", "") }
    }

    // MARK: - Workloads

    private static func template(_ spec: inout JSON) {
        spec.update("template") { template in
            template.update("metadata") { $0["creationTimestamp"] = nil }
            template.update("spec", pod)
        }
    }

    private static func deployment(_ spec: inout JSON) {
        spec.setDefault("replicas", 1)
        spec.setDefault("revisionHistoryLimit", 10)
        spec.setDefault("progressDeadlineSeconds", 600)
        spec.setDefault("strategy", ["type": "RollingUpdate"])
        spec.update("strategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            strategy.setDefault("rollingUpdate", [:])
            strategy.update("rollingUpdate") { update in
                update.setDefault("maxSurge", "25%")
                update.setDefault("maxUnavailable", "25%")
            }
        }
        template(&spec)
    }

    private static func daemonSet(_ spec: inout JSON) {
        spec.setDefault("revisionHistoryLimit", 10)
        spec.setDefault("updateStrategy", ["type": "RollingUpdate"])
        spec.update("updateStrategy") { strategy in
            strategy.setDefault("type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            strategy.setDefault("rollingUpdate", [:])
            strategy.update("rollingUpdate") { update in
                update.setDefault("maxSurge", 0)
                update.setDefault("maxUnavailable", 1)
            }
        }
        template(&spec)
    }

    private static func statefulSet(_ spec: inout JSON) {
        spec.setDefault("replicas", 1)
        spec.setDefault("revisionHistoryLimit", 10)
        spec.setDefault("podManagementPolicy", "OrderedReady")
        spec.setDefault("updateStrategy", ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
        spec.setDefault("persistentVolumeClaimRetentionPolicy", ["whenDeleted": "Retain", "whenScaled": "Retain"])
        template(&spec)
    }

    private static func replicaSet(_ spec: inout JSON) {
        spec.setDefault("replicas", 1)
        template(&spec)
    }

    private static func job(_ job: inout JSON) {
        let (name, uid) = (job.objectName, job.objectUID)
        job.update("spec") { spec in
            jobTemplate(&spec)
            spec.setDefault("completionMode", "NonIndexed")
            spec.setDefault("suspend", false)
            if spec["manualSelector"] == true { return }
            spec.setDefault("manualSelector", false)
            spec.setDefault("selector", ["matchLabels": ["batch.kubernetes.io/controller-uid": .string(uid)]])
            guard spec["template"]?.objectValue != nil else { return }
            let labels = [
                "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": name,
                "controller-uid": uid, "job-name": name,
            ]
            for (label, value) in labels where spec[path: "template", "metadata", "labels", label] == nil {
                spec[path: "template", "metadata", "labels", label] = .string(value)
            }
        }
    }

    private static func jobTemplate(_ spec: inout JSON) {
        if spec["completions"] == nil, spec["parallelism"] == nil { spec["completions"] = 1 }
        spec.setDefault("parallelism", 1)
        spec.setDefault("backoffLimit", 6)
        spec.setDefault("podReplacementPolicy", "TerminatingOrFailed")
        template(&spec)
    }

    private static func cronJob(_ spec: inout JSON) {
        spec.setDefault("concurrencyPolicy", "Allow")
        spec.setDefault("suspend", false)
        spec.setDefault("successfulJobsHistoryLimit", 3)
        spec.setDefault("failedJobsHistoryLimit", 1)
        spec.update("jobTemplate") { template in
            template.update("metadata") { $0["creationTimestamp"] = nil }
            template.update("spec", self.template)
        }
    }

    // MARK: - Others

    private static func secret(_ secret: inout JSON) {
        if (secret["type"]?.stringValue ?? "").isEmpty { secret["type"] = "Opaque" }
        guard let texts = secret["stringData"]?.objectValue else { return }
        var data = secret["data"]?.objectValue ?? [:]
        for (key, value) in texts {
            data[key] = .string(Data((value.stringValue ?? "").utf8).base64EncodedString())
        }
        secret["data"] = .object(data)
        secret["stringData"] = nil
    }

    private static func csiDriver(_ spec: inout JSON) {
        spec.setDefault("attachRequired", true)
        spec.setDefault("podInfoOnMount", false)
        spec.setDefault("fsGroupPolicy", "ReadWriteOnceWithFSType")
        spec.setDefault("volumeLifecycleModes", ["Persistent"])
        spec.setDefault("requiresRepublish", false)
        spec.setDefault("storageCapacity", false)
        spec.setDefault("seLinuxMount", false)
    }

    private static func definition(_ spec: inout JSON) {
        spec.setDefault("conversion", ["strategy": "None"])
        spec.update("names") { names in
            let kind = names["kind"]?.stringValue ?? ""
            names.setDefault("listKind", .string(kind + "List"))
            names.setDefault("singular", .string(kind.lowercased()))
        }
    }

    private static func binding(_ binding: inout JSON) {
        binding.update("roleRef") { $0.setDefault("apiGroup", "rbac.authorization.k8s.io") }
        binding.updateEach("subjects") { subject in
            if subject["kind"] != "ServiceAccount" { subject.setDefault("apiGroup", "rbac.authorization.k8s.io") }
        }
    }
}
