/// Checks a built-in object's fields as the API server's decoder does: a field that it does not know is not kept, and
/// one of another JSON type is refused. Parts of objects that the sandbox has no use for are kept as they are.
struct KnownFields {
    private let type: ResourceType
    private let version: String
    /// Dotted paths of fields that the resource does not have.
    private(set) var unknown: [String] = []

    init(_ type: ResourceType, version: String) {
        self.type = type
        self.version = version
    }

    /// The object without its unknown fields. - Throws: 400 for a value of another type.
    mutating func pruned(_ object: JSON) throws(APIError) -> JSON {
        guard FieldTable.shapes[type.kind] != nil else { return object }
        return try value(object, FieldTable.Field(shape: type.kind, form: .object), at: [], in: type.kind)
    }

    private mutating func value(
        _ value: JSON, _ field: FieldTable.Field, at path: [String], in owner: String
    ) throws(APIError) -> JSON {
        if value == .null { return value }
        switch field.form {
        case .any: return value
        case .string, .integer, .boolean:
            guard field.form.accepts(value) else { throw mismatch(value, field, path, owner) }
            return value
        case .strings:
            guard let elements = value.arrayValue else { throw mismatch(value, field, path, owner) }
            for element in elements where element.stringValue == nil { throw mismatch(element, field, path, owner) }
            return value
        case .stringMap:
            guard let members = value.objectValue else { throw mismatch(value, field, path, owner) }
            for member in members.values where member.stringValue == nil && member != .null {
                throw mismatch(member, field, path, owner)
            }
            return value
        case .object:
            guard let members = value.objectValue else { throw mismatch(value, field, path, owner) }
            return try object(members, field.shape, at: path)
        case .objects:
            guard let elements = value.arrayValue else { throw mismatch(value, field, path, owner) }
            var kept: [JSON] = []
            let inner = FieldTable.Field(shape: field.shape, form: .object)
            for (index, element) in elements.enumerated() {
                var place = path
                place[place.count - 1] += "[\(index)]"
                kept.append(try self.value(element, inner, at: place, in: owner))
            }
            return .array(kept)
        }
    }

    private mutating func object(
        _ members: [String: JSON], _ shape: String, at path: [String]
    ) throws(APIError) -> JSON {
        guard let fields = FieldTable.shapes[shape] else { return .object(members) }
        var kept: [String: JSON] = [:]
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let field = fields[name] {
                kept[name] = try value(member, field, at: path + [name], in: shape)
            } else {
                unknown.append((path + [name]).joined(separator: "."))
            }
        }
        return .object(kept)
    }

    private func mismatch(_ value: JSON, _ field: FieldTable.Field, _ path: [String], _ owner: String) -> APIError {
        let found =
            switch value {
            case .bool: "bool"
            case .int, .double: "number"
            case .string: "string"
            case .array: "array"
            default: "object"
            }
        let place = path.map { $0.prefix { $0 != "[" } }.joined(separator: ".")
        return .badRequest(
            "\(type.kind) in version \"\(version)\" cannot be handled as a \(type.kind): json: cannot unmarshal \(found) "
                + "into Go struct field \(owner).\(place) of type \(field.form.goName(field.shape))")
    }
}

/// The fields of the built-in resources. Source: Kubernetes API reference v1.33.
enum FieldTable {
    struct Field: Sendable {
        enum Form: Sendable {
            case any, string, integer, boolean, strings, stringMap, object, objects

            func accepts(_ value: JSON) -> Bool {
                switch self {
                case .string: value.stringValue != nil
                case .integer: value.intValue != nil
                case .boolean: value.boolValue != nil
                default: true
                }
            }

            func goName(_ shape: String) -> String {
                switch self {
                case .any: "interface {}"
                case .string, .strings, .stringMap: "string"
                case .integer: "int32"
                case .boolean: "bool"
                case .object: "v1.\(shape)"
                case .objects: "[]v1.\(shape)"
                }
            }
        }

        /// The shape of the object, or of the list's elements.
        var shape: String
        var form: Form
    }

    static let shapes: [String: [String: Field]] = texts.mapValues { text in
        Dictionary(text.split(separator: " ").map(field)) { first, _ in first }
    }

    /// `name` anything, `name=s` string, `=i` integer, `=b` boolean, `=[s]` strings, `={s}` map of strings,
    /// `=Shape` object, `=[Shape]` objects.
    private static func field(_ text: Substring) -> (String, Field) {
        let parts = text.split(separator: "=")
        let name = String(parts[0])
        guard parts.count > 1 else { return (name, Field(shape: "", form: .any)) }
        switch parts[1] {
        case "s": return (name, Field(shape: "", form: .string))
        case "i": return (name, Field(shape: "", form: .integer))
        case "b": return (name, Field(shape: "", form: .boolean))
        case "[s]": return (name, Field(shape: "", form: .strings))
        case "{s}": return (name, Field(shape: "", form: .stringMap))
        case let list where list.hasPrefix("["):
            return (name, Field(shape: String(list.dropFirst().dropLast()), form: .objects))
        case let shape: return (name, Field(shape: String(shape), form: .object))
        }
    }

    private static let top = "apiVersion=s kind=s metadata=ObjectMeta "

