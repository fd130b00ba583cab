import Foundation
import Testing

@testable import PurserSandbox

/// Exchanges after the Azure REST reference: Key Vault authentication, access, and secrets, api-version 7.4.
struct VaultPlaneTests {
    @Test func `a call without a token is challenged before anything else is looked at`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let answer = await world.send(
            SandboxRequest("PUT", "/secrets/s?api-version=7.4", authority: "seal-kv.vault.purser.test"))
        #expect(answer.status == 401)
        #expect(answer.code == "Unauthorized")
        #expect(
            answer.headers["WWW-Authenticate"]
                == "Bearer authorization=\"https://localhost:8443/\(WorldFacts.tenant)\", "
                + "resource=\"https://vault.purser.test\"")
        let ported = await world.send(SandboxRequest("GET", "/secrets", authority: "seal-kv.vault.purser.test:8443"))
        #expect(ported.headers["WWW-Authenticate"]?.contains("resource=\"https://vault.purser.test:8443\"") == true)
    }

    @Test func `a token for Resource Manager does not open a vault`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let answer = await world.vault("GET", "/secrets/s", token: await world.token())
        #expect(answer.status == 401)
        #expect(answer.body[path: "error", "message"]?.stringValue?.hasPrefix("AKV10022: Invalid audience") == true)
    }

    @Test func `only the permission that a policy names is given`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("PUT", "/secrets/s", ["value": "v"])
        let identity = await world.makeIdentity()
        let object = try #require(identity["properties", "principalId"]?.stringValue)
        let token = await world.identityToken(identity)
        let denied = await world.vault("GET", "/secrets/s", token: token)
        #expect(denied.status == 403)
        #expect(denied.code == "Forbidden")
        #expect(denied.innerCode == "AccessDenied")
        let message = try #require(denied.body[path: "error", "message"]?.stringValue)
        #expect(message.contains("oid=\(object);"))
        #expect(message.contains("does not have secrets get permission on key vault 'seal-kv;location=westeurope'"))
        await world.arm(
            "PUT", "\(AzureWorld.vault)/accessPolicies/add",
            ["properties": ["accessPolicies": [AzureWorld.policy(object, ["secrets": ["get"]])]]])
        #expect(await world.vault("GET", "/secrets/s", token: token)["value"] == "v")
        #expect(await world.vault("GET", "/secrets", token: token).status == 403)
        #expect(await world.vault("PUT", "/secrets/s", ["value": "w"], token: token).status == 403)
    }

    @Test func `the client id in a policy gives nothing, nor does an entry for another application`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let identity = await world.makeIdentity()
        let client = try #require(identity["properties", "clientId"]?.stringValue)
        let object = try #require(identity["properties", "principalId"]?.stringValue)
        var compound = AzureWorld.policy(object, ["secrets": ["get"]])
        compound["applicationId"] = .string(client)
        await world.makeVault(["accessPolicies": [AzureWorld.policy(client, ["secrets": ["get"]]), compound]])
        let answer = await world.vault("GET", "/secrets/s", token: await world.identityToken(identity))
        #expect(answer.status == 403)
        #expect(answer.innerCode == "ForbiddenByPolicy")
    }

    @Test func `all does not include purge`() async throws {
        let world = try await AzureWorld()
        await world.makeVault([
            "accessPolicies": [AzureWorld.policy(WorldFacts.deployerObjectID, ["secrets": ["all"]])]
        ])
        await world.vault("PUT", "/secrets/s", ["value": "v"])
        await world.vault("DELETE", "/secrets/s")
        #expect(await world.vault("DELETE", "/deletedsecrets/s").status == 403)
        #expect(await world.vault("POST", "/deletedsecrets/s/recover").status == 200)
    }

    @Test func `a change of policies takes effect after the propagation delay`() async throws {
        let world = try await AzureWorld(propagationDelay: .seconds(5))
        await world.makeVault()
        #expect(await world.vault("GET", "/secrets").status == 403)
        world.time.advance(by: 5)
        #expect(await world.vault("GET", "/secrets").status == 200)
        await world.makeVault(["accessPolicies": []])
        #expect(await world.vault("GET", "/secrets").status == 200, "still the former policies")
        world.time.advance(by: 5)
        #expect(await world.vault("GET", "/secrets").status == 403)
    }

    @Test func `with roles, policies count for nothing and an assignment for its scope`() async throws {
        let world = try await AzureWorld()
        await world.makeVault(["enableRbacAuthorization": true])
        let denied = await world.vault("GET", "/secrets/s")
        #expect(denied.innerCode == "ForbiddenByRbac")
        #expect(denied.body[path: "error", "message"]?.stringValue?.contains("DeniedWithNoValidRBAC") == true)
        let path = "\(AzureWorld.vault)/providers/Microsoft.Authorization/roleAssignments/\(UUID().uuidString)"
        await world.arm(
            "PUT", path,
            [
                "properties": [
                    "roleDefinitionId": .string(Authorization.definitionID(.keyVaultSecretsUser)),
                    "principalId": .string(WorldFacts.deployerObjectID), "principalType": "ServicePrincipal",
                ]
            ])
        #expect(await world.vault("GET", "/secrets/s").code == "SecretNotFound")
        #expect(await world.vault("PUT", "/secrets/s", ["value": "v"]).innerCode == "ForbiddenByRbac")
    }

    @Test func `a closed network shuts everybody out`() async throws {
        let world = try await AzureWorld()
        await world.makeVault(["publicNetworkAccess": "disabled"])
        #expect(await world.vault("GET", "/secrets").innerCode == "ForbiddenByConnection")
        await world.makeVault(["networkAcls": ["defaultAction": "Deny", "ipRules": [["value": "10.0.0.0/8"]]]])
        #expect(await world.vault("GET", "/secrets").innerCode == "ForbiddenByFirewall")
        await world.makeVault(["networkAcls": ["defaultAction": "Deny", "ipRules": [["value": "127.0.0.1"]]]])
        #expect(await world.vault("GET", "/secrets").status == 200)
    }

    // MARK: Secrets

    @Test func `each set makes a version, and the latest is read`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let first = await world.vault("PUT", "/secrets/s", ["value": "one", "tags": ["a": "b"]])
        #expect(first.status == 200)
        let id = try #require(first["id"]?.stringValue)
        #expect(id.wholeMatch(of: #/https://seal-kv\.vault\.purser\.test/secrets/s/[0-9a-f]{32}/#) != nil)
        #expect(first["attributes", "recoveryLevel"] == "CustomizedRecoverable+Purgeable")
        #expect(first["attributes", "recoverableDays"] == 7)
        let second = await world.vault("PUT", "/secrets/S", ["value": "two", "contentType": "text/plain"])
        #expect(second["id"] != first["id"])
        let latest = await world.vault("GET", "/secrets/s/")
        #expect(latest["value"] == "two")
        #expect(latest["tags"] == nil)
        let former = await world.vault("GET", id.replacing("https://seal-kv.vault.purser.test", with: ""))
        #expect(former["value"] == "one")
        let versions = await world.vault("GET", "/secrets/s/versions")
        #expect(versions["value"]?.arrayValue?.count == 2)
        #expect(versions["value"]?.arrayValue?.allSatisfy { $0["value"] == nil } == true)
    }

    @Test func `attributes are patched, the value is not, and a disabled version is not read`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("PUT", "/secrets/s", ["value": "v"])
        let patched = await world.vault("PATCH", "/secrets/s/", ["attributes": ["enabled": false], "value": "w"])
        #expect(patched.status == 200)
        #expect(patched["value"] == nil)
        let disabled = await world.vault("GET", "/secrets/s")
        #expect(disabled.status == 403)
        #expect(disabled.innerCode == "SecretDisabled")
        await world.vault("PATCH", "/secrets/s", ["attributes": ["enabled": true]])
        #expect(await world.vault("GET", "/secrets/s")["value"] == "v")
    }

    @Test(
        arguments: [
            ("under_score", ["value": "v"]), ("s", [:]),
            ("s", ["value": .string(String(repeating: "x", count: 25_601))]),
            ("s", ["value": "v", "contentType": .string(String(repeating: "x", count: 256))]),
            ("s", ["value": "v", "tags": .object(Dictionary((0..<16).map { ("\($0)", "") }) { $1 })]),
        ] as [(String, JSON)])
    func `malformed secrets are refused`(_ name: String, _ body: JSON) async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let answer = await world.vault("PUT", "/secrets/\(name)", body)
        #expect(answer.status == 400)
        #expect(answer.code == "BadParameter")
    }

    @Test func `lists come in pages of at most 25, with a link that names the port`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        for number in 0..<26 { await world.vault("PUT", "/secrets/s\(number)", ["value": "v"]) }
        let first = await world.vault("GET", "/secrets")
        #expect(first["value"]?.arrayValue?.count == 25)
        let next = try #require(first["nextLink"]?.stringValue)
        #expect(next.hasPrefix("https://seal-kv.vault.purser.test:443/secrets?api-version=7.4&$skiptoken="))
        let second = await world.send(
            SandboxRequest(
                "GET", next.replacing("https://seal-kv.vault.purser.test:443", with: ""),
                authority: "seal-kv.vault.purser.test:443",
                headers: ["Authorization": "Bearer \(await world.token("https://vault.purser.test"))"]))
        #expect(second["value"]?.arrayValue?.count == 1)
        #expect(second["nextLink"] == .null)
        #expect(await world.vault("GET", "/secrets?maxresults=26").code == "BadParameter")
    }

    @Test func `deletion, recovery and purge each take a while`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(10))
        await world.makeVault()
        world.time.advance(by: 10)
        await world.vault("PUT", "/secrets/s", ["value": "v"])
        let deleted = await world.vault("DELETE", "/secrets/s")
        #expect(deleted.status == 200)
        #expect(deleted["recoveryId"] == "https://seal-kv.vault.purser.test/deletedsecrets/s")
        #expect(deleted["value"] == nil)
        #expect(await world.vault("GET", "/deletedsecrets/s").code == "SecretNotFound")
        #expect(await world.vault("GET", "/deletedsecrets")["value"] == [])
        for (method, path) in [("POST", "/deletedsecrets/s/recover"), ("DELETE", "/deletedsecrets/s")] {
            let answer = await world.vault(method, path)
            #expect(answer.status == 409)
            #expect(answer.innerCode == "ObjectIsBeingDeleted")
        }
        world.time.advance(by: 10)
        #expect(await world.vault("GET", "/deletedsecrets/s").status == 200)
        let held = await world.vault("PUT", "/secrets/s", ["value": "w"])
        #expect(held.status == 409)
        #expect(held.innerCode == "ObjectIsDeletedButRecoverable")
        #expect(await world.vault("POST", "/deletedsecrets/s/recover").status == 200)
        #expect(await world.vault("GET", "/secrets/s").status == 404, "not yet")
        world.time.advance(by: 10)
        #expect(await world.vault("GET", "/secrets/s")["value"] == "v")
        let alive = await world.vault("POST", "/deletedsecrets/s/recover")
        #expect(alive.status == 400)
        #expect(alive.innerCode == "RequestNotAllowedOnNonDeletedObject")
        await world.vault("DELETE", "/secrets/s")
        world.time.advance(by: 10)
        #expect(await world.vault("DELETE", "/deletedsecrets/s").status == 204)
        #expect(await world.vault("PUT", "/secrets/s", ["value": "w"]).innerCode == "ObjectIsBeingDeleted")
        world.time.advance(by: 10)
        #expect(await world.vault("PUT", "/secrets/s", ["value": "w"]).status == 200)
        #expect(await world.vault("GET", "/secrets/s/versions")["value"]?.arrayValue?.count == 1)
    }

    @Test func `a deleted secret goes when its retention is over`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("PUT", "/secrets/s", ["value": "v"])
        await world.vault("DELETE", "/secrets/s")
        world.time.advance(by: 7 * 86_400 + 1)
        #expect(await world.vault("GET", "/deletedsecrets/s").status == 404)
        #expect(await world.vault("PUT", "/secrets/s", ["value": "w"]).status == 200)
    }

    @Test func `a backup is opaque and restores all versions`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("PUT", "/secrets/s", ["value": "distinctive"])
        let backup = try #require(await world.vault("POST", "/secrets/s/backup")["value"]?.stringValue)
        #expect(Base64URL.decoded(backup).map { !String(decoding: $0, as: UTF8.self).contains("distinctive") } == true)
        #expect(await world.vault("POST", "/secrets/restore", ["value": .string(backup)]).status == 409)
        await world.vault("DELETE", "/secrets/s")
        await world.vault("DELETE", "/deletedsecrets/s")
        await world.vault("GET", "/secrets")
        #expect(await world.vault("POST", "/secrets/restore", ["value": .string(backup)]).status == 200)
        #expect(await world.vault("GET", "/secrets/s")["value"] == "distinctive")
    }
}
