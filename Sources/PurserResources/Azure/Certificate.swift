package import PurserClients
package import PurserEngine

/// A certificate with its key in a key vault: made there and signed by the vault or an issuer, or imported from a file.
///
/// Source: Key Vault REST reference, certificates, api-version 7.4. A self-signed one's key never leaves the vault.
package struct Certificate: VaultObjectKind {
    package static let name: KindName = "azure/certificate"
    package static let title = "certificate"
    package static let place = SpecPlace("vaults", "*", "certificates")
    package static let volatileOutputs = VaultObjects.volatileOutputs

    static let objectName = VaultObjects.objectName
    static let vault = VaultObjects.vault
    static let selfSigned = Attribute<Value>.optional(
        "selfSigned", .record(CertificateFields.ofPolicy), .updates,
        "Made and signed by the vault itself. A change makes a new version, but where its field says otherwise.")
    static let issued = Attribute<Value>.optional(
        "issued", .record(CertificateFields.ofIssuing), .updates,
        "Made by the vault and signed by an issuer. A change makes a new version, but where its field says otherwise.")
    static let imported = Attribute<Value>.optional(
        "import",
        .record([
            Field("file", .text, required: true, "A PFX or PEM file with certificate and key, beside the spec."),
            Field("password", .secret(generated: false), "The file's password, if it has one."),
        ]), .updates, "Sent as it stands in a file. Another leaf certificate in the file makes a new version.")
    static let enabled = ObjectLifetime.enabled
    static let tags = AzureAttributes.tags

    package static let attributes: [any AttributeDeclaration] = [
        objectName, vault, selfSigned, issued, imported, enabled, tags, SoftDeletion.whenDeleted, VaultObjects.id,
        VaultObjects.version, AzureAttributes.foreignTags,
    ]

    package static let example = AzureExample.spec(
        "certificate",
        """
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            certificates:
              shop: {selfSigned: {subject: CN=shop.example.com, validity: 365d}}

        """)

    let keyVault: KeyVaultClient
    package let objects: VaultObjects

    package init(keyVault: KeyVaultClient, polling: Polling) {
        self.keyVault = keyVault
        objects = VaultObjects(section: .certificates, keyVault: keyVault, polling: polling)
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let place = try objects.place(of: known)
        if operation.isExisting {
            return try await objects.existing(place).map { Observation(observed($0, place, known, wanted)) }
        }
        switch try await objects.look(place) {
        case .absent: return try await isTakenByRequest(place, wanted) ? creation(known, wanted, operation) : nil
        case .hidden(let reason, _):
            guard known[VaultObjects.version] != nil else {
                operation.missed(VaultObjects.unseenPresence(reason))
                return nil
            }
            operation.missed(VaultObjects.unseenContent(reason))
            let isImported = wanted?[Self.imported] != nil
            return Observation(
                known, sensitive: isImported ? [Self.imported.name: .undecided(reason: reason)] : [:],
                owner: operation.owner)
        case .present(let body):
            var observation = Observation(observed(body, place, known, wanted), owner: TagSet(body).owner)
            if wanted?[Self.issued] != nil, try await issuing(place).isOpen {
                // The policy says already what the certificate does not yet.
                observation.attributes[Self.issued] = nil
            }
            if let source = wanted?[Self.imported] {
                observation.sensitive[Self.imported.name] = comparison(body, source, operation)
            }
            return observation
        }
    }

    /// What a creation that is under way shows: it has no tags yet. Only whoever undoes his own, and therefore wants
    /// nothing, may take it for his.
    private func creation(_ known: Attributes, _ wanted: Attributes?, _ operation: Operation) -> Observation {
        var found = known
        if wanted != nil { (found[Self.selfSigned], found[Self.issued]) = (nil, nil) }
        return Observation(found, owner: wanted == nil ? operation.owner : nil)
    }

    /// Compares the leaf certificates; the key belongs to its certificate.
    private func comparison(_ body: JSONValue, _ source: Value, _ operation: Operation) -> SensitiveComparison {
        do {
            let leaf = try CertificateFile(source, operation.secrets).leaf()
            return leaf == body["cer"]?.string.flatMap(Base64.decoded) ? .same : .different
        } catch {
            let reason = (error as? any OperationFailure)?.summary ?? "its file cannot be read"
            return .undecided(reason: reason)
        }
    }

    package func make(
        _ desired: Attributes, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> Attributes {
        let tags = TagSet.created(desired, owner: operation.owner)
        return observed(try await made(desired, tags, place, operation), place, desired, desired)
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let place = try objects.place(of: desired)
        guard let live = try await objects.get(place) else { return try await create(desired, operation) }
        let tags = TagSet(live).updated(from: current, to: desired, owner: operation.owner)
        guard isWanted(live, desired, operation) else {
            return observed(try await made(desired, tags, place, operation), place, desired, desired)
        }
        if desired[Self.issued] != nil, try await issuing(place).isOpen {
            return observed(try await made(desired, tags, place, operation), place, desired, desired)
        }
        let policy = try await setPolicy(Self.asked(of: desired), live, place)
        return try await afterWrite {
            var body = try await described(live, desired, tags, place)
            body["policy"] = policy ?? live["policy"]
            return observed(body, place, desired, desired)
        }
    }

    private func isWanted(_ live: JSONValue, _ desired: Attributes, _ operation: Operation) -> Bool {
        // A creation that was interrupted has left a policy and no certificate.
        guard live["cer"]?.string != nil else { return false }
        if let source = desired[Self.imported] { return comparison(live, source, operation) == .same }
        let asked = Self.asked(of: desired)
        return CertificatePolicy(answer: live["policy"], asked: asked)?.ofVersion
            == CertificatePolicy(spec: asked)?.ofVersion
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let place = try objects.place(of: recorded)
        try await stopCreation(place)
        try await objects.delete(place, operation)
    }

    // MARK: Wire

    /// Brings what is said about the current version up to date.
    func described(
        _ live: JSONValue, _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        let isEnabled = desired[Self.enabled] ?? true
        let isSame = live["tags"] == tags && (live.at("attributes", "enabled")?.bool ?? true) == isEnabled
        guard !isSame, let version = VaultObjects.version(in: live) else { return live }
        let answer = try await objects.patch(
            place, version: version, ["tags": tags, "attributes": ["enabled": .bool(isEnabled)]])
        var body = live
        body["tags"] = answer["tags"] ?? tags
        body["attributes"] = answer["attributes"]
        return body
    }

    package func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes {
        var found = known
        objects.observe(body, at: place, into: &found, known: known, wanted: wanted)
        found[Self.enabled] = body.at("attributes", "enabled")?.bool ?? true
        let reference = Self.asked(of: wanted) ?? Self.asked(of: known)
        guard let reference, body["policy"] != nil else { return found }
        let live = CertificatePolicy(answer: body["policy"], asked: reference)
        let isSame = live != nil && live == CertificatePolicy(spec: reference)
        (found[Self.selfSigned], found[Self.issued]) = (nil, nil)
        let source = live?.issuer == CertificatePolicy.selfSigning ? Self.selfSigned : Self.issued
        // What an import left is no request to an issuer.
        guard source.name == Self.selfSigned.name || known[Self.imported] == nil else { return found }
        found[source] = isSame ? reference : live?.record(like: reference)
        return found
    }

    /// What the spec asks the vault to make, with or without an issuer.
    static func asked(of attributes: Attributes?) -> Value? { attributes?[selfSigned] ?? attributes?[issued] }
}

extension Certificate {
    /// The former certificate is current again: as a new version, made from the former version's own secret, if
    /// another one has come since.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: former)
        try await stopCreation(place)
        if try await objects.get(place) == nil {
            guard try await objects.deleted(place, operation) != nil else {
                throw objects.notRestorable(place, "it is neither in the vault nor among the deleted certificates")
            }
            try await objects.recover(place, operation)
        }
        guard let live = try await objects.get(place) else { throw objects.notRestorable(place, "it cannot be read") }
        let others = former[AzureAttributes.foreignTags] ?? [:]
        let tags = TagSet(live).updated(from: former, to: former, owner: operation.owner, others: others)
        let policy = CertificatePolicy(spec: Self.asked(of: former))
        guard let version = former[VaultObjects.version], version != VaultObjects.version(in: live) else {
            let present = try await setPolicy(Self.asked(of: former), live, place)
            var body = try await described(live, former, tags, place)
            body["policy"] = present ?? live["policy"]
            return observed(body, place, former, former)
        }
        let sent = try await sent(try await file(ofVersion: version, place), policy: policy, tags, place)
        let body = try await described(sent, former, tags, place)
        return observed(body, place, former, former)
    }

    /// Certificate and key of a former version, as the secret of the same name and version holds them.
    private func file(ofVersion version: String, _ place: VaultObjects.Place) async throws -> CertificateFile {
        let secret = try await keyVault.secret(vaultURL: place.vaultURL, name: place.name, version: version)
        guard let secret else { throw objects.notRestorable(place, "its version \(version) cannot be exported") }
        return CertificateFile(
            exported: secret.value, contentType: secret.properties["contentType"]?.string ?? CertificatePolicy.pkcs12)
    }
}

extension Certificate: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let make = attributes[imported] == nil ? "create" : "import"
        return switch use {
        case .read: Right.vault(.certificates, ["get"])
        case .create: Right.vault(.certificates, ["get", make, SoftDeletion.permission(attributes)])
        // A former version comes back through the secret that holds it.
        case .update: Right.vault(.certificates, [make, "import", "update"]) + Right.vault(.secrets, ["get"])
        case .delete: Right.vault(.certificates, ["delete", "get"])
        }
    }
}
