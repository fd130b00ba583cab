package import PurserClients
package import PurserEngine
package import PurserSyntax

/// Whose tokens count as a managed identity: those of one issuer for one subject.
///
/// The service compares issuer, subject and audience byte for byte, and says of a wrong one only that no credential
/// matches. Source: Azure REST reference, `userAssignedIdentities/federatedIdentityCredentials`, api-version 2024-11-30.
package struct FederatedCredential: ResourceKind {
    package static let name: KindName = "azure/federatedCredential"
    package static let title = "federated credential"
    package static let place = SpecPlace("identities", "*", "federatedCredentials")
    package static let identity = ["identity.id", "name"]
    package static let allowsExisting = true
    package static let marksOwnership = false
    package static let volatileOutputs: Set<String> = [preexisting.name]

    static let credentialName = Attribute<String>(
        "name", .text(AzureNames.federatedCredential), .key, .replaces,
        "Its name in Azure; by default its name here.")
    static let trusting = Attribute<Referenced>(
        "identity", .json, .parent(taking: ["id"]), .replaces, "The identity that trusts the tokens.")
    static let issuer = Attribute<String>.optional(
        "issuer", .text(AzureNames.federatedText), .updates,
        "Who issues the tokens, exactly as they say it; by default the cluster's OIDC issuer, from `cluster.oidcIssuer` or the cluster that `cluster.aks` names."
    )
    static let subject = Attribute<String>.optional(
        "subject", .text(AzureNames.federatedText), .updates,
        "For whom, exactly as they say it; or else give `serviceAccount`.")
    static let serviceAccount = Attribute<String>.optional(
        "serviceAccount", .text(AzureNames.namespacedName), .informs,
        "`NAMESPACE/NAME` of a service account of the cluster, in place of `subject`.")
    static let audience = Attribute<String>.optional(
        "audience", .text(AzureNames.federatedText), default: WorkloadIdentity.audience, .updates,
        "For which use. The clouds for the US Government and China have others than the default.")
    static let id = AzureAttributes.id
    static let preexisting = Attribute<Bool>.computed(
        "preexisting", "Whether it was there before, and stays when ours goes.")

    package static let attributes: [any AttributeDeclaration] = [
        credentialName, trusting, issuer, subject, serviceAccount, audience, id, preexisting,
    ]

    package static let example = AzureExample.spec(
        "federated-credential",
        """
        groups:
          demo: {name: example-group}
        identities:
          demo:
            name: example-identity
            group: demo
            federatedCredentials:
              deployments:
                issuer: https://token.actions.githubusercontent.com
                subject: repo:example/shop:ref:refs/heads/main

        """)

    let arm: ARMClient
    let polling: Polling
    /// The service refuses writes to the credentials of one identity at the same time.
    private let turns = Turns()

    package init(arm: ARMClient, polling: Polling) {
        self.arm = arm
        self.polling = polling
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        if resource.attributes[issuer.name] == nil, !resource.isExisting {
            let known = spec.settings[WorkloadIdentity.issuerSetting].map(Expression.literal)
            resource.attributes[issuer.name] = known ?? ManagedCluster.output(ManagedCluster.oidcIssuer, in: spec)
        }
        if let subject = accountSubject(of: resource, in: spec) {
            resource.attributes[Self.subject.name] = .literal(.string(subject))
        }
        check(resource, &diagnostics)
    }

    private static func check(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) {
        guard !resource.isExisting else { return }
        let address = resource.address.description
        if resource.attributes[issuer.name] == nil {
            diagnostics.append(
                .missingField, "\(address) needs 'issuer', since the spec does not say the cluster's",
                at: resource.range,
                hint: "write it, or `oidcIssuer` or `aks` in the section `cluster`", address: address)
        }
        let isWritten = resource.writes(subject.name)
        let hasAccount = resource.attributes[serviceAccount.name] != nil
        guard isWritten == hasAccount else { return }
        diagnostics.append(
            isWritten ? .specContradiction : .missingField,
            isWritten
                ? "\(address) has both 'subject' and 'serviceAccount'"
                : "\(address) needs 'subject' or 'serviceAccount'",
            at: resource.range(of: serviceAccount.name), hint: "write one of them", address: address)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        takesIssuerOfCluster(resource, in: spec) ? ManagedCluster.implied(in: spec) : []
    }

    /// Whether this is a federated credential whose issuer is what the AKS cluster says.
    static func takesIssuerOfCluster(_ resource: DeclaredResource, in spec: Declarations) -> Bool {
        resource.kind == name && !resource.isExisting && !resource.writes(issuer.name)
            && spec.settings[WorkloadIdentity.issuerSetting] == nil
    }

    /// The subject that follows from `serviceAccount`: `system:serviceaccount:NAMESPACE:NAME`.
    static func accountSubject(of resource: DeclaredResource, in spec: Declarations) -> String? {
        guard let account = resource.known(serviceAccount.name)?.string else { return nil }
        let parts = account.split(separator: "/").map(String.init)
        guard parts.count == 2 else { return nil }
        return WorkloadIdentity.subject(
            namespace: NamespaceLink.name(ofKey: parts[0], in: spec), serviceAccount: parts[1])
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard let body = try await get(known) else { return nil }
        return Observation(observed(body, known))
    }

    package func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        var found = Attributes()
        found[Self.preexisting] = try await get(desired) != nil
        return found
    }

    /// Takes one that says the same as it is; one that says something else is somebody's.
    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        if let body = try await get(desired) {
            let found = observed(body, desired)
            let isSame = [Self.issuer, Self.subject, Self.audience].allSatisfy { found[$0] == desired[$0] }
            guard isSame else {
                throw ResourceFailure.alreadyExists(
                    "another federated credential '\(try desired.required(Self.credentialName))' of the identity",
                    owner: nil)
            }
            return with(found, preexisting: desired[Self.preexisting] ?? true)
        }
        return with(observed(try await put(desired), desired), preexisting: false)
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        with(observed(try await put(desired), desired), preexisting: current[Self.preexisting] ?? false)
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        guard recorded[Self.preexisting] != true else { return }
        let path = try path(of: recorded)
        try await inTurn(recorded) { () async throws(ServiceError) in
            try await arm.delete(path, apiVersion: AzureVersion.identities)
        }
    }

    // MARK: Calls

    private func get(_ attributes: Attributes) async throws -> JSONValue? {
        try await arm.get(try path(of: attributes), apiVersion: AzureVersion.identities)
    }

    private func put(_ desired: Attributes) async throws -> JSONValue {
        let path = try path(of: desired)
        let body: JSONValue = [
            "properties": [
                "issuer": .string(try desired.required(Self.issuer)),
                "subject": .string(try desired.required(Self.subject)),
                "audiences": [.string(desired[Self.audience] ?? WorkloadIdentity.audience)],
            ]
        ]
        return try await inTurn(desired) { () async throws(ServiceError) in
            try await arm.put(path, apiVersion: AzureVersion.identities, body: body)
        }
    }

    /// One write at a time for each identity; writes of others make conflicts that pass. An identity made moments ago
    /// may not be known to every replica.
    @discardableResult
    private func inTurn<Result: Sendable>(
        _ attributes: Attributes, _ write: @Sendable () async throws(ServiceError) -> Result
    ) async throws -> Result {
        let identity = try attributes.required(Self.trusting).string("id").lowercased()
        await turns.take(identity)
        let outcome: Swift.Result<Result, ServiceError>
        do throws(ServiceError) {
            outcome = .success(
                try await polling.retrying(while: Self.isPassing, timeout: .seconds(120)) {
                    () async throws(ServiceError) in try await write()
                })
        } catch {
            outcome = .failure(error)
        }
        await turns.give(identity)
        return try outcome.get()
    }

    private static func isPassing(_ error: ServiceError) -> Bool {
        error.code == "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
            || error.code == "ParentResourceNotFound"
    }

    private func path(of attributes: Attributes) throws -> String {
        let identity = try attributes.required(Self.trusting).string("id")
        return "\(identity)/federatedIdentityCredentials/\(try attributes.required(Self.credentialName))"
    }

    private func observed(_ body: JSONValue, _ known: Attributes) -> Attributes {
        var found = known
        found[Self.issuer] = body.at("properties", "issuer")?.string
        found[Self.subject] = body.at("properties", "subject")?.string
        found[Self.audience] = body.at("properties", "audiences")?.strings.first
        found[Self.id] = try? path(of: known)
        return found
    }

    private func with(_ attributes: Attributes, preexisting: Bool) -> Attributes {
        var result = attributes
        result[Self.preexisting] = preexisting
        return result
    }
}

/// Lets one at a time through for each name, in the order in which they came.
actor Turns {
    private var taken: Set<String> = []
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Returns when it is the caller's turn, which lasts until `give`.
    func take(_ name: String) async {
        if taken.insert(name).inserted { return }
        await withCheckedContinuation { waiting[name, default: []].append($0) }
    }

    func give(_ name: String) {
        guard let next = waiting[name]?.first else {
            waiting[name] = nil
            taken.remove(name)
            return
        }
        waiting[name]?.removeFirst()
        next.resume()
    }
}

extension FederatedCredential: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let scope = try attributes.required(trusting).string("id")
        let credential = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
        return switch use {
        case .read: [.action("\(credential)/read", at: scope)]
        case .create, .update: [.action("\(credential)/write", at: scope)]
        case .delete: [.action("\(credential)/delete", at: scope)]
        }
    }
}
