import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// What the kinds of Azure send, word for word. Source of the exchanges: Azure REST reference.
struct AzureWireTests {
    private static let group = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/demo-group"
    private static let vaultID = "\(group)/providers/Microsoft.KeyVault/vaults/demo-kv"
    private static let arm = "https://management.azure.com"
    private static let vault = "https://demo-kv.vault.azure.net"

    private static func token(_ scope: String) -> String {
        """
        POST https://login.microsoftonline.com/8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e/oauth2/v2.0/token

        grant_type=client_credentials&client_id=app&client_secret=hunter2&scope=\(scope)
        <<<
        200

        {"token_type":"Bearer","expires_in":3599,"access_token":"e30.eyJvaWQiOiJvIiwidGlkIjoidCIsImFwcGlkIjoiYXBwIn0.s"}
        ===

        """
    }

    private static let armToken = token("https%3A%2F%2Fmanagement.azure.com%2F.default")
    private static let vaultToken = challenge + token("https%3A%2F%2Fvault.azure.net%2F.default")
    private static let challenge = """
        GET \(vault)/secrets?api-version=7.4&maxresults=1
        <<<
        401
        WWW-Authenticate: Bearer authorization="https://login.microsoftonline.com/8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e", resource="https://vault.azure.net"

        {"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}}
        ===

        """

