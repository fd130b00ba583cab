import Foundation
import Testing

@testable import PurserSandbox

/// What is served, under which api-versions, and how the rest is refused.
struct RouteTests {
    @Test func `docs sandbox lists the routes that there are`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "docs/sandbox.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let begin = try #require(page.range(of: RouteReference.begin)).lowerBound
        let end = try #require(page.range(of: RouteReference.end + "\n")).upperBound
        let written = page[begin..<end]
        if ProcessInfo.processInfo.environment["PURSER_RECORD"] == "1" {
            let anew = page.replacingCharacters(in: begin..<end, with: RouteReference.text)
            try Data(anew.utf8).write(to: file)
        }
        #expect(written == RouteReference.text, "docs/sandbox.md is stale: PURSER_RECORD=1 makes it anew")
    }

    @Test func `every type has its versions in order, and a row that serves it`() {
        for service in ARMService.allCases {
            #expect(!service.versions.isEmpty && service.versions == service.versions.sorted(), "\(service.rawValue)")
            #expect(ARMRoute.all.contains { $0.service == service }, "\(service.rawValue)")
        }
    }

    @Test func `an unknown version of a provider's type is refused with those that there are`() async throws {
        let world = try await AzureWorld()
        await world.makeGroup()
        let answer = await world.arm("GET", AzureWorld.vault, version: "2017-01-01")
        #expect(answer.status == 400)
        #expect(answer.code == "NoRegisteredProviderFound")
        let message = answer["error", "message"]?.stringValue ?? ""
        #expect(message.contains("API version '2017-01-01' for type 'vaults'"))
        #expect(message.contains("2025-05-01, 2026-02-01"))
    }

    @Test func `an unknown version of Resource Manager's own types is refused in its own words`() async throws {
        let world = try await AzureWorld()
        let answer = await world.arm("GET", AzureWorld.group, version: "2099-01-01")
        #expect(answer.status == 400)
        #expect(answer.code == "InvalidApiVersionParameter")
        #expect(answer["error", "message"]?.stringValue?.contains("'2025-04-01,2025-03-01") == true)
    }

    @Test func `a vault's data plane takes its own versions only`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let token = await world.token("https://vault.purser.test")
        for (version, status) in [("7.4", 200), ("2025-07-01", 200), ("7.9", 400), ("2026-02-01", 400)] {
            let answer = await world.send(
                SandboxRequest(
                    "GET", "/secrets?api-version=\(version)", authority: "seal-kv.vault.purser.test",
                    headers: ["Authorization": "Bearer \(token)"]))
            #expect(answer.status == status, "\(version)")
            if status == 400 { #expect(answer.code == "BadParameter") }
        }
    }

    @Test func `what the table does not have is not served`() async throws {
        let world = try await AzureWorld()
        await world.makeGroup()
        let unknown = await world.arm("GET", "\(AzureWorld.group)/providers/Microsoft.KeyVault/safes/x")
        #expect(unknown.status == 404)
        #expect(unknown.code == "InvalidResourceType")
        let foreign = await world.arm("GET", "\(AzureWorld.group)/providers/Microsoft.Nothing/things/x")
        #expect(foreign.code == "InvalidResourceNamespace")
        #expect(await world.arm("POST", AzureWorld.group).status == 405)
        #expect(await world.vault("POST", "/secrets/x").status == 404)
    }

    @Test func `a provider tells its types and their versions`() async throws {
        let world = try await AzureWorld()
        let provider = await world.arm("GET", "\(AzureID.subscription)/providers/Microsoft.KeyVault")
        let types = provider["resourceTypes"]?.arrayValue ?? []
        let vaults = types.first { $0["resourceType"] == "vaults" }
        #expect(vaults?["apiVersions"]?.arrayValue?.first == "2026-02-01")
    }

    @Test func `tags of a resource are changed at its scope`() async throws {
        let world = try await AzureWorld()
        await world.makeIdentity()
        let tags = "\(AzureWorld.identity)/providers/Microsoft.Resources/tags/default"
        await world.arm("PATCH", tags, ["operation": "Merge", "properties": ["tags": ["a": "1", "b": "2"]]])
        await world.arm("PATCH", tags, ["operation": "Delete", "properties": ["tags": ["a": "1"]]])
        #expect(await world.arm("GET", AzureWorld.identity)["tags"] == ["b": "2"])
        await world.arm("PUT", tags, ["properties": ["tags": ["c": "3"]]])
        #expect(await world.arm("GET", tags)["properties", "tags"] == ["c": "3"])
        #expect(await world.arm("DELETE", tags).status == 200)
        #expect(await world.arm("GET", AzureWorld.identity)["tags"] == [:])
        let nothing = "\(AzureWorld.vault)/providers/Microsoft.Resources/tags/default"
        #expect(await world.arm("GET", nothing).status == 404)
    }
}
