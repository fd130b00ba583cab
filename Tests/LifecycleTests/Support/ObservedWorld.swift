import PurserClients

/// All that clients can observe of a sandbox's world by asking for it, in a form that two moments can be compared by.
///
/// Left out is what the services keep or count by nature: versions, revisions, identifiers of a new object, times.
struct ObservedWorld: Sendable, Equatable, CustomStringConvertible {
    /// From the name of each object to what it is.
    private(set) var objects: [String: JSONValue] = [:]

    var description: String { objects.keys.sorted().joined(separator: "\n") }

    /// The names of objects that only one of two worlds has, or that differ.
    func differences(from other: ObservedWorld) -> [String] {
        Set(objects.keys).union(other.objects.keys).sorted().compactMap { name in
            switch (other.objects[name], objects[name]) {
            case (nil, _?): "+ \(name)"
            case (_?, nil): "- \(name)"
            case (let old, let new): old == new ? nil : "~ \(name)\n    \(old?.text ?? "")\n    \(new?.text ?? "")"
            }
        }
    }

    init(_ clients: Clients, subscription: String) async throws {
        try await addAzure(clients, "/subscriptions/\(subscription)")
        try await addKubernetes(clients)
    }

    private mutating func add(_ name: String, _ object: JSONValue?) { objects[name] = object }

    // MARK: Azure

    private mutating func addAzure(_ clients: Clients, _ subscription: String) async throws {
        for group in try await clients.arm.list("\(subscription)/resourcegroups", apiVersion: "2021-04-01") {
            guard let name = group["name"]?.string else { continue }
            add("group \(name)", group)
            let base = "\(subscription)/resourceGroups/\(name)/providers"
            for identity in try await clients.arm.list(
                "\(base)/Microsoft.ManagedIdentity/userAssignedIdentities", apiVersion: "2024-11-30")
            {
                // The ids are new with each identity.
                add("identity \(identity["name"]?.string ?? "")", identity.keeping(["name", "location", "tags"]))
            }
            for set in try await clients.arm.list(
                "\(base)/Microsoft.Compute/virtualMachineScaleSets", apiVersion: "2025-04-01")
            {
                let bound = set.at("identity", "userAssignedIdentities")?.object?.keys.map { $0.lowercased() }.sorted()
                add("scale set \(set["name"]?.string ?? "")", .array((bound ?? []).map(JSONValue.string)))
            }
            for vault in try await clients.arm.list(
                "\(base)/Microsoft.KeyVault/vaults", apiVersion: "2026-02-01")
            {
                try await addVault(clients, vault)
            }
        }
    }

    private mutating func addVault(_ clients: Clients, _ vault: JSONValue) async throws {
        guard let name = vault["name"]?.string, let url = vault.at("properties", "vaultUri")?.string else { return }
        add("vault \(name)", vault.keeping(["name", "location", "tags"]))
        for member in ["sku", "enableRbacAuthorization", "softDeleteRetentionInDays", "enablePurgeProtection"] {
            add("vault \(name) \(member)", vault.at("properties", member))
        }
        let policies = vault.at("properties", "accessPolicies")?.array ?? []
        add("vault \(name) policies", .array(policies.compactMap { $0["permissions"] }.sorted { $0.text < $1.text }))
        // Without a right to look the contents are not observable.
        guard let secrets = try? await clients.keyVault.list(vaultURL: url, path: "/secrets") else { return }
        for listed in secrets { try await addSecret(clients, url, listed) }
    }

    private mutating func addSecret(_ clients: Clients, _ url: String, _ listed: JSONValue) async throws {
        guard let id = listed["id"]?.string, let name = id.split(separator: "/").last.map(String.init) else { return }
        let secret = try? await clients.keyVault.secret(vaultURL: url, name: name)
        add("secret \(url)\(name)", secret?.properties.keeping(["contentType", "tags", "managed"]))
        add("secret \(url)\(name) value", secret.map { .string($0.value.reveal()) })
    }

    // MARK: Kubernetes

    private static let resources: [(group: String, version: String, resource: String)] = [
        ("", "v1", "namespaces"), ("", "v1", "pods"), ("", "v1", "secrets"), ("", "v1", "serviceaccounts"),
        ("apps", "v1", "daemonsets"), ("apps", "v1", "deployments"),
        ("rbac.authorization.k8s.io", "v1", "clusterroles"),
        ("rbac.authorization.k8s.io", "v1", "clusterrolebindings"), ("storage.k8s.io", "v1", "csidrivers"),
        ("secrets-store.csi.x-k8s.io", "v1", "secretproviderclasses"),
    ]

    private mutating func addKubernetes(_ clients: Clients) async throws {
        for (group, version, resource) in Self.resources {
            let path = ResourcePath(group: group, version: version, resource: resource)
            // Before the release has brought its definition there is no such resource.
            guard let found = try? await clients.kubernetes.list(path) else { continue }
            for object in found { addKubernetes(object, resource) }
        }
    }

    private mutating func addKubernetes(_ object: JSONValue, _ resource: String) {
        guard let metadata = object["metadata"], object["type"]?.string != "helm.sh/release.v1" else { return }
        // Pods of a controller have names that are new each time.
        guard metadata["ownerReferences"] == nil || resource == "secrets" else { return }
        let name = "\(resource) \(metadata["namespace"]?.string ?? "")/\(metadata["name"]?.string ?? "")"
        add("\(name) labels", metadata["labels"])
        add("\(name) annotations", metadata["annotations"])
        add(name, object.keeping(["spec", "data", "type", "rules", "roleRef", "subjects"]).withoutIdentifiers)
    }
}

extension JSONValue {
    fileprivate func keeping(_ names: [String]) -> JSONValue {
        .object((object ?? [:]).filter { names.contains($0.key) })
    }

    /// Without the client id that a SecretProviderClass names: it is new with each identity.
    fileprivate var withoutIdentifiers: JSONValue {
        switch self {
        case .object(let members):
            .object(members.filter { $0.key != "userAssignedIdentityID" }.mapValues(\.withoutIdentifiers))
        case .array(let items): .array(items.map(\.withoutIdentifiers))
        default: self
        }
    }
}

extension SandboxWorld {
    func observable() async throws -> ObservedWorld {
        let environment = connectionEnvironment
        let clients = try await Clients.make(
            settings: ClientSettings(environment: environment) { try JSONValue(parsing: $0) })
        do {
            let world = try await ObservedWorld(clients, subscription: environment["AZURE_SUBSCRIPTION_ID"] ?? "")
            await clients.shutdown()
            return world
        } catch {
            await clients.shutdown()
            throw error
        }
    }
}
