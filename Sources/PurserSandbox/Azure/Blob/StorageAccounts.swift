/// The storage account that every world has, for state that is kept in Blob storage. Resource Manager does not serve
/// accounts: there is this one.
enum StorageAccounts {
    /// By name.
    static let collection = "storageAccounts"
    /// By `ACCOUNT/CONTAINER`.
    static let containers = "blobContainers"
    /// By `ACCOUNT/CONTAINER/NAME`.
    static let blobs = "blobs"

    static let stateAccount = "pursersandboxstate"
    static let stateContainer = "state"
    static let stateGroup = "purser-state"

    static func id(_ account: JSON) -> String {
        "\(AzureID.group(account["group"]?.stringValue ?? ""))/providers/Microsoft.Storage/storageAccounts/"
            + (account["name"]?.stringValue ?? "")
    }

    /// Makes the account, its container, and the deployer's right to both, once: also in a world that is older.
    static func make(in store: isolated Store) throws {
        guard store.get(collection, stateAccount) == nil else { return }
        let account: JSON = ["name": .string(stateAccount), "group": .string(stateGroup), "location": "westeurope"]
        try store.put(collection, stateAccount, account)
        try store.put(containers, "\(stateAccount)/\(stateContainer)", ["etag": "\"0x8D0\""])
        try RoleAssignments.put(
            "a3d2f1c0-7b64-4e59-9c18-5f0e6d7a8b92", scope: id(account), role: .storageBlobDataContributor,
            principal: WorldFacts.deployerObjectID, in: store)
    }
}
