/// A pod, or the pods of a workload, as far as files and Secrets go.
package struct PodDefinition: Sendable {
    /// How findings name it: an address, or `Deployment infra/app`.
    package var label: String
    package var name: String
    package var namespace: String?
    /// How many there are at once; nil if not known.
    package var replicas: Int? = 1
    package var serviceAccount = "default"
    package var labels: [String: String] = [:]
    package var nodeSelector: [String: String] = [:]
    /// Whether affinity or a node's name confines it further.
    package var isConfinedOtherwise = false
    package var runsOnWindows = false
    package var volumes: [VolumeDefinition] = []
    package var containers: [ContainerDefinition] = []
    /// Where the pod's spec stands in its source: `spec`, `spec.template.spec`.
    package var specPath = "spec"
    /// Whether parts of it are not known before other things exist.
    package var isUnknown = false
    package var places: Places

    package init(label: String, name: String, namespace: String?, places: Places = Places()) {
        self.label = label
        self.name = name
        self.namespace = namespace
        self.places = places
    }
}

extension PodDefinition {
    /// Whether kubelet sets a volume up: some container mounts it, as far as the containers are known.
    func setsUp(_ volume: String) -> Bool {
        isUnknown || containers.isEmpty || containers.contains { $0.mounts.contains { $0.volume == volume } }
    }
}

package struct VolumeDefinition: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case files(ClassVolume)
        /// A Secret's keys as files; nil for all of them.
        case secret(name: String, keys: [String]?, isOptional: Bool)
        case other
    }

    package var name: String
    package var source: Source

    package init(name: String, source: Source) {
        self.name = name
        self.source = source
    }
}

/// A volume of the driver `secrets-store.csi.k8s.io`.
package struct ClassVolume: Sendable, Hashable {
    package static let driver = "secrets-store.csi.k8s.io"

    package var className: String?
    package var isReadOnly = true
    /// `volumeAttributes` beside the class's name: they go before the class's parameters.
    package var attributes: [String: String] = [:]
    /// `nodePublishSecretRef`.
    package var credentialsSecret: String?

    package init(className: String?) { self.className = className }
}

package struct ContainerDefinition: Sendable, Hashable {
    package struct Mount: Sendable, Hashable {
        package var volume: String
        package var path: String
        package var subPath: String?

        package init(volume: String, path: String, subPath: String? = nil) {
            self.volume = volume
            self.path = path
            self.subPath = subPath
        }
    }

    /// `valueFrom.secretKeyRef`, or `envFrom.secretRef` without a key.
    package struct Variable: Sendable, Hashable {
        package var secret: String
        package var key: String?
        package var isOptional: Bool

        package init(secret: String, key: String?, isOptional: Bool = false) {
            self.secret = secret
            self.key = key
            self.isOptional = isOptional
        }
    }

    package var name: String
    package var mounts: [Mount]
    package var variables: [Variable]

    package init(name: String, mounts: [Mount] = [], variables: [Variable] = []) {
        self.name = name
        self.mounts = mounts
        self.variables = variables
    }
}
