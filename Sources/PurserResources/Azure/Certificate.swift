package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A certificate with its key in a key vault: made and signed by the vault itself, or imported from a file.
///
/// Source: Key Vault REST reference, certificates, api-version 7.4. A self-signed one's key never leaves the vault.
package struct Certificate: ResourceKind {
    package static let name: KindName = "azure/certificate"
    package static let title = "certificate"
    package static let place = SpecPlace("vaults", "*", "certificates")
    package static let identity = VaultObjects.identity
    package static let allowsExisting = true
    package static let volatileOutputs = VaultObjects.volatileOutputs

    static let objectName = VaultObjects.objectName
    static let vault = VaultObjects.vault
    static let selfSigned = Attribute<Value>.optional(
        "selfSigned", .record(selfSignedFields), .updates, "Made by the vault itself. A change makes a new version.")
    static let imported = Attribute<Value>.optional(
        "import",
        .record([
            Field("file", .text, required: true, "A PFX or PEM file with certificate and key, beside the spec."),
            Field("password", .secret(generated: false), "The file's password, if it has one."),
        ]), .updates, "Sent as it stands in a file. Another leaf certificate in the file makes a new version.")
    static let tags = AzureAttributes.tags

    package static let attributes: [any AttributeDeclaration] = [
        objectName, vault, selfSigned, imported, tags, VaultObjects.id, VaultObjects.version,
        AzureAttributes.foreignTags,
    ]

    private static let selfSignedFields = [
        Field("subject", .text, required: true, "The distinguished name, such as `CN=shop.example.com`."),
        Field(
            "validity", .duration, required: true,
            "A number of months as Key Vault counts them: a multiple of 30d, or of 365d for years."),
        Field("keyType", .choice(["RSA", "EC"]), "By default RSA."),
        Field("keySize", .integer(2048...4096), "Bits of an RSA key: 2048 (the default), 3072 or 4096."),
        Field("curve", .choice(["P-256", "P-384", "P-521", "P-256K"]), "The curve of an EC key; by default P-256."),
        Field("dnsNames", .list(.text), "Host names that the certificate is good for."),
        Field("emails", .list(.text), "Mail addresses that the certificate is good for."),
        Field("upns", .list(.text), "User principal names that the certificate is good for."),
        Field(
            "keyUsages", .list(.choice(CertificatePolicy.keyUsages)),
            "What the key may be used for; by default what the vault chooses."),
        Field(
            "extendedKeyUsages", .list(.text(CertificatePolicy.objectIdentifier)),
            "Purposes by object identifier; by default those of TLS servers and clients."),
        Field(
            "reuseKey", .boolean,
            "Whether the next version has the same key; by default it has its own. Changes no version."),
        Field(
            "renewal",
            .record([
                Field("percent", .integer(1...99), "At this part of its life; 80 where nothing else is said."),
                Field("daysBefore", .integer(1...3650), "So many days before it expires, in place of `percent`."),
                Field(
                    "action", .choice(["renew", "email"]),
                    "The vault makes the next version itself, by default, or writes to the contacts."),
            ]), "When the vault acts on its own. A change changes no version."),
        Field("exportable", .boolean, "Whether the key can be read, as pods that mount it need; by default true."),
        Field(
            "contentType", .choice([CertificatePolicy.pkcs12, CertificatePolicy.pem]),
            "The form of the secret that holds certificate and key; by default PKCS#12."),
    ]

    package static let example = """
        apiVersion: purser/v1
        environment: certificate
        azure:
          tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e
          subscription: 0b1f6471-1bf0-4dda-aec3-cb9272f09590
          location: westeurope
        groups:
          demo: {name: example-group}
        vaults:
          demo:
            name: example-keyvault
            group: demo
            authorization: policies
            certificates:
              shop: {selfSigned: {subject: CN=shop.example.com, validity: 365d}}

        """

    let keyVault: KeyVaultClient
    let objects: VaultObjects

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
        case .absent: return try await beingMade(place) ? creation(known, wanted, operation) : nil
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
            if let source = wanted?[Self.imported] {
                observation.sensitive[Self.imported.name] = comparison(body, source, operation)
            }
            return observation
        }
    }

    /// What a creation that is under way shows: it has no tags yet. Only whoever undoes his own, and therefore wants
    /// nothing, may take it for his.
    private func creation(_ known: Attributes, _ wanted: Attributes?, _ operation: Operation) -> Observation {
        Observation(known, owner: wanted == nil ? operation.owner : nil)
    }

    private func beingMade(_ place: VaultObjects.Place) async throws(ServiceError) -> Bool {
        let sight = try await VaultObjects.sight { () async throws(ServiceError) in
            try await keyVault.get(vaultURL: place.vaultURL, path: "\(objects.path(place))/pending")
        }
        guard case .present(let pending) = sight else { return false }
        return pending["status"]?.string?.lowercased() == "inprogress"
    }

    /// Stops a creation that is under way, so that it does not bring a version when nobody expects one any more.
    func stopCreation(_ place: VaultObjects.Place) async throws(ServiceError) {
        guard try await beingMade(place) else { return }
        try await keyVault.delete(vaultURL: place.vaultURL, path: "\(objects.path(place))/pending")
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

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        if let body = try await objects.ours(place, operation) {
            return try await afterWrite {
                try await update(observed(body, place, desired, desired), to: desired, operation)
            }
        }
        let tags = TagSet.created(desired, owner: operation.owner)
        return observed(try await made(desired, tags, place, operation), place, desired, desired)
    }

    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? {
        let place = try objects.place(of: desired)
        return try await objects.deleted(place, operation).map { observed($0, place, desired, desired) }
    }

    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        return try await afterWrite {
            try await objects.recover(place, operation)
            return try await update(desired, to: desired, operation)
        }
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
        let policy = try await setPolicy(desired[Self.selfSigned], live, place)
        return try await afterWrite {
            var body = try await described(live, tags, place)
            body["policy"] = policy ?? live["policy"]
            return observed(body, place, desired, desired)
        }
    }

    private func isWanted(_ live: JSONValue, _ desired: Attributes, _ operation: Operation) -> Bool {
        // A creation that was interrupted has left a policy and no certificate.
        guard live["cer"]?.string != nil else { return false }
        if let source = desired[Self.imported] { return comparison(live, source, operation) == .same }
        let wanted = CertificatePolicy(spec: desired[Self.selfSigned])
        return CertificatePolicy(answer: live["policy"], asked: desired[Self.selfSigned])?.ofVersion
            == wanted?.ofVersion
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let place = try objects.place(of: recorded)
        try await stopCreation(place)
        try await objects.delete(place, operation)
    }

    // MARK: Wire

    private func made(
        _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> JSONValue {
        if let source = desired[Self.imported] {
            return try await sent(try CertificateFile(source, operation.secrets), policy: nil, tags, place)
        }
        guard let policy = CertificatePolicy(spec: desired[Self.selfSigned]) else {
            throw AttributeError(name: Self.selfSigned.name, found: desired[Self.selfSigned])
        }
        operation.report("the vault is making the certificate")
        let body: JSONValue = ["policy": policy.json, "attributes": ["enabled": true], "tags": tags]
        return try await afterWrite {
            try await objects.settling { () async throws(ServiceError) in
                try await keyVault.createCertificate(vaultURL: place.vaultURL, name: place.name, body: body)
            }
        }
    }

    /// Imports a new version.
    private func sent(
        _ file: CertificateFile, policy: CertificatePolicy?, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        let form: JSONValue = [
            "key_props": ["exportable": true], "secret_props": ["contentType": .string(file.contentType)],
        ]
        let body: JSONValue = ["policy": policy?.json ?? form, "attributes": ["enabled": true], "tags": tags]
        return try await objects.settling { () async throws(ServiceError) in
            try await keyVault.post(
                vaultURL: place.vaultURL, path: "\(objects.path(place))/import", body: body, secrets: file.members)
        }
    }

    private func described(_ live: JSONValue, _ tags: JSONValue, _ place: VaultObjects.Place) async throws -> JSONValue
    {
        guard live["tags"] != tags, let version = VaultObjects.version(in: live) else { return live }
        let answer = try await objects.patch(place, version: version, ["tags": tags])
        var body = live
        body["tags"] = answer["tags"] ?? tags
        return body
    }

    private func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes {
        var found = known
        objects.observe(body, at: place, into: &found, known: known, wanted: wanted)
        let reference = wanted?[Self.selfSigned] ?? known[Self.selfSigned]
        guard reference != nil, body["policy"] != nil else { return found }
        let live = CertificatePolicy(answer: body["policy"], asked: reference)
        let isSame = live != nil && live == CertificatePolicy(spec: reference)
        found[Self.selfSigned] = isSame ? reference : live?.record(like: reference)
        return found
    }
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
        let policy = CertificatePolicy(spec: former[Self.selfSigned])
        guard let version = former[VaultObjects.version], version != VaultObjects.version(in: live) else {
            let present = try await setPolicy(former[Self.selfSigned], live, place)
            var body = try await described(live, tags, place)
            body["policy"] = present ?? live["policy"]
            return observed(body, place, former, former)
        }
        let body = try await sent(try await file(ofVersion: version, place), policy: policy, tags, place)
        return observed(body, place, former, former)
    }

    /// Has the next version made in the wanted way. Returns the policy as it is then, or nil if it was so already.
    private func setPolicy(
        _ asked: Value?, _ live: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue? {
        guard let policy = CertificatePolicy(spec: asked),
            policy != CertificatePolicy(answer: live["policy"], asked: asked)
        else { return nil }
        return try await keyVault.patch(
            vaultURL: place.vaultURL, path: "\(objects.path(place))/policy", body: policy.json)
    }

    /// Certificate and key of a former version, as the secret of the same name and version holds them.
    private func file(ofVersion version: String, _ place: VaultObjects.Place) async throws -> CertificateFile {
        let secret = try await keyVault.secret(vaultURL: place.vaultURL, name: place.name, version: version)
        guard let secret else { throw objects.notRestorable(place, "its version \(version) cannot be exported") }
        return CertificateFile(
            exported: secret.value, contentType: secret.properties["contentType"]?.string ?? CertificatePolicy.pkcs12)
    }

    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        guard action == .update, recorded?[selfSigned]?["exportable"]?.bool == false,
            recorded?[selfSigned] != desired?[selfSigned] || desired?[imported] != nil
        else { return nil }
        return
            "the former certificate's key cannot leave the vault, so that the former version cannot be made current again"
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        switch operation {
        case .create: "the certificate, soft-deleted until the vault's retention has passed"
        case .update, .recover, .adopt: "another version, equal to the former one, if the certificate had changed"
        case .delete, .read, .record: nil
        }
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        DeployerAccess.link(&resource, from: spec)
        AzureAttributes.checkTags(resource, .vaultObject, &diagnostics)
        guard !resource.isExisting else { return }
        let isSelfSigned = resource.writes(selfSigned.name)
        guard isSelfSigned != resource.writes(imported.name) else {
            diagnostics.append(
                isSelfSigned ? .specContradiction : .missingField,
                isSelfSigned
                    ? "\(resource.address) is both self-signed and imported"
                    : "\(resource.address) says neither `selfSigned` nor `import`",
                at: resource.range, hint: "write exactly one of `selfSigned` and `import`",
                address: resource.address.description)
            return
        }
        guard isSelfSigned, let record = resource.known(selfSigned.name) else { return }
        checkSelfSigned(record, &resource, &diagnostics)
    }

    private static func checkSelfSigned(
        _ record: Value, _ resource: inout DeclaredResource, _ diagnostics: inout Diagnostics
    ) {
        let address = resource.address.description
        if let validity = record["validity"]?.string, CertificatePolicy.months(in: validity) == nil {
            diagnostics.append(
                .invalidValue, "a validity of \(validity) is no number of whole months",
                at: resource.range(of: "selfSigned.validity"),
                hint: "write a multiple of 30d, or of 365d for years", address: address)
        }
        if let subject = record["subject"]?.string, !subject.contains("=") {
            diagnostics.append(
                .invalidValue, "the subject '\(subject)' is not a distinguished name",
                at: resource.range(of: "selfSigned.subject"), hint: "write e.g. `CN=\(subject)`", address: address)
        }
        let isEC = record["keyType"]?.string == "EC"
        let other = isEC ? "keySize" : "curve"
        if record[other] != nil {
            diagnostics.append(
                .specContradiction, "'\(other)' does not go with a key of type \(isEC ? "EC" : "RSA")",
                at: resource.range(of: "selfSigned.\(other)"), hint: "remove it", address: address)
        }
        if let renewal = record["renewal"], renewal["percent"] != nil, renewal["daysBefore"] != nil {
            diagnostics.append(
                .specContradiction, "'renewal' says both 'percent' and 'daysBefore'",
                at: resource.range(of: "selfSigned.renewal"), hint: "write one of them", address: address)
        }
        if !isEC {
            Key.checkSize(
                record["keySize"], at: resource.range(of: "selfSigned.keySize"), resource, &diagnostics)
        }
    }
}

extension Certificate: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let make = attributes[imported] == nil ? "create" : "import"
        return switch use {
        case .read: Right.vault(.certificates, ["get"])
        case .create: Right.vault(.certificates, ["get", make, "recover"])
        // A former version comes back through the secret that holds it.
        case .update: Right.vault(.certificates, [make, "import", "update"]) + Right.vault(.secrets, ["get"])
        case .delete: Right.vault(.certificates, ["delete", "get"])
        }
    }
}
