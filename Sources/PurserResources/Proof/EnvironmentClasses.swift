import PurserEngine
import PurserProof
import PurserSyntax

/// SecretProviderClasses with the parameters that their manifests will have.
enum EnvironmentClasses {
    /// Nil where the spec is so far from complete, or so wrong, that there is nothing to prove.
    static func definition(_ resource: DeclaredResource, _ spec: Declarations) -> ClassDefinition? {
        let path = AccessPath(of: resource, in: spec)
        guard let name = resource.name(SecretProviderClass.objectName.name),
            let parameters = parameters(path), let vault = path.vault
        else { return nil }
        var definition = ClassDefinition(
            label: resource.label, name: name, namespace: NamespaceLink.name(of: resource, from: spec),
            parameters: parameters, objects: objects(path), places: places(resource))
        definition.parameters["keyvaultName"] =
            vault.name(KeyVault.vaultName.name) ?? Placeholder.text(vault.label, KeyVault.vaultName.name)
        definition.parameters["tenantID"] = Placeholder.text(vault.label, KeyVault.tenantId.name)
        definition.parameters["cloudName"] = resource.known(SecretProviderClass.cloud.name)?.string
        definition.hasAllObjects = hasAllObjects(path)
        definition.installation = resource.reference(at: SecretProviderClass.release.name)?.description
        definition.serviceAccount =
            resource.known(SecretProviderClass.accessor.name)?
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
        guard let listed = path.secretProviderClass.known(SecretProviderClass.objects.name)?.list else {
            return .unknown
        }
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
        if let name = path.declaration(of: object)?.name(VaultObjects.objectName.name) {
            requested.name = name
        }
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

    /// The proof's names of the fields of an object.
    private static let fields = [
        "alias": "objectAlias", "version": "objectVersion", "versionHistory": "objectVersionHistory",
        "format": "objectFormat", "encoding": "objectEncoding", "filePermission": "filePermission",
        "secret": "objectName", "certificate": "objectName", "key": "objectName",
    ]

    private static func places(_ resource: DeclaredResource) -> Places {
        var parts: [Part: SourceRange] = [:]
        for entry in resource.written {
            let range = entry.value.range
            switch entry.name {
            case SecretProviderClass.namespace.name: parts[.namespace] = range
            case SecretProviderClass.vault.name:
                parts[.parameter("keyvaultName")] = range
                parts[.parameter("tenantID")] = range
            case SecretProviderClass.cloud.name: parts[.parameter("cloudName")] = range
            case SecretProviderClass.accessor.name: addIdentity(entry.value, &parts)
            case SecretProviderClass.objects.name: addObjects(entry.value, &parts)
            case SecretProviderClass.secretObjects.name: addSecrets(entry.value, &parts)
            default: break
            }
        }
        return Places(resource.range, parts)
    }

    private static func addIdentity(_ node: YAMLNode, _ parts: inout [Part: SourceRange]) {
        parts[.field("identity")] = node.range
        parts[.parameter("useVMManagedIdentity")] = node.range
        parts[.parameter("userAssignedIdentityID")] = node["userAssigned"]?.range
        parts[.parameter("clientID")] = node["workload"]?["identity"]?.range
        parts[.serviceAccount] = node["workload"]?["serviceAccount"]?.range
    }

    private static func addObjects(_ node: YAMLNode, _ parts: inout [Part: SourceRange]) {
        parts[.parameter("objects")] = node.range
        for (index, object) in (node.sequence ?? []).enumerated() {
            parts[.object(index)] = object.range
            for entry in object.mapping ?? [] {
                guard let field = fields[entry.name] else { continue }
                parts[.objectField(index, field)] = entry.value.range
            }
        }
    }

    private static func addSecrets(_ node: YAMLNode, _ parts: inout [Part: SourceRange]) {
        parts[.field("secretObjects")] = node.range
        for (index, secret) in (node.mapping ?? []).sorted(by: { $0.name < $1.name }).enumerated() {
            parts[.secret(index)] = secret.value.range
            for field in ["type", "data"] { parts[.secretField(index, field)] = secret.value[field]?.range }
            let items = (secret.value["data"]?.mapping ?? []).sorted { $0.name < $1.name }
            for (number, item) in items.enumerated() { parts[.secretItem(index, number)] = item.value.range }
        }
    }
}
