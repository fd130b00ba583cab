package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A secret in a key vault. Its value goes from its source to the vault and nowhere else.
///
/// Source: Key Vault REST reference, secrets, api-version 7.4.
package struct Secret: VaultObjectKind {
    package static let name: KindName = "azure/secret"
    package static let title = "secret"
    package static let place = SpecPlace("vaults", "*", "secrets")
    package static let volatileOutputs = VaultObjects.volatileOutputs.union([ObjectLifetime.times.name])

    static let objectName = VaultObjects.objectName
    static let vault = VaultObjects.vault
    static let source = Attribute<Value>.required(
        "value", .secret(generated: true), .updates,
        "Where the value comes from: `{env: NAME}`, `{file: PATH}` or `{generate: {length: 32}}`.")
    static let contentType = Attribute<String>.optional(
        "contentType", .text(textRule), .updates, "What the value is, such as `text/plain`.")
    static let tags = AzureAttributes.tags

    package static let attributes: [any AttributeDeclaration] = [
        objectName, vault, source, contentType, ObjectLifetime.enabled, ObjectLifetime.notBefore,
        ObjectLifetime.expires, tags, SoftDeletion.whenDeleted, ObjectLifetime.times, VaultObjects.id,
        VaultObjects.version,
        AzureAttributes.foreignTags,
    ]

    private static let textRule = TextRule("up to 255 characters") { text in
        text.count > 255 ? "is longer than 255 characters" : nil
    }

    package static let example = AzureExample.spec(
        "secret",
        """
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            secrets:
              session-key: {value: {generate: {length: 32}}}

        """)

    let keyVault: KeyVaultClient
    package let objects: VaultObjects

    package init(keyVault: KeyVaultClient, polling: Polling) {
        self.keyVault = keyVault
        objects = VaultObjects(section: .secrets, keyVault: keyVault, polling: polling)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        DeployerAccess.link(&resource, from: spec)
        AzureAttributes.checkTags(resource, .vaultObject, &diagnostics)
        ObjectLifetime.derive(&resource, &diagnostics)
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        var cautions = SoftDeletion.cautions(title, on: action, desired)
        if action == .update, let recorded, let desired, recorded[source] == desired[source],
            ObjectLifetime.drops(recorded, desired)
        {
            cautions.append("a new version with the same value is made: a version keeps a time that it has")
        }
        return cautions
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        switch operation {
        case .create: "the secret, soft-deleted until the vault's retention has passed"
        case .update, .recover, .adopt: "another version, with the former value, if the value had changed"
        case .delete, .read, .record: nil
        }
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let place = try objects.place(of: known)
        if operation.isExisting {
            return try await objects.existing(place).map { Observation(observed($0, place, known, wanted)) }
        }
        switch try await look(place) {
        case .absent: return nil
        case .hidden(let reason, let isDisabled):
            guard known[VaultObjects.version] != nil else {
                operation.missed(VaultObjects.unseenPresence(reason))
                return nil
            }
            var found = known
            if isDisabled { found[ObjectLifetime.enabled] = false }
            // What is to be disabled is not enabled to compare it: it counts as the same as long as its source is.
            let staysDisabled = isDisabled && wanted?[ObjectLifetime.enabled] == false
            let isSame = staysDisabled && wanted?[Self.source] == known[Self.source]
            return Observation(
                found,
                sensitive: wanted == nil ? [:] : [Self.source.name: isSame ? .same : .undecided(reason: reason)],
                owner: operation.owner)
        case .present(let found):
            var observation = Observation(observed(found.properties, place, known, wanted))
            // The tags of a certificate's secret are the certificate's.
            let isManaged = found.properties["managed"]?.bool == true
            observation.owner = isManaged ? nil : TagSet(found.properties).owner
            if let wanted {
                observation.sensitive[Self.source.name] = comparison(found.value, known, wanted, operation)
            }
            return observation
        }
    }

    private func look(_ place: VaultObjects.Place) async throws(ServiceError) -> VaultObjects.Sight<KeyVaultSecret> {
        try await VaultObjects.sight { () async throws(ServiceError) in
            try await keyVault.secret(vaultURL: place.vaultURL, name: place.name)
        }
    }

    /// A generated value is the wanted one if it was generated in the wanted way.
    private func comparison(
        _ live: SecretString, _ known: Attributes, _ wanted: Attributes, _ operation: Operation
    ) -> SensitiveComparison {
        guard let source = wanted[Self.source] else { return .same }
        if source["generate"] != nil { return known[Self.source] == source ? .same : .different }
        do {
            return try text(of: source, operation).reveal() == live.reveal() ? .same : .different
        } catch {
            let reason = (error as? any OperationFailure)?.summary ?? "its source cannot be read"
            return .undecided(reason: reason)
        }
    }

    package func make(
        _ desired: Attributes, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> Attributes {
        let value = try value(of: desired, operation)
        let tags = TagSet.created(desired, owner: operation.owner)
        return observed(try await set(value, desired, tags, place), place, desired, desired)
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let place = try objects.place(of: desired)
        let sight = try await look(place)
        if case .hidden(_, isDisabled: true) = sight {
            let properties = try await enable(place)
            guard desired[ObjectLifetime.enabled] != false || current[Self.source] != desired[Self.source] else {
                let tags = TagSet(properties).updated(from: current, to: desired, owner: operation.owner)
                return try await afterWrite { try await describe(properties, desired, tags, place) }
            }
        }
        let live: KeyVaultSecret?
        if case .present(let found) = sight {
            try refuseIfManaged(found, place)
            live = found
        } else {
            live = try await readable(place)
        }
        let tags = TagSet(live?.properties).updated(from: current, to: desired, owner: operation.owner)
        if let live, try isWanted(live.value, current, desired, operation), !ObjectLifetime.drops(current, desired) {
            return try await describe(live.properties, desired, tags, place)
        }
        if let live, try isWanted(live.value, current, desired, operation) {
            // Only a new version is without a time that the former one has.
            return observed(try await set(live.value, desired, tags, place), place, desired, desired)
        }
        return observed(try await set(try value(of: desired, operation), desired, tags, place), place, desired, desired)
    }

    /// The live secret, or nil where it may not be read.
    private func readable(_ place: VaultObjects.Place) async throws -> KeyVaultSecret? {
        guard case .present(let found) = try await look(place) else { return nil }
        try refuseIfManaged(found, place)
        return found
    }

    private func refuseIfManaged(_ found: KeyVaultSecret, _ place: VaultObjects.Place) throws(ResourceFailure) {
        if found.properties["managed"]?.bool == true { throw objects.managed(place) }
    }

    /// Makes the current version readable, and returns what is said of it.
    private func enable(_ place: VaultObjects.Place) async throws -> JSONValue {
        try await objects.patch(place, version: "", ["attributes": ["enabled": true]])
    }

    private func isWanted(
        _ live: SecretString, _ current: Attributes, _ desired: Attributes, _ operation: Operation
    ) throws -> Bool {
        let source = try desired.required(Self.source)
        if source["generate"] != nil { return current[Self.source] == source }
        return try text(of: source, operation).reveal() == live.reveal()
    }

    /// The former version's value becomes current again, as a new version if another one has come since.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: former)
        switch try await look(place) {
        case .present(let found): try refuseIfManaged(found, place)
        case .hidden(_, isDisabled: true): _ = try await enable(place)
        case .hidden: break
        case .absent:
            guard try await objects.deleted(place, operation) != nil else {
                throw objects.notRestorable(place, "it is neither in the vault nor among the deleted secrets")
            }
            try await objects.recover(place, operation)
        }
        guard let live = try await keyVault.secret(vaultURL: place.vaultURL, name: place.name) else {
            throw objects.notRestorable(place, "it cannot be read")
        }
        let others = former[AzureAttributes.foreignTags] ?? [:]
        // The tags that the failed change set are known only by not having been there before.
        let tags = TagSet(live.properties).updated(from: former, to: former, owner: operation.owner, others: others)
        let wanted = ObjectLifetime.restoring(former)
        var value = live.value
        if let version = former[VaultObjects.version], version != VaultObjects.version(in: live.properties) {
            let old = try await keyVault.secret(vaultURL: place.vaultURL, name: place.name, version: version)
            guard let old else { throw objects.notRestorable(place, "its version \(version) is gone") }
            value = old.value
        }
        let isCurrent = value.reveal() == live.value.reveal() && !ObjectLifetime.hasMore(live.properties, than: former)
        var result =
            isCurrent
            ? try await describe(live.properties, wanted, tags, place)
            : observed(try await set(value, wanted, tags, place), place, former, former)
        for time in [ObjectLifetime.notBefore, ObjectLifetime.expires] { result[time] = former[time] }
        return result
    }

    // MARK: Wire

    /// Sets a new version.
    private func set(
        _ value: SecretString, _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        var body: JSONValue = ["tags": tags, "attributes": ObjectLifetime.json(desired)]
        body["contentType"] = desired[Self.contentType].map(JSONValue.string)
        let request = body
        return try await objects.settling { () async throws(ServiceError) in
            try await keyVault.put(
                vaultURL: place.vaultURL, path: objects.path(place), body: request, secrets: ["value": value])
        }
    }

    /// Brings what is said about the current version up to date; its value stays.
    private func describe(
        _ live: JSONValue, _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> Attributes {
        let type = desired[Self.contentType] ?? ""
        let isSame =
            live["tags"] == tags && (live["contentType"]?.string ?? "") == type
            && ObjectLifetime.isAsWanted(live, desired)
        guard !isSame, let version = VaultObjects.version(in: live) else {
            return observed(live, place, desired, desired)
        }
        let body: JSONValue = [
            "tags": tags, "contentType": .string(type), "attributes": ObjectLifetime.json(desired),
        ]
        return observed(try await objects.patch(place, version: version, body), place, desired, desired)
    }

    package func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes {
        var found = known
        objects.observe(body, at: place, into: &found, known: known, wanted: wanted)
        ObjectLifetime.observe(body, into: &found, known: known, wanted: wanted)
        let type = body["contentType"]?.string ?? ""
        found[Self.contentType] = type.isEmpty ? nil : type
        return found
    }

    // MARK: Value

    private func value(of desired: Attributes, _ operation: Operation) throws -> SecretString {
        let source = try desired.required(Self.source)
        if let length = source["generate"]?["length"]?.integer {
            return SecretString(operation.secrets.generated(length: length).reveal())
        }
        return try text(of: source, operation)
    }

    /// Key Vault holds texts of up to 25,600 bytes.
    private func text(of source: Value, _ operation: Operation) throws -> SecretString {
        let bytes = try operation.secrets.bytes(of: source).reveal()
        guard bytes.count <= 25_600 else {
            throw ResourceFailure(
                .applyUnusableSecret, "the secret is longer than the 25,600 bytes that Key Vault holds",
                hint: "keep large contents elsewhere and only their key in the vault")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ResourceFailure(
                .applyUnusableSecret, "the secret is not UTF-8 text, and Key Vault holds only text",
                hint: "encode it, for instance as base64, and say so in `contentType`")
        }
        return SecretString(text)
    }
}

extension Secret: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        switch use {
        case .read:
            Right.vault(
                .secrets, ["get"], otherwise: "whether its value differs is found only at apply, which writes it then")
        case .create: Right.vault(.secrets, ["get", SoftDeletion.permission(attributes), "set"])
        case .update: Right.vault(.secrets, ["set"])
        case .delete: Right.vault(.secrets, ["delete", "get"])
        }
    }
}
