import PurserEngine
import PurserSyntax

/// What a live SecretProviderClass says, in the words of the spec.
struct SecretProviderClassObservation {
    private let parameters: [String: String]
    private let secretObjects: [Value]

    init(_ live: Value) {
        parameters = live.member("spec", "parameters")?.texts ?? [:]
        secretObjects = live.member("spec", "secretObjects")?.list ?? []
    }

    /// `known` with the attributes that are otherwise in the cluster replaced.
    func attributes(over known: Attributes) -> Attributes {
        var observed = known
        observed.values[SecretProviderClass.vault.name] = vault(known)
        observed.values[SecretProviderClass.accessor.name] = identity(known)
        observed.values[SecretProviderClass.cloud.name] = parameters["cloudName"].map(Value.string)
        observed.values[SecretProviderClass.objects.name] = objects(known)
        observed.values[SecretProviderClass.secretObjects.name] = secrets(known)
        return observed
    }

    private func vault(_ known: Attributes) -> Value {
        var members = known.values[SecretProviderClass.vault.name]?.object ?? [:]
        members["name"] = parameters["keyvaultName"].map(Value.string)
        // `tenantId` is the provider's former spelling.
        members["tenantId"] = (parameters["tenantID"] ?? parameters["tenantId"]).map(Value.string)
        return .object(members)
    }

    private func identity(_ known: Attributes) -> Value {
        let recorded = known.values[SecretProviderClass.accessor.name]
        let keys = ["useVMManagedIdentity", "userAssignedIdentityID", "clientID"]
        if let recorded, let identity = try? PodIdentity(recorded),
            identity.parameters == parameters.filter({ keys.contains($0.key) })
        {
            return recorded
        }
        if parameters["useVMManagedIdentity"] == "true" {
            guard let clientId = parameters["userAssignedIdentityID"] else { return ["systemAssigned": [:]] }
            return ["userAssigned": ["clientId": .string(clientId)]]
        }
        guard let clientId = parameters["clientID"] else { return recorded ?? .null }
        let account = recorded?.member("workload", "serviceAccount") ?? .null
        return ["workload": ["identity": ["clientId": .string(clientId)], "serviceAccount": account]]
    }

    // MARK: Objects

    private func objects(_ known: Attributes) -> Value? {
        guard let text = parameters["objects"] else { return nil }
        let recorded = known.values[SecretProviderClass.objects.name]?.list ?? []
        guard let items = Self.items(of: text) else { return .list([.string(text)]) }
        return .list(
            items.enumerated().map { index, fields in
                if recorded.indices.contains(index), let object = VaultObject(recorded[index]),
                    Self.texts(of: object.fields) == fields
                {
                    return recorded[index]
                }
                return Self.entry(of: fields)
            })
    }

    /// The fields of each item of the YAML within a YAML text; nil if it is not of the provider's form.
    private static func items(of text: String) -> [[String: String]]? {
        guard let list = node(of: text)?["array"]?.sequence else { return nil }
        var items: [[String: String]] = []
        for element in list {
            guard let item = element.text.flatMap(node), let entries = item.mapping else { return nil }
            items.append(Dictionary(entries.map { ($0.name, $0.value.text ?? "") }) { _, last in last })
        }
        return items
    }

    private static func node(of text: String) -> YAMLNode? {
        try? YAMLParser.parse(SourceFile(path: "objects", text: text))
    }

    private static func texts(of fields: [YAMLField]) -> [String: String] {
        Dictionary(fields.map { ($0.name, text(of: $0.value)) }) { _, last in last }
    }

    private static func text(of value: YAMLValue) -> String {
        switch value {
        case .string(let text): text
        case .int(let number): String(number)
        case .bool(let flag): String(flag)
        case .double(let number): String(number)
        case .null, .list, .object: ""
        }
    }

    private static func entry(of fields: [String: String]) -> Value {
        var entry: [String: Value] = [:]
        let name = Value.string(fields["objectName"] ?? "")
        switch fields["objectType"] {
        case "cert"?: entry = ["certificate": name, "as": "cert"]
        case "key"?: entry = ["key": name]
        default: entry = ["secret": name]
        }
        entry["alias"] = fields["objectAlias"].map(Value.string)
        entry["version"] = fields["objectVersion"].map(Value.string)
        entry["versionHistory"] = fields["objectVersionHistory"].flatMap { Int($0) }.map(Value.integer)
        entry["format"] = fields["objectFormat"].map(Value.string)
        entry["encoding"] = fields["objectEncoding"].map(Value.string)
        entry["filePermission"] = fields["filePermission"].map(Value.string)
        return .object(entry)
    }

    // MARK: Secrets

    private func secrets(_ known: Attributes) -> Value? {
        let recorded = known.values[SecretProviderClass.secretObjects.name]
        if secretObjects.isEmpty { return nil }
        var secrets: [String: Value] = [:]
        for secret in secretObjects {
            guard let name = secret["secretName"]?.string else { continue }
            var members: [String: Value] = ["type": secret["type"] ?? .null]
            members["data"] = .object(
                Dictionary(
                    (secret["data"]?.list ?? []).map { ($0["key"]?.string ?? "", $0["objectName"] ?? .null) }
                ) { _, last in last })
            for field in ["labels", "annotations"] { members[field] = secret[field] ?? recorded?[name]?[field] }
            secrets[name] = .object(members)
        }
        return .object(secrets)
    }
}
