import PurserEngine
import Testing

@testable import PurserResources

struct KeyVaultRoleTests {
    @Test(arguments: [
        (["secrets": ["get"]], ["Key Vault Secrets User"]),
        (["secrets": ["get", "list"]], ["Key Vault Secrets User"]),
        (["secrets": ["get", "set"]], ["Key Vault Secrets Officer"]),
        (["secrets": ["all"]], ["Key Vault Secrets Officer"]),
        (["keys": ["get"]], ["Key Vault Reader"]),
        (["certificates": ["get"]], ["Key Vault Reader"]),
        (["keys": ["get", "sign"]], ["Key Vault Crypto User"]),
        (["keys": ["get", "wrapKey", "unwrapKey"]], ["Key Vault Crypto Service Encryption User"]),
        (["certificates": ["get"], "secrets": ["get"]], ["Key Vault Certificate User"]),
        (["certificates": ["get"], "keys": ["get"], "secrets": ["get"]], ["Key Vault Certificate User"]),
        (
            ["certificates": ["create", "get"], "secrets": ["get"]],
            ["Key Vault Certificates Officer", "Key Vault Secrets User"]
        ),
        (
            ["certificates": ["all"], "keys": ["all"], "secrets": ["all"]],
            ["Key Vault Certificates Officer", "Key Vault Crypto Officer", "Key Vault Secrets Officer"]
        ),
    ]) func `permissions become the roles that give the least beside them`(
        _ permissions: [String: [String]], _ roles: [String]
    ) {
        #expect(KeyVaultRole.least(for: PermissionSet(permissions)).map(\.rawValue) == roles)
    }

    @Test func `every role has its own identifier`() {
        #expect(Set(KeyVaultRole.allCases.map(\.id)).count == KeyVaultRole.allCases.count)
        for role in KeyVaultRole.allCases { #expect(KeyVaultRole.role(id: role.id.uppercased()) == role) }
    }

    @Test func `no permission at all needs no role`() {
        #expect(KeyVaultRole.least(for: PermissionSet()).isEmpty)
    }

    @Test func `a name follows from what it is of and is a GUID of version 5`() {
        let name = NameBasedGUID.text(of: "scope|principal|role")
        #expect(name == NameBasedGUID.text(of: "scope|principal|role"))
        #expect(name != NameBasedGUID.text(of: "scope|another|role"))
        #expect(name.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
    }
}
