import Foundation

/// A vault's access policies, changed entry by entry. Source: Azure REST reference, vaults, Update Access Policy.
struct AccessPolicies: Sendable {
    func respond(to call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        let names = call.path.names
        guard names.count == 2, let kind = Kind(rawValue: names[1].lowercased()) else {
            throw AzureError(400, "BadRequest", "The operation kind is one of add, replace, remove.")
        }
        var vault = try VaultResources.existing(names[0], call, in: store)
        guard let given = try call.request.object()[path: "properties", "accessPolicies"]?.arrayValue else {
            throw AzureError(400, "BadRequest", "The parameter accessPolicies is not specified.")
        }
        var policies = vault[path: "properties", "accessPolicies"]?.arrayValue ?? []
        for entry in try Self.checked(given) { kind.apply(entry, to: &policies) }
        vault[path: "properties", "accessPolicies"] = .array(try Self.checked(policies))
        Vaults.noteAccess(of: &vault, timing: call.timing)
        try store.put(Vaults.collection, names[0].lowercased(), vault)
        return .json(
            200,
            [
                "id": .string("\(Vaults.id(vault))/accessPolicies/"),
                "type": "Microsoft.KeyVault/vaults/accessPolicies",
                "properties": ["accessPolicies": .array(policies)],
            ])
    }

    private enum Kind: String {
        case add, replace, remove

        func apply(_ entry: JSON, to policies: inout [JSON]) {
            let index = policies.firstIndex { AccessPolicies.identity($0) == AccessPolicies.identity(entry) }
            switch (self, index) {
            case (.remove, nil): break
            case (_, nil): policies.append(entry)
            case (.replace, let index?): policies[index]["permissions"] = entry["permissions"]
            case (.add, let index?):
                policies[index]["permissions"] = combined(policies[index], entry) { known, given in
                    known + given.filter { word in !known.contains { same($0, word) } }
                }
            case (.remove, let index?):
                // A word in another letter case than the stored one is left behind.
                let left = combined(policies[index], entry) { known, given in known.filter { !given.contains($0) } }
                policies[index]["permissions"] = left
                let isEmpty = left.objectValue?.values.allSatisfy { $0.arrayValue?.isEmpty ?? true } ?? true
                if isEmpty { policies.remove(at: index) }
            }
        }

        private func same(_ one: JSON, _ other: JSON) -> Bool {
            one.stringValue?.lowercased() == other.stringValue?.lowercased()
        }

        private func combined(
            _ known: JSON, _ given: JSON, _ combine: ([JSON], [JSON]) -> [JSON]
        ) -> JSON {
            var permissions = known["permissions"] ?? [:]
            for kind in AccessPolicies.permissions.keys {
                let words = given[path: "permissions", kind]?.arrayValue ?? []
                let former = permissions[kind]?.arrayValue
                if former == nil, words.isEmpty { continue }
                permissions[kind] = .array(combine(former ?? [], words))
            }
            return permissions
        }
    }

    /// What makes two entries the same one.
    fileprivate static func identity(_ entry: JSON) -> [String?] {
        ["tenantId", "objectId", "applicationId"].map { entry[$0]?.stringValue?.lowercased() }
    }

    static let permissions: [String: Set<String>] = [
        "keys": [
            "all", "encrypt", "decrypt", "wrapkey", "unwrapkey", "sign", "verify", "get", "list", "create", "update",
            "import", "delete", "backup", "restore", "recover", "purge", "release", "rotate", "getrotationpolicy",
            "setrotationpolicy",
        ],
        "secrets": ["all", "get", "list", "set", "delete", "backup", "restore", "recover", "purge"],
        "certificates": [
            "all", "get", "list", "delete", "create", "import", "update", "managecontacts", "getissuers", "listissuers",
            "setissuers", "deleteissuers", "manageissuers", "recover", "purge", "backup", "restore",
        ],
        "storage": [
            "all", "get", "list", "delete", "set", "update", "regeneratekey", "recover", "purge", "backup", "restore",
            "setsas", "listsas", "getsas", "deletesas",
        ],
    ]

    /// The entries, each found to be well formed.
    /// - Throws: 400 `BadRequest`.
    static func checked(_ policies: [JSON]) throws -> [JSON] {
        guard policies.count <= 1024 else { throw bad("A vault has at most 1024 access policies.") }
        var seen: Set<[String?]> = []
        for policy in policies {
            try check(policy)
            guard seen.insert(identity(policy)).inserted else {
                throw bad("The access policies name object '\(policy["objectId"]?.stringValue ?? "")' twice.")
            }
        }
        return policies
    }

    private static func check(_ policy: JSON) throws {
        guard policy["tenantId"]?.stringValue?.lowercased() == WorldFacts.tenant else {
            throw bad("An access policy's tenantId is not the vault's.")
        }
        guard let object = policy["objectId"]?.stringValue, UUID(uuidString: object) != nil else {
            throw bad("An invalid value was provided for 'objectId' of an access policy; it must be a GUID.")
        }
        guard let permissions = policy["permissions"]?.objectValue else {
            throw bad("The parameter permissions of an access policy is not specified.")
        }
        for (kind, words) in permissions where !words.isNull {
            guard let known = Self.permissions[kind], let words = words.arrayValue else {
                throw bad("'\(kind)' is no kind of permission.")
            }
            for word in words where !known.contains(word.stringValue?.lowercased() ?? "") {
                throw bad("'\(word.stringValue ?? "")' is no permission for \(kind).")
            }
        }
    }

    private static func bad(_ message: String) -> AzureError { AzureError(400, "BadRequest", message) }
}