    /// Runs an operation of a kind against a script, which must be used up.
    private func run(
        _ script: String, _ kind: KindName, at address: String,
        secrets: any SecretInputs = AzureHarness.secrets(["KEY": "open sesame"]),
        _ body: (any ResourceKind, PurserEngine.Operation) async throws -> Void
    ) async throws {
        let replay = try ReplayTransport(script)
        let catalog = StandardCatalog.make(clients: try await AzureHarness.clients(replay))
        let operation = Operation(environment: "test", address: Address(address), secrets: secrets)
        try await body(try #require(catalog[kind]), operation)
        replay.expectFinished()
    }

    private static let place: [String: Value] = [
        "subscription": "0b1f6471-1bf0-4dda-aec3-cb9272f09590", "location": "westeurope",
        "tenant": "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e", "group": ["name": "demo-group"],
    ]

    private static func attributes(_ more: [String: Value]) -> Attributes {
        Attributes(place.merging(more) { _, new in new })
    }

    @Test func `a new group carries our marks`() async throws {
        let script =
            Self.armToken + """
                GET \(Self.arm)\(Self.group)?api-version=2021-04-01
                <<<
                404

                {"error":{"code":"ResourceGroupNotFound","message":"Resource group 'demo-group' could not be found."}}
                ===
                PUT \(Self.arm)\(Self.group)?api-version=2021-04-01

                {"location":"westeurope","tags":{"team":"a","purser-environment":"test","purser-address":"groups/demo"}}
                <<<
                201

                {"name":"demo-group","location":"westeurope","properties":{"provisioningState":"Succeeded"},
                 "tags":{"team":"a","purser-environment":"test","purser-address":"groups/demo"}}
                """
        try await run(script, ResourceGroup.name, at: "groups/demo") { kind, operation in
            let made = try await kind.create(Self.attributes(["name": "demo-group", "tags": ["team": "a"]]), operation)
            #expect(made.values["id"] == .string(Self.group))
            #expect(made.values["tags"] == ["team": "a"])
        }
    }

    @Test func `a new vault says everything that has another default elsewhere`() async throws {
        let ready = """
            {"name":"demo-kv","location":"westeurope","tags":{"purser-environment":"test","purser-address":"vaults/demo"},
             "properties":{"provisioningState":"Succeeded","tenantId":"8F0E2C5A-3b1d-4f7e-9a66-0d1c2b3a4f5e",
             "sku":{"family":"A","name":"standard"},"accessPolicies":[],"enableSoftDelete":true,
             "softDeleteRetentionInDays":30,"vaultUri":"\(Self.vault)/"}}
            """
        let probe = Self.challenge.replacing("===\n", with: "")
        let script =
            Self.armToken + """
                GET \(Self.arm)\(Self.vaultID)?api-version=2026-02-01
                <<<
                404

                {"error":{"code":"ResourceNotFound","message":"not found"}}
                ===
                PUT \(Self.arm)\(Self.vaultID)?api-version=2026-02-01

                {"location":"westeurope","tags":{"purser-environment":"test","purser-address":"vaults/demo"},
                 "properties":{"tenantId":"8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e","sku":{"family":"A","name":"standard"},
                 "accessPolicies":[],"enableRbacAuthorization":false,"enableSoftDelete":true,"softDeleteRetentionInDays":30}}
                <<<
                200

                {"properties":{"provisioningState":"RegisteringDns","vaultUri":"\(Self.vault)"}}
                ===
                GET \(Self.arm)\(Self.vaultID)?api-version=2026-02-01
                <<<
                200

                \(ready)
                ===
                \(probe)===
                \(probe)===
                \(probe)
                """
        try await run(script, KeyVault.name, at: "vaults/demo") { kind, operation in
            let made = try await kind.create(
                Self.attributes(["name": "demo-kv", "authorization": "policies", "sku": "standard", "retention": 30]),
                operation)
            #expect(made.values["vaultURI"] == .string("\(Self.vault)/"))
            #expect(made.values["tenant"] == "8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e")
            #expect(made.values["purgeProtection"] == false)
        }
    }

    @Test func `a permission goes in the letter case in which it is stored`() async throws {
        let script =
            Self.armToken + """
                GET \(Self.arm)\(Self.vaultID)?api-version=2026-02-01
                <<<
                200

                {"properties":{"accessPolicies":[{"tenantId":"t","objectId":"P","permissions":{"secrets":["Get","List"],"keys":[]}}]}}
                ===
                PUT \(Self.arm)\(Self.vaultID)/accessPolicies/remove?api-version=2026-02-01

                {"properties":{"accessPolicies":[{"tenantId":"t","objectId":"p","permissions":{"secrets":["Get"]}}]}}
                <<<
                409

                {"error":{"code":"Conflict","message":"A conflict occurred that prevented the operation from completing."}}
                ===
                PUT \(Self.arm)\(Self.vaultID)/accessPolicies/remove?api-version=2026-02-01

                {"properties":{"accessPolicies":[{"tenantId":"t","objectId":"p","permissions":{"secrets":["Get"]}}]}}
                <<<
                200

                {"properties":{"accessPolicies":[]}}
                """
        let recorded: [String: Value] = [
            "vault": ["id": .string(Self.vaultID), "tenantId": "t", "vaultURI": .string(Self.vault)],
            "identity": ["principalId": "p"], "objectId": "p", "secrets": ["get", "list"],
            "preexisting": ["secrets": ["list"]],
        ]
        try await run(script, AccessPolicy.name, at: "vaults/demo/access/demo") { kind, operation in
            try await kind.delete(Attributes(recorded), operation)
        }
    }

    @Test func `a set that changed meanwhile is looked at again`() async throws {
        let sets =
            "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/nodes/providers/Microsoft.Compute"
            + "/virtualMachineScaleSets"
        let identity = "\(Self.group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ours"
        let patch = #"{"identity":{"type":"UserAssigned","userAssignedIdentities":{"\#(identity)":{}}}}"#
        let script =
            Self.armToken + """
                GET \(Self.arm)\(sets)/np?api-version=2024-11-01
                <<<
                200

                {"name":"np","etag":"1","identity":{"type":"UserAssigned","userAssignedIdentities":{"/other":{}}}}
                ===
                PATCH \(Self.arm)\(sets)/np?api-version=2024-11-01
                If-Match: 1

                \(patch)
                <<<
                412

                {"error":{"code":"PreconditionFailed","message":"The etag does not match."}}
                ===
                GET \(Self.arm)\(sets)/np?api-version=2024-11-01
                <<<
                200

                {"name":"np","etag":"2","identity":{"type":"SystemAssigned, UserAssigned","userAssignedIdentities":{"/other":{}}}}
                ===
                PATCH \(Self.arm)\(sets)/np?api-version=2024-11-01
                If-Match: 2

                \(patch.replacing("UserAssigned\"", with: "SystemAssigned, UserAssigned\"", maxReplacements: 1).replacing("SystemAssigned, SystemAssigned", with: "SystemAssigned"))
                <<<
                200

                {"name":"np"}
                """
        let replay = try ReplayTransport(script)
        let clients = try await AzureHarness.clients(replay)
        let client = ScaleSetClient(arm: clients.arm, polling: clients.polling)
        try await client.bind(
            NodeIdentity(id: identity, principal: nil), to: "np",
            in: .init(subscription: "0b1f6471-1bf0-4dda-aec3-cb9272f09590", name: "nodes"))
        replay.expectFinished()
    }

    private static let secret: [String: Value] = [
        "name": "db", "vault": ["name": "demo-kv", "vaultURI": .string("\(vault)/")], "value": ["env": "KEY"],
    ]

    @Test func `a secret goes to the vault and not into what is recorded`() async throws {
        let script =
            Self.vaultToken + """
                GET \(Self.vault)/secrets/db/?api-version=7.4
                <<<
                404

                {"error":{"code":"SecretNotFound","message":"not found"}}
                ===
                GET \(Self.vault)/deletedsecrets/db?api-version=7.4
                <<<
                404

                {"error":{"code":"SecretNotFound","message":"not found"}}
                ===
                PUT \(Self.vault)/secrets/db?api-version=7.4

                {"value":"open sesame","attributes":{"enabled":true},
                 "tags":{"purser-environment":"test","purser-address":"vaults/demo/secrets/db"}}
                <<<
                200

                {"value":"open sesame","id":"\(Self.vault)/secrets/db/0123456789abcdef0123456789abcdef",
                 "tags":{"purser-environment":"test","purser-address":"vaults/demo/secrets/db"}}
                """
        try await run(script, Secret.name, at: "vaults/demo/secrets/db") { kind, operation in
            let made = try await kind.create(Attributes(Self.secret), operation)
            #expect(made.values["version"] == "0123456789abcdef0123456789abcdef")
            #expect(made.values["id"] == .string("\(Self.vault)/secrets/db"))
            #expect(made.values["value"] == ["env": "KEY"])
            #expect(!"\(made)".contains("sesame"))
        }
    }

    @Test func `a secret of a certificate is left alone`() async throws {
        let script =
            Self.vaultToken + """
                GET \(Self.vault)/secrets/db/?api-version=7.4
                <<<
                200

                {"value":"x","managed":true,"id":"\(Self.vault)/secrets/db/1","tags":{"purser-environment":"test"}}
                """
        try await run(script, Secret.name, at: "vaults/demo/secrets/db") { kind, operation in
            let failure = await #expect(throws: ResourceFailure.self) {
                try await kind.create(Attributes(Self.secret), operation)
            }
            #expect(failure?.diagnosticCode == .applyManagedObject)
        }
    }

