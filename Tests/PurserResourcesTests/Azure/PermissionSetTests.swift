import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

struct PermissionSetTests {
    @Test func `order, case and repetition mean nothing`() {
        #expect(PermissionSet(["secrets": ["Get", "list"]]) == PermissionSet(["secrets": ["LIST", "get", "get"]]))
        #expect(PermissionSet(["keys": ["unwrapkey", "get"]]).listed(.keys) == ["get", "unwrapKey"])
    }

    @Test func `all stands for everything but purging`() {
        let wanted = PermissionSet(["secrets": ["get", "purge"], "keys": ["get"]])
        #expect(wanted.covered(by: PermissionSet(["secrets": ["all"]])).map == ["secrets": ["get"]])
        #expect(
            wanted.covered(by: PermissionSet(["secrets": ["all", "purge"], "keys": ["list"]])).map == [
                "secrets": ["get", "purge"]
            ])
    }

    @Test func `sections are combined one by one`() {
        let left = PermissionSet(["secrets": ["get"], "certificates": ["get"]])
        let right = PermissionSet(["secrets": ["get", "set"]])
        #expect(left.union(right).map == ["secrets": ["get", "set"], "certificates": ["get"]])
        #expect(right.subtracting(left).map == ["secrets": ["set"]])
        #expect(left.subtracting(left).isEmpty)
    }

    private static let vault: JSONValue = [
        "properties": [
            "accessPolicies": [
                ["objectId": "A", "tenantId": "t", "applicationId": "app", "permissions": ["secrets": ["all"]]],
                ["objectId": "a", "tenantId": "t", "permissions": ["secrets": ["Get", "List"], "keys": []]],
            ]
        ]
    ]

    @Test func `an entry on behalf of somebody is another entry`() throws {
        let entry = try #require(PolicyEntry.find("A", in: Self.vault))
        #expect(entry.permissions.map == ["secrets": ["get", "list"]])
        #expect(PolicyEntry.find("b", in: Self.vault) == nil)
        #expect(PolicyEntry.find("a", in: [:]) == nil)
    }

    @Test func `a removal uses the letter case that is stored`() throws {
        let entry = try #require(PolicyEntry.find("a", in: Self.vault))
        #expect(entry.storedWords(of: PermissionSet(["secrets": ["get"], "keys": ["get"]])) == ["secrets": ["Get"]])
    }
}
