package import PurserClients
package import PurserEngine
package import PurserSyntax

/// The AKS cluster that `cluster.aks` names: looked up for what the environment needs of it, never changed.
///
/// Source: Azure REST reference, `Microsoft.ContainerService/managedClusters`, api-version 2025-10-01.
package struct ManagedCluster: ResourceKind {
    package static let name: KindName = "azure/managedCluster"
    package static let title = "AKS cluster"
    package static let place = SpecPlace("cluster", "aks", form: .single(attribute: "aks"))
    package static let identity = ["subscription", "aks.group", "aks.name"]
    package static let allowsExisting = true

    static let setting = "cluster.aks"
    static let address = PurserEngine.Address(["cluster", "aks"])

    static let aks = Attribute<Value>(
        "aks", .json, .setting(setting), .replaces, "Group and name, from `cluster.aks`.")
    static let subscription = AzureAttributes.subscription
    static let needs = Attribute<[String]>(
        "needs", .list(.choice(Feature.allCases.map(\.rawValue))), .derived, .informs,
        "Features that the environment relies on.")
    static let id = AzureAttributes.id
    static let nodeResourceGroup = Attribute<String>.computed(
        "nodeResourceGroup", "The resource group of its scale sets.")
    static let oidcIssuer = Attribute<String>.computed(
        "oidcIssuer", "The issuer of its service accounts' tokens, with the slash at its end.")
    static let kubeletIdentityId = Attribute<String>.computed(
        "kubeletIdentityId", "The managed identity that its nodes carry.")
    static let addonIdentityId = Attribute<String>.computed(
        "addonIdentityId", "The managed identity of the add-on for key vaults, if it is enabled.")
    static let enabled = Attribute<[String]>.computed("enabled", "Those of the features that it has.")

    package static let attributes: [any AttributeDeclaration] = [
        aks, subscription, needs, id, nodeResourceGroup, oidcIssuer, kubeletIdentityId, addonIdentityId, enabled,
    ]

    package static let example = AzureExample.spec(
        "managed-cluster",
        """
        cluster:
          aks: {group: aks-west-dev, name: aks-west-dev}
        groups:
          demo: {name: example-group}
        identities:
          demo: {name: example-identity, group: demo, nodes: all}

        """)

    /// What an environment can need of its cluster.
    enum Feature: String, CaseIterable, Sendable {
        case addon
        case oidcIssuer
    }

    let arm: ARMClient

    package init(arm: ARMClient) { self.arm = arm }

    // MARK: Spec

    /// The cluster as a resource of the environment, if the spec names it.
    static func implied(in spec: Declarations) -> [DeclaredResource] {
        guard spec.settings[setting] != nil, spec[address] == nil else { return [] }
        return [DeclaredResource(address: address, kind: name, range: nil, isExisting: true)]
    }

    /// An output of the cluster, if the spec names it.
    static func output<T>(_ attribute: Attribute<T>, in spec: Declarations) -> Expression? {
        spec.settings[setting] == nil ? nil : .output(address, attribute.name)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        let needed = Feature.allCases.filter { feature in
            switch feature {
            case .addon: CSIDriverSource.isAddon(spec)
            case .oidcIssuer: spec.resources.contains { FederatedCredential.takesIssuerOfCluster($0, in: spec) }
            }
        }
        if let subscription = NodeGroup.subscription(in: spec) {
            resource.attributes[AzureAttributes.subscription.name] = .literal(subscription)
        }
        resource.attributes[needs.name] = .literal(.list(needed.map { .string($0.rawValue) }))
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        guard action == .read, let found = recorded[enabled] else { return nil }
        let missing = (desired[needs] ?? []).compactMap(Feature.init).first { !found.contains($0.rawValue) }
        let target = [("--resource-group", "group"), ("--name", "name")]
            .map { "\($0.0) \((desired[aks]?[$0.1]?.string ?? "").shellWord)" }.joined(separator: " ")
        switch missing {
        case .addon?:
            return Obstacle(
                "the add-on for key vaults, which `csi: addon` relies on, is not enabled",
                hint: "az aks enable-addons --addons azure-keyvault-secrets-provider \(target)")
        case .oidcIssuer?:
            return Obstacle(
                "it issues no OIDC tokens, which federated credentials rely on",
                hint: "az aks update --enable-oidc-issuer \(target)")
        case nil: return nil
        }
    }

    // MARK: Operations

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let path = try Self.path(of: known)
        guard let body = try await arm.get(path, apiVersion: AzureVersion.managedClusters) else { return nil }
        var found = known
        found[Self.needs] = wanted?[Self.needs] ?? known[Self.needs]
        Self.observe(body, into: &found)
        found[Self.id] = path
        return Observation(found)
    }

    /// Never called: the cluster is always said to exist.
    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        throw Self.readOnly
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes { throw Self.readOnly }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws { throw Self.readOnly }

    private static let readOnly = ResourceFailure(
        .serviceNotFound, "the AKS cluster is not there, and Purser makes none", hint: "check `cluster.aks`")

    static func path(of attributes: Attributes) throws -> String {
        let cluster = try attributes.required(aks)
        guard let group = cluster["group"]?.string, let name = cluster["name"]?.string else {
            throw AttributeError(name: aks.name, found: cluster)
        }
        return AzurePaths.managedCluster(
            subscription: try attributes.required(subscription), group: group, name: name)
    }

    private static func observe(_ body: JSONValue, into found: inout Attributes) {
        let properties = body["properties"] ?? [:]
        let addon = addon(properties)
        let issuer = properties["oidcIssuerProfile"]
        let hasIssuer = issuer?["enabled"]?.bool == true
        found[nodeResourceGroup] = properties["nodeResourceGroup"]?.string
        found[oidcIssuer] = hasIssuer ? issuer?["issuerURL"]?.string : nil
        found[kubeletIdentityId] = properties.at("identityProfile", "kubeletidentity", "resourceId")?.string
        found[addonIdentityId] = addon?.at("identity", "resourceId")?.string
        let features: [(Feature, Bool)] = [(.addon, addon != nil), (.oidcIssuer, hasIssuer)]
        found[enabled] = features.filter(\.1).map(\.0.rawValue)
    }

    /// The letter case of the add-on's name varies.
    private static func addon(_ properties: JSONValue) -> JSONValue? {
        let profiles = properties["addonProfiles"]?.object ?? [:]
        let profile = profiles.first { $0.key.lowercased() == "azurekeyvaultsecretsprovider" }?.value
        return profile?["enabled"]?.bool == true ? profile : nil
    }
}

/// Where the CSI driver comes from, by `cluster.csi`.
enum CSIDriverSource {
    static let setting = "cluster.csi"
    static let addon = "addon"
    static let release = "release"

    static func isAddon(_ spec: Declarations) -> Bool { spec.settings[setting]?.string == addon }
}

extension ManagedCluster: RightsDeclaring {
    package static func resourceID(of attributes: Attributes) throws -> String? { try path(of: attributes) }

    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        [.action("Microsoft.ContainerService/managedClusters/read", at: try path(of: attributes))]
    }
}