    @Test func `a secret that is gone for good cannot be brought back`() async throws {
        let gone = """
            <<<
            404

            {"error":{"code":"SecretNotFound","message":"not found"}}
            """
        let script =
            Self.vaultToken + """
                GET \(Self.vault)/secrets/db/?api-version=7.4
                \(gone)
                ===
                GET \(Self.vault)/deletedsecrets/db?api-version=7.4
                \(gone)
                """
        try await run(script, Secret.name, at: "vaults/demo/secrets/db") { kind, operation in
            let failure = await #expect(throws: ResourceFailure.self) {
                try await kind.restore(Attributes(Self.secret), operation)
            }
            #expect(failure?.diagnosticCode == .applyNotRestorable)
        }
    }

    @Test func `a secret that a late recovery brings back while it is deleted is deleted again`() async throws {
        let body = #"{"id":"\#(Self.vault)/secrets/db/1","recoveryId":"\#(Self.vault)/deletedsecrets/db"}"#
        let gone = #"{"error":{"code":"SecretNotFound","message":"not found"}}"#
        func exchange(_ method: String, _ path: String, _ status: Int, _ body: String) -> String {
            "\(method) \(Self.vault)/\(path)?api-version=7.4\n<<<\n\(status)\n\n\(body)\n"
        }
        let exchanges = [
            exchange("DELETE", "secrets/db", 200, body), exchange("GET", "deletedsecrets/db", 404, gone),
            exchange("GET", "secrets/db/", 200, body), exchange("DELETE", "secrets/db", 200, body),
            exchange("GET", "deletedsecrets/db", 200, body),
        ]
        let script = Self.vaultToken + exchanges.joined(separator: "===\n")
        try await run(script, Secret.name, at: "vaults/demo/secrets/db") { kind, operation in
            try await kind.delete(Attributes(Self.secret), operation)
        }
    }

    @Test func `a secret that may not be read is not known to differ`() async throws {
        let script =
            Self.vaultToken + """
                GET \(Self.vault)/secrets/db/?api-version=7.4
                <<<
                403

                {"error":{"code":"Forbidden","message":"no","innererror":{"code":"ForbiddenByPolicy"}}}
                """
        var known = Attributes(Self.secret)
        known.values["version"] = "1"
        try await run(script, Secret.name, at: "vaults/demo/secrets/db") { kind, operation in
            let found = try await kind.read(known, wanted: Attributes(Self.secret), operation)
            #expect(found?.sensitive == ["value": .undecided(reason: "the caller may not read it (ForbiddenByPolicy)")])
        }
    }

    @Test func `a certificate is made by the vault, with nothing left to its defaults`() async throws {
        let script =
            Self.vaultToken + """
                GET \(Self.vault)/certificates/c/?api-version=7.4
                <<<
                404

                {"error":{"code":"CertificateNotFound","message":"not found"}}
                ===
                GET \(Self.vault)/deletedcertificates/c?api-version=7.4
                <<<
                404

                {"error":{"code":"CertificateNotFound","message":"not found"}}
                ===
                POST \(Self.vault)/certificates/c/create?api-version=7.4

                {"policy":{"key_props":{"exportable":true,"kty":"RSA","key_size":4096,"reuse_key":false},
                 "secret_props":{"contentType":"application/x-pkcs12"},
                 "x509_props":{"subject":"CN=c","validity_months":12,"sans":{"dns_names":["c.example"]}},
                 "lifetime_actions":[{"trigger":{"lifetime_percentage":80},"action":{"action_type":"AutoRenew"}}],
                 "issuer":{"name":"Self"}},"attributes":{"enabled":true},
                 "tags":{"purser-environment":"test","purser-address":"vaults/demo/certificates/c"}}
                <<<
                202

                {"id":"\(Self.vault)/certificates/c/pending","status":"inProgress"}
                ===
                GET \(Self.vault)/certificates/c/pending?api-version=7.4
                <<<
                200

                {"status":"completed","target":"\(Self.vault)/certificates/c"}
                ===
                GET \(Self.vault)/certificates/c/?api-version=7.4
                <<<
                200

                {"id":"\(Self.vault)/certificates/c/0123456789abcdef0123456789abcdef","cer":"AA==",
                 "tags":{"purser-environment":"test","purser-address":"vaults/demo/certificates/c"}}
                """
        let desired: [String: Value] = [
            "name": "c", "vault": ["name": "demo-kv", "vaultURI": .string(Self.vault)],
            "selfSigned": ["subject": "CN=c", "validity": "365d", "keySize": 4096, "dnsNames": ["c.example"]],
        ]
        try await run(script, Certificate.name, at: "vaults/demo/certificates/c") { kind, operation in
            let made = try await kind.create(Attributes(desired), operation)
            #expect(made.values["version"] == "0123456789abcdef0123456789abcdef")
            #expect(made.values["selfSigned"] == desired["selfSigned"])
        }
    }
}
