import PurserEngine
import PurserProof

/// SecretProviderClasses with the parameters that their manifests will have.
enum EnvironmentClasses {
    /// Nil where the spec is so far from complete, or so wrong, that there is nothing to prove.
    static func definition(_ resource: DeclaredResource, _ spec: Declarations) -> ClassDefinition? {
        let path = AccessPath(of: resource, in: spec)
        guard let name = resource.known(SecretProviderClass.objectName.name)?.string,
            let parameters = parameters(path), let vault = path.vault
        else { return nil }
        var definition = ClassDefinition(
            label: resource.label, name: name, namespace: NamespaceLink.name(of: resource, from: spec),
            parameters: parameters, objects: objects(path), places: places(resource))
        definition.parameters["keyvaultName"] = vault.known(KeyVault.vaultName.name)?.string
            ?? Placeholder.text(vault.label, "name")
        definition.parameters["tenantID"] = Placeholder.text(vault.label, KeyVault.tenantId.name)
        definition.parameters["cloudName"] = resource.known(SecretProviderClass.cloud.name)?.string
        definition.hasAllObjects = hasAllObjects(path)
        definition.installation = resource.reference(at: SecretProviderClass.release.name)?.description
        definition.serviceAccount = resource.known(SecretProviderClass.accessor.name)?
            .member("workload", "serviceAccount")?.string
        definition.secretObjects = secretObjects(resource)
        return definition
    }

    private static func parameters(_ path: AccessPath) -> [String: String]? {
        let clientId = path.identity.map { Placeholder.text($0.label, ManagedIdentity.clientId.name) }
        switch path.mode {
        case .userAssigned?: return clientId.map { PodIdentity.userAssigned(clientId: $0).parameters }
        case .workload?: return clientId.map { PodIdentity.workload(clientId: $0, serviceAccount: "").parameters }
        case .systemAssigned?: return PodIdentity.systemAssigned.parameters
        case .servicePrincipal?: return [:]
        case .podIdentity?, nil: return nil
        }
    }

    // MARK: Objects

    private static func objects(_ path: AccessPath) -> ClassDefinition.Objects {
        guard let listed = path.secretProviderClass.known(SecretProviderClass.objects.name)?.list else { return .unknown }
        let objects = path.objects.map { requested($0.object, at: $0.index, path) }
        return objects.isEmpty && !listed.isEmpty ? .unknown : .entries(objects)
    }

    private static func hasAllObjects(_ path: AccessPath) -> Bool {
        path.secretProviderClass.known(SecretProviderClass.objects.name)?.list?.count == path.objects.count
    }

    private static func requested(_ object: VaultObject, at index: Int, _ path: AccessPath) -> RequestedObject {
        var requested = RequestedObject(name: object.name, type: object.face.rawValue)
        requested.index = index
        requested.alias = object.alias ?? ""
        requested.version = object.version ?? ""
        requested.history = object.versionHistory ?? 0
        requested.format = object.format ?? ""
        requested.encoding = object.encoding ?? ""
        requested.permission = object.filePermission ?? ""
        requested.wantedSort =
            switch object.sort {
            case .secret: .secret
            case .certificate: .certificate
            case .key: .key
            }
        // The spec may list it under another name than it has in the vault.
        if let name = path.declaration(of: object)?.known(VaultObjects.objectName.name)?.string { requested.name = name }
        return requested
    }

    // MARK: Secrets

    private static func named(_ resource: DeclaredResource) -> [(name: String, secret: Value)] {
        (resource.known(SecretProviderClass.secretObjects.name)?.object ?? [:])
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func secretObjects(_ resource: DeclaredResource) -> [SecretObjectDefinition] {
        named(resource).map { name, secret in
            let data = (secret["data"]?.texts ?? [:]).sorted { $0.key < $1.key }
            var definition = SecretObjectDefinition(
                name: name, type: secret["type"]?.string ?? Placeholder.text(resource.label, "type"),
                data: data.map { SecretObjectDefinition.Item(file: $0.value, key: $0.key) })
            definition.annotations = Set((secret["annotations"]?.texts ?? [:]).keys)
            definition.isUnknown = secret["data"]?.containsUnknown ?? true
            return definition
        }
    }

    // MARK: Places

    private static let fields = [
        "objectAlias": "alias", "objectVersion": "version", "objectVersionHistory": "versionHistory",
        "objectFormat": "format", "objectEncoding": "encoding", "filePermission": "filePermission",
    ]

    private static func places(_ resource: DeclaredResource) -> Places {
        let identity = SecretProviderClass.accessor.name
        var paths: [Part: String] = [
            .namespace: "namespace", .field("identity"): identity, .field("secretObjects"): "secretObjects",
            .parameter("userAssignedIdentityID"): "\(identity).userAssigned",
            .parameter("clientID"): "\(identity).workload.identity",
            .parameter("useVMManagedIdentity"): identity, .serviceAccount: "\(identity).workload.serviceAccount",
            .parameter("keyvaultName"): "vault", .parameter("tenantID"): "vault", .parameter("cloudName"): "cloud",
            .parameter("objects"): "objects",
        ]
        let count = resource.known(SecretProviderClass.objects.name)?.list?.count ?? 0
        for index in 0..<count {
            paths[.object(index)] = "objects[\(index)]"
            for (field, name) in fields { paths[.objectField(index, field)] = "objects[\(index)].\(name)" }
            for sort in VaultObject.Sort.allCases {
                let path = "objects[\(index)].\(sort.rawValue)"
                if resource.writtenRange(of: path) != nil { paths[.objectField(index, "objectName")] = path }
            }
        }
        for (index, entry) in named(resource).enumerated() {
            let place = "secretObjects.\(entry.name)"
            paths[.secret(index)] = place
            paths[.secretField(index, "type")] = "\(place).type"
            paths[.secretField(index, "data")] = "\(place).data"
            for (number, key) in (entry.secret["data"]?.texts ?? [:]).keys.sorted().enumerated() {
                paths[.secretItem(index, number)] = "\(place).data.\(key)"
            }
        }
        return resource.places(paths)
    }
}
