/// A SecretProviderClass, as its manifest says it.
/// Source: CRD `secrets-store.csi.x-k8s.io/v1`; parameters of the Azure Key Vault provider v1.8.
package struct ClassDefinition: Sendable {
    /// The `objects` parameter: the text of a manifest, or entries that the spec has in another form.
    package enum Objects: Sendable {
        case text(String)
        case entries([RequestedObject])
        /// Not known before other things exist.
        case unknown
    }

    /// How findings name it: an address, or `SecretProviderClass infra/app`.
    package var label: String
    package var name: String
    /// Nil if not known.
    package var namespace: String?
    /// `v1`, or the deprecated `v1alpha1`.
    package var version = "v1"
    package var provider = "azure"
    /// All parameters but `objects`.
    package var parameters: [String: String]
    /// Parameters that are written as something else than a text, with what: `a boolean`.
    package var untypedParameters: [String: String] = [:]
    package var objects: Objects
    /// Whether `objects` has no entries beside those that are listed.
    package var hasAllObjects = true
    package var secretObjects: [SecretObjectDefinition] = []
    /// The label of the installation that mounts it, if it names one.
    package var installation: String?
    /// The service account that the spec says the pods have.
    package var serviceAccount: String?
    package var places: Places

    package init(
        label: String, name: String, namespace: String?, parameters: [String: String], objects: Objects,
        places: Places = Places()
    ) {
        self.label = label
        self.name = name
        self.namespace = namespace
        self.parameters = parameters
        self.objects = objects
        self.places = places
    }
}

/// A Kubernetes Secret that the driver makes of mounted files.
package struct SecretObjectDefinition: Sendable, Hashable {
    package struct Item: Sendable, Hashable {
        /// The path of the mounted file.
        package var file: String
        package var key: String

        package init(file: String, key: String) {
            self.file = file
            self.key = key
        }
    }

    package var name: String
    package var type: String
    package var data: [Item]
    package var annotations: Set<String> = []
    /// Whether the data may hold more than is listed.
    package var isUnknown = false

    package init(name: String, type: String, data: [Item]) {
        self.name = name
        self.type = type
        self.data = data
    }
}
