import PurserClients
import Testing

@testable import PurserResources

/// What a PATCH must say, by what is there. Source: Azure REST reference, `VirtualMachineScaleSetIdentity`.
struct ScaleSetTests {
    private static func set(_ type: String?, _ identities: [String]) throws -> ScaleSet {
        var body: JSONValue = ["name": "np", "etag": "1"]
        if let type {
            body["identity"] = ["type": .string(type)]
            if !identities.isEmpty {
                body["identity"] = [
                    "type": .string(type),
                    "userAssignedIdentities": .object(Dictionary(uniqueKeysWithValues: identities.map { ($0, [:]) })),
                ]
            }
        }
        return try #require(ScaleSet(body))
    }

    @Test(
        arguments: [
            (nil, [], "UserAssigned"), ("None", [], "UserAssigned"),
            ("SystemAssigned", [], "SystemAssigned, UserAssigned"), ("UserAssigned", ["/other"], "UserAssigned"),
            ("UserAssigned,SystemAssigned", ["/other"], "SystemAssigned, UserAssigned"),
        ] as [(String?, [String], String)]) func `adding keeps what the type says`(
            _ type: String?, _ identities: [String], _ expected: String
        ) throws
    {
        let body = try Self.set(type, identities).bodyAdding("/ours")
        #expect(body.at("identity", "type")?.string == expected)
        #expect(body.at("identity", "userAssignedIdentities") == ["/ours": [:]])
    }

    @Test(arguments: [("UserAssigned", "None"), ("SystemAssigned, UserAssigned", "SystemAssigned")])
    func `taking the last one away says no map`(_ type: String, _ expected: String) throws {
        let body = try Self.set(type, ["/ours"]).bodyRemoving("/ours")
        #expect(body == ["identity": ["type": .string(expected)]])
    }

    @Test func `taking one of several away names it as it is stored`() throws {
        let body = try Self.set("UserAssigned", ["/Other", "/OURS"]).bodyRemoving("/ours")
        #expect(body == ["identity": ["type": "UserAssigned", "userAssignedIdentities": ["/OURS": nil]]])
    }
}