    private static let texts: [String: String] = [
        "ObjectMeta": "name=s generateName=s namespace=s selfLink uid=s resourceVersion=s generation=i "
            + "creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels={s} annotations={s} "
            + "ownerReferences=[OwnerReference] finalizers=[s] managedFields",
        "OwnerReference": "apiVersion=s kind=s name=s uid=s controller=b blockOwnerDeletion=b",
        "Pod": top + "spec=PodSpec status",
        "Namespace": top + "spec status",
        "Secret": top + "data={s} stringData={s} type=s immutable=b",
        "ConfigMap": top + "data={s} binaryData={s} immutable=b",
        "ServiceAccount": top + "secrets imagePullSecrets=[NamedReference] automountServiceAccountToken=b",
        "Deployment": top + "spec=DeploymentSpec status",
        "DaemonSet": top + "spec=DaemonSetSpec status",
        "StatefulSet": top + "spec=StatefulSetSpec status",
        "ReplicaSet": top + "spec=ReplicaSetSpec status",
        "Job": top + "spec=JobSpec status",
        "CronJob": top + "spec=CronJobSpec status",
        "CSIDriver": top + "spec=CSIDriverSpec",
        "NamedReference": "name=s",
        "DeploymentSpec": "replicas=i selector=LabelSelector template=PodTemplateSpec strategy minReadySeconds=i "
            + "revisionHistoryLimit=i paused=b progressDeadlineSeconds=i",
        "DaemonSetSpec": "selector=LabelSelector template=PodTemplateSpec updateStrategy minReadySeconds=i "
            + "revisionHistoryLimit=i",
        "StatefulSetSpec": "replicas=i selector=LabelSelector template=PodTemplateSpec volumeClaimTemplates "
            + "serviceName=s podManagementPolicy=s updateStrategy revisionHistoryLimit=i minReadySeconds=i "
            + "persistentVolumeClaimRetentionPolicy ordinals",
        "ReplicaSetSpec": "replicas=i minReadySeconds=i selector=LabelSelector template=PodTemplateSpec",
        "JobSpec": "parallelism=i completions=i activeDeadlineSeconds=i podFailurePolicy successPolicy backoffLimit=i "
            + "backoffLimitPerIndex=i maxFailedIndexes=i selector=LabelSelector manualSelector=b "
            + "template=PodTemplateSpec ttlSecondsAfterFinished=i completionMode=s suspend=b podReplacementPolicy=s "
            + "managedBy=s",
        "CronJobSpec": "schedule=s timeZone=s startingDeadlineSeconds=i concurrencyPolicy=s suspend=b "
            + "jobTemplate=JobTemplateSpec successfulJobsHistoryLimit=i failedJobsHistoryLimit=i",
        "JobTemplateSpec": "metadata=ObjectMeta spec=JobSpec",
        "PodTemplateSpec": "metadata=ObjectMeta spec=PodSpec",
        "LabelSelector": "matchLabels={s} matchExpressions",
        "CSIDriverSpec": "attachRequired=b podInfoOnMount=b volumeLifecycleModes=[s] storageCapacity=b fsGroupPolicy=s "
            + "tokenRequests requiresRepublish=b seLinuxMount=b nodeAllocatableUpdatePeriodSeconds=i",
        "PodSpec": "volumes=[Volume] initContainers=[Container] containers=[Container] ephemeralContainers "
            + "restartPolicy=s terminationGracePeriodSeconds=i activeDeadlineSeconds=i dnsPolicy=s nodeSelector={s} "
            + "serviceAccountName=s serviceAccount=s automountServiceAccountToken=b nodeName=s hostNetwork=b hostPID=b "
            + "hostIPC=b shareProcessNamespace=b securityContext imagePullSecrets=[NamedReference] hostname=s "
            + "subdomain=s affinity schedulerName=s tolerations=[Toleration] hostAliases priorityClassName=s priority=i "
            + "dnsConfig readinessGates runtimeClassName=s enableServiceLinks=b preemptionPolicy=s overhead "
            + "topologySpreadConstraints setHostnameAsFQDN=b os hostUsers=b schedulingGates resourceClaims resources",
        "Toleration": "key=s operator=s value=s effect=s tolerationSeconds=i",
        "Container": "name=s image=s command=[s] args=[s] workingDir=s ports=[ContainerPort] envFrom env=[EnvVar] "
            + "resources resizePolicy restartPolicy=s volumeMounts=[VolumeMount] volumeDevices livenessProbe "
            + "readinessProbe startupProbe lifecycle terminationMessagePath=s terminationMessagePolicy=s "
            + "imagePullPolicy=s securityContext stdin=b stdinOnce=b tty=b",
        "ContainerPort": "name=s hostPort=i containerPort=i protocol=s hostIP=s",
        "EnvVar": "name=s value=s valueFrom=EnvVarSource",
        "EnvVarSource": "fieldRef resourceFieldRef configMapKeyRef secretKeyRef=KeySelector fileKeyRef",
        "KeySelector": "name=s key=s optional=b",
        "VolumeMount": "name=s readOnly=b recursiveReadOnly=s mountPath=s subPath=s mountPropagation=s subPathExpr=s",
        "Volume":
            "name=s hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret=SecretVolumeSource nfs "
            + "iscsi glusterfs persistentVolumeClaim rbd flexVolume cinder cephfs flocker downwardAPI fc azureFile "
            + "configMap=ConfigMapVolumeSource vsphereVolume quobyte azureDisk photonPersistentDisk projected "
            + "portworxVolume scaleIO storageos csi=CSIVolumeSource ephemeral image",
        "SecretVolumeSource": "secretName=s items=[KeyToPath] defaultMode=i optional=b",
        "ConfigMapVolumeSource": "name=s items=[KeyToPath] defaultMode=i optional=b",
        "KeyToPath": "key=s path=s mode=i",
        "CSIVolumeSource": "driver=s readOnly=b fsType=s volumeAttributes={s} nodePublishSecretRef=NamedReference",
    ]
}
