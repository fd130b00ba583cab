import PurserEngine
import PurserSyntax

/// The manifest of a SecretProviderClass, from its attributes. Pure.
enum SecretProviderClassManifest {
    static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value {
        let kind = ObjectKind.secretProviderClass
        return [
            "apiVersion": .string(kind.apiVersion),
            "kind": .string(kind.name),
            "metadata": ObjectOwner.metadata(
                name: try attributes.required(SecretProviderClass.objectName),
                namespace: try attributes.required(SecretProviderClass.namespace), owner: owner),
            "spec": try spec(of: attributes),
        ]
    }

    static func spec(of attributes: Attributes) throws -> Value {
        var spec: [String: Value] = [
            "provider": "azure",
            "parameters": try parameters(of: attributes).value,
        ]
        let secrets = secretObjects(of: attributes)
        if !secrets.isEmpty { spec["secretObjects"] = .list(secrets) }
        return .object(spec)
    }

    private static func parameters(of attributes: Attributes) throws -> [String: String] {
        let vault = try attributes.required(SecretProviderClass.vault)
        var parameters = try PodIdentity(try attributes.required(SecretProviderClass.accessor)).parameters
        parameters["keyvaultName"] = try vault.string("name")
        parameters["tenantID"] = try vault.string("tenantId")
        parameters["objects"] = try objects(of: attributes)
        if let cloud = attributes[SecretProviderClass.cloud] { parameters["cloudName"] = cloud }
        return parameters
    }

    /// YAML within a YAML text: a list under `array` whose items are themselves texts of YAML.
    private static func objects(of attributes: Attributes) throws -> String {
        let entries = try attributes.required(SecretProviderClass.objects)
        var items: [YAMLValue] = []
        for entry in entries {
            guard let object = VaultObject(entry) else {
                throw AttributeError(name: SecretProviderClass.objects.name, found: entry)
            }
            items.append(.string(try YAMLEmitter.text(of: .object(object.fields))))
        }
        return try YAMLEmitter.text(of: .fields(["array": .list(items)]))
    }

    private static func secretObjects(of attributes: Attributes) -> [Value] {
        let named = attributes[SecretProviderClass.secretObjects] ?? [:]
        return named.sorted { $0.key < $1.key }.map { name, secret in
            var members: [String: Value] = ["secretName": .string(name), "type": secret["type"] ?? "Opaque"]
            members["data"] = .list(
                (secret["data"]?.texts ?? [:]).sorted { $0.key < $1.key }.map { key, file in
                    ["key": .string(key), "objectName": .string(file)]
                })
            for field in ["labels", "annotations"] {
                if let texts = secret[field]?.texts, !texts.isEmpty { members[field] = texts.value }
            }
            return .object(members)
        }
    }
}
