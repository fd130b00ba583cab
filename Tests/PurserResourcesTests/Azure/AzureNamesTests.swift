import PurserEngine
import Testing

@testable import PurserResources

struct AzureNamesTests {
    @Test(
        arguments: [
            ("seal-kv", nil), ("a1b", nil), (String(repeating: "a", count: 24), nil),
            ("ab", "is shorter than 3 characters"),
            (String(repeating: "a", count: 25), "is longer than 24 characters (25)"),
            ("1seal", "does not start with a letter"), ("seal-", "ends with a hyphen"),
            ("se--al", "has two hyphens in a row"), ("se_al", "has the character '_', which is not allowed"),
            ("séal", "has the character 'é', which is not allowed"), ("", "is empty"),
        ] as [(String, String?)]) func `a vault's name`(_ name: String, _ problem: String?)
    {
        #expect(AzureNames.vault.problem(name) == problem)
    }

    @Test(
        arguments: [
            ("demo_(1).x", nil), ("größe", nil), ("ends.", "ends with a period"),
            ("a/b", "has the character '/', which is not allowed"),
            (String(repeating: "g", count: 91), "is longer than 90 characters (91)"),
        ] as [(String, String?)]) func `a group's name`(_ name: String, _ problem: String?)
    {
        #expect(AzureNames.resourceGroup.problem(name) == problem)
    }

    @Test(
        arguments: [
            ("id1", nil), ("9lives", nil), ("-id", "does not start with a letter or digit"),
            ("id", "is shorter than 3 characters"), ("i.d", "has the character '.', which is not allowed"),
        ] as [(String, String?)]) func `an identity's name`(_ name: String, _ problem: String?)
    {
        #expect(AzureNames.identity.problem(name) == problem)
    }

    @Test(
        arguments: [
            ("db-password", nil), ("DB1", nil), ("db_password", "has the character '_', which is not allowed"),
            (String(repeating: "s", count: 128), "is longer than 127 characters (128)"),
        ] as [(String, String?)]) func `a secret's name`(_ name: String, _ problem: String?)
    {
        #expect(AzureNames.vaultObject.problem(name) == problem)
    }

    @Test func `identifiers of tenants and subscriptions`() {
        #expect(AzureNames.guid.problem("8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e") == nil)
        #expect(AzureNames.guid.problem("8F0E2C5A-3B1D-4F7E-9A66-0D1C2B3A4F5E") == nil)
        #expect(AzureNames.guid.problem("8f0e2c5a3b1d4f7e9a660d1c2b3a4f5e") == "is not a GUID")
        #expect(AzureNames.guid.problem("8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5g") == "is not a GUID")
    }

    @Test func `a location is compared in Azure's short form`() {
        #expect(AzureNames.normalisedLocation("West Europe") == "westeurope")
    }

    @Test func `Purser's own tags cannot be written`() {
        #expect(AzureNames.tagName.problem("team") == nil)
        #expect(AzureNames.tagName.problem("Purser-Environment") == "is a tag that Purser sets itself")
        #expect(AzureNames.tagName.problem("a/b") == "has the character '/', which is not allowed")
    }
}
