import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// Issuers, rotation, lifetimes and soft-deleted objects, against the sandbox.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct VaultObjectTests {
    private static let base = """
        groups:
          demo: {name: demo-group}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies
            certificates:
              own: {selfSigned: {subject: CN=own, validity: 365d, keyType: EC}}
            secrets:
              given: {value: {env: KEY}}
            keys:
              signing: {keyType: EC}

        """

    private static func base(certificate: String) -> String {
        base.replacing("    secrets:\n", with: "      shop: \(certificate)\n    secrets:\n")
    }

    private func value(_ harness: AzureHarness, _ address: String, _ attribute: String) async throws -> Value? {
        try #require(await harness.backend.load()).resources[Address(address)]?.attributes.values[attribute]
    }

    private func vaultURL(_ harness: AzureHarness) async throws -> String {
        try #require(try await value(harness, "vaults/demo", "vaultURI")?.string)
    }

    /// Lets the caller do everything in the vault, as its owner would by other means.
    private func permitEverything(_ harness: AzureHarness) async throws {
        let id = try #require(try await value(harness, "vaults/demo", "id")?.string)
        let caller = try #require(try await value(harness, "vaults/demo/access/deployer", "objectId")?.string)
        let tenant = try #require(try await value(harness, "vaults/demo", "tenantId")?.string)
        let all: JSONValue = [
            "certificates": ["all", "purge"], "secrets": ["all", "purge"], "keys": ["all", "purge"],
        ]
        _ = try await harness.clients.arm.put(
            "\(id)/accessPolicies/add", apiVersion: AzureVersion.vaults,
            body: [
                "properties": [
                    "accessPolicies": [
                        ["tenantId": .string(tenant), "objectId": .string(caller), "permissions": all]
                    ]
                ]
            ])
    }

    private func notes(_ plan: AzureHarness.Planned, _ address: String) -> [String] {
        plan.plan.changes.first { $0.address == Address(address) }?.notes ?? []
    }

    private func problems(_ harness: AzureHarness, _ sections: String, _ sandbox: SandboxProcess) async throws
        -> [String]
    {
        do {
            _ = try await harness.plan(sections, settings: sandbox.settings)
            return []
        } catch let problems as Diagnostics {
            return problems.map { "\($0.message) / \($0.hint ?? "")" }
        }
    }

    // MARK: Issuers

    private func setIssuer(_ harness: AzureHarness, _ name: String, account: String?) async throws {
        var body: JSONValue = ["provider": "DigiCert", "credentials": [:]]
        if let account { body["credentials"] = ["account_id": .string(account)] }
        _ = try await harness.clients.keyVault.put(
            vaultURL: try await vaultURL(harness), path: "/certificates/issuers/\(name)", body: body)
    }

    @Test func `an issuer that the vault knows signs, and another field of the policy makes no new version`()
        async throws
    {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            try await permitEverything(harness)
            try await setIssuer(harness, "shop-ca", account: "42")
            let shop = Self.base(
                certificate: "{issued: {issuer: Shop-CA, subject: CN=shop, validity: 365d, certificateType: OV-SSL}}")
            let plan = try await harness.plan(shop, settings: sandbox.settings)
            #expect(plan.lines == ["create vaults/demo/certificates/shop"])
            #expect(
                notes(plan, "vaults/demo/certificates/shop") == [
                    "'Shop-CA' has to sign it; apply waits for that, 10m at most"
                ])
            try await harness.applied(shop, settings: sandbox.settings)
            let first = try await value(harness, "vaults/demo/certificates/shop", "version")
            let renewed = shop.replacing("OV-SSL", with: "OV-SSL, renewal: {daysBefore: 30, action: email}")
            let update = try await harness.plan(renewed, settings: sandbox.settings)
            #expect(
                update.lines == [
                    "update vaults/demo/certificates/shop [issued.renewal.action,issued.renewal.daysBefore]"
                ])
            #expect(
                notes(update, "vaults/demo/certificates/shop") == [
                    "the present version stays: the policy counts from the next one on"
                ])
            try await harness.applied(renewed, settings: sandbox.settings)
            #expect(try await value(harness, "vaults/demo/certificates/shop", "version") == first)
            let other = renewed.replacing("CN=shop", with: "CN=other")
            #expect(
                notes(try await harness.plan(other, settings: sandbox.settings), "vaults/demo/certificates/shop") == [
                    "a new version is made, with another key",
                    "'Shop-CA' has to sign it; apply waits for that, 10m at most",
                ])
            try await harness.applied(other, settings: sandbox.settings)
            #expect(try await value(harness, "vaults/demo/certificates/shop", "version") != first)
        }
    }

    @Test func `an issuer's refusal is told in its words, and nothing remains`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            try await permitEverything(harness)
            try await setIssuer(harness, "shop-ca", account: nil)
            let shop = Self.base(certificate: "{issued: {issuer: shop-ca, subject: CN=shop, validity: 365d}}")
            var options = Executor.Options()
            options.lateness = []
            let report = try await harness.apply(shop, settings: sandbox.settings, options: options)
            #expect(report.ending == .rolledBack)
            #expect(report.failures.first?.summary.contains("The issuer shop-ca rejected the order") == true)
            #expect(report.failures.first?.category == .failed)
            #expect(try await harness.plan(Self.base, settings: sandbox.settings).lines == [])
        }
    }

    @Test func `a request that nobody signs ends the wait, and is gone on with where it was kept`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            try await permitEverything(harness)
            let shop = Self.base(
                certificate: "{issued: {issuer: Unknown, subject: CN=shop, validity: 365d, wait: 0s}}")
            var options = Executor.Options()
            options.lateness = []
            let undone = try await harness.apply(shop, settings: sandbox.settings, options: options)
            #expect(undone.ending == .rolledBack)
            #expect(undone.failures.first?.code == .applyCertificatePending)
            #expect(undone.failures.first?.category == .timedOut)
            let pending = "/certificates/shop/pending"
            let url = try await vaultURL(harness)
            #expect(try await harness.clients.keyVault.get(vaultURL: url, path: pending) == nil)
            options.rollsBack = false
            let kept = try await harness.apply(shop, settings: sandbox.settings, options: options)
            #expect(kept.ending == .incomplete)
            let request = try await harness.clients.keyVault.get(vaultURL: url, path: pending)
            #expect(request?["status"]?.string == "inProgress")
            _ = try await harness.apply(shop, settings: sandbox.settings, options: options)
            let same = try await harness.clients.keyVault.get(vaultURL: url, path: pending)
            #expect(same?["request_id"] == request?["request_id"])
        }
    }

    // MARK: Keys

    private static let signing = "vaults/demo/keys/signing"

    private static let keyEdits = [
        ("{keyType: EC, enabled: false}", "update \(signing) [enabled]"),
        ("{keyType: EC, expires: 2040-01-31, tags: {a: b}}", "update \(signing) [expires,tags]"),
        (
            "{keyType: EC, rotation: {rotateAfter: 90d, notifyBefore: 15d, expiresAfter: 730d}}",
            "update \(signing) [rotation]"
        ),
        ("{keyType: EC, rotation: {rotateBefore: 10d, expiresAfter: 100d}}", "update \(signing) [rotation]"),
    ]

    @Test(arguments: keyEdits) func `what is said of a key is planned, made in place, and seen`(
        _ written: String, _ line: String
    ) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            let first = try await value(harness, Self.signing, "version")
            let changed = Self.base.replacing("signing: {keyType: EC}", with: "signing: \(written)")
            let lines = try await harness.plan(changed, settings: sandbox.settings).lines
            #expect(lines.contains { $0.hasPrefix(String(line.dropLast())) }, "\(lines)")
            try await harness.applied(changed, settings: sandbox.settings)
            #expect(try await value(harness, Self.signing, "version") == first)
        }
    }

    @Test func `a key's rotation is taken back with the spec's word for it, and put back by a rollback`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let rotating = Self.base.replacing(
                "signing: {keyType: EC}", with: "signing: {keyType: EC, rotation: {rotateAfter: 90d}}")
            try await harness.applied(rotating, settings: sandbox.settings)
            let url = try await vaultURL(harness)
            let path = KeyRotation.path("/keys/signing")
            func policy() async throws -> KeyRotation? {
                try await harness.clients.keyVault.get(vaultURL: url, path: path).map { KeyRotation(answer: $0) }
            }
            #expect(try await policy() == KeyRotation(spec: ["rotateAfter": "90d"]))
            try await sandbox.order([
                "match": ["method": "POST", "path": "~/keys/k/create"],
                "fault": ["status": 400, "code": "BadParameter"],
            ])
            let failing = rotating.replacing("90d", with: "60d") + "      k: {}\n"
            let report = try await harness.apply(failing, settings: sandbox.settings)
            #expect(report.ending == .rolledBack)
            try await sandbox.calm()
            #expect(try await policy() == KeyRotation(spec: ["rotateAfter": "90d"]))
            #expect(try await harness.plan(rotating, settings: sandbox.settings).lines == [])
            let plain = rotating.replacing(", rotation: {rotateAfter: 90d}", with: "")
            try await permitEverything(harness)
            let after = try await harness.apply(plain, settings: sandbox.settings)
            #expect(after.ending == .done, "\(after.failures)")
            #expect(try await policy() == .usual)
        }
    }

    @Test func `a time that a key has cannot be taken away`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let timed = Self.base.replacing(
                "signing: {keyType: EC}", with: "signing: {keyType: EC, expires: 2040-01-31}")
            try await harness.applied(timed, settings: sandbox.settings)
            #expect(
                try await problems(harness, Self.base, sandbox) == [
                    "vaults/demo/keys/signing: the vault cannot take a time away that a key has / write `notBefore` and "
                        + "`expires` with other times"
                ])
        }
    }

    // MARK: Soft-deleted objects

    /// The base without the section that has this one object.
    private func without(_ section: String) -> String {
        let lines = Self.base.split(separator: "\n", omittingEmptySubsequences: false)
        let start = lines.firstIndex { $0 == "    \(section):" } ?? lines.endIndex
        return lines.enumerated().filter { $0.offset != start && $0.offset != start + 1 }.map(\.element)
            .joined(separator: "\n")
    }

    @Test(arguments: [("own", "certificates"), ("given", "secrets"), ("signing", "keys")])
    func `a soft-deleted object is recovered, or purged where that is chosen`(
        _ name: String, _ section: String
    ) async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            let address = "vaults/demo/\(section)/\(name)"
            let first = try await value(harness, address, "version")
            try await permitEverything(harness)
            let removed = try await harness.apply(without(section), settings: sandbox.settings)
            #expect(removed.ending == .done, "\(removed.failures)")
            #expect(
                try await harness.plan(Self.base, settings: sandbox.settings).lines.contains("recover \(address)"))
            let purging = Self.base.replacing("\(name): {", with: "\(name): {whenDeleted: purge, ")
            try await permitEverything(harness)
            let plan = try await harness.plan(purging, settings: sandbox.settings)
            #expect(plan.lines.contains("create \(address)"))
            #expect(notes(plan, address).contains { $0.contains("is purged first, for good") })
            let report = try await harness.apply(purging, settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            #expect(try await harness.plan(purging, settings: sandbox.settings).lines == [])
            #expect(try await value(harness, address, "version") != first)
            let versions = try await harness.clients.keyVault.list(
                vaultURL: try await vaultURL(harness), path: "/\(section)/\(name)/versions")
            #expect(versions.count == 1)
        }
    }

    @Test func `a soft-deleted object of others stops the plan until the spec says what becomes of it`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.base, settings: sandbox.settings)
            try await permitEverything(harness)
            let url = try await vaultURL(harness)
            let vault = harness.clients.keyVault
            _ = try await vault.put(
                vaultURL: url, path: "/secrets/theirs", body: ["tags": ["team": "a"]],
                secrets: ["value": SecretString("theirs")])
            _ = try await vault.delete(vaultURL: url, path: "/secrets/theirs")
            let wanting = Self.base.replacing("    keys:\n", with: "      theirs: {value: {env: KEY}}\n    keys:\n")
            #expect(
                try await problems(harness, wanting, sandbox) == [
                    "vaults/demo/secrets/theirs: there is a soft-deleted secret of this name that is not this environment's / "
                        + "write `whenDeleted: recover` to take it over, `whenDeleted: purge` to make room, or another name"
                ])
            let taking = wanting.replacing("theirs: {", with: "theirs: {whenDeleted: recover, ")
            #expect(
                try await harness.plan(taking, settings: sandbox.settings).lines == [
                    "recover vaults/demo/secrets/theirs"
                ])
            try await harness.applied(taking, settings: sandbox.settings)
            let tags = try await vault.get(vaultURL: url, path: "/secrets/theirs/")?["tags"]
            #expect(tags?["team"] == "a")
            #expect(tags?["purser-environment"] == "test")
        }
    }

    @Test func `purge protection stands in the way of purging an object`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let protected = Self.base.replacing("group: demo\n", with: "group: demo\n    purgeProtection: true\n")
            try await harness.applied(protected, settings: sandbox.settings)
            let fewer = without("secrets").replacing(
                "group: demo\n", with: "group: demo\n    purgeProtection: true\n")
            let removed = try await harness.apply(fewer, settings: sandbox.settings)
            #expect(removed.ending == .done, "\(removed.failures)")
            try await permitEverything(harness)
            let purging = protected.replacing("given: {", with: "given: {whenDeleted: purge, ")
            #expect(
                try await problems(harness, purging, sandbox) == [
                    "vaults/demo/secrets/given: the soft-deleted secret of this name cannot be purged: its vault has purge "
                        + "protection / write `whenDeleted: recover`, or give it another name"
                ])
        }
    }

    // MARK: Spec

    @Test(
        arguments: [
            (
                "certificates: {c: {selfSigned: {subject: CN=c, validity: 365d, keyType: RSA-HSM}}}",
                "spec/contradiction: a key of type RSA-HSM is kept in hardware, and vaults/v is of the price tier standard"
            ),
            (
                "keys: {k: {keyType: EC-HSM}}",
                "spec/contradiction: a key of type EC-HSM is kept in hardware, and vaults/v is of the price tier standard"
            ),
            (
                "sku: premium, certificates: {c: {selfSigned: {subject: CN=c, validity: 365d, keyType: RSA-HSM, exportable: true}}}",
                "spec/contradiction: a key of type RSA-HSM cannot leave the vault's hardware"
            ),
            (
                "certificates: {c: {issued: {issuer: self, subject: CN=c, validity: 365d}}}",
                "spec/contradiction: the issuer 'self' is the vault itself"
            ),
            (
                "certificates: {c: {issued: {issuer: Unknown, subject: CN=c, validity: 365d, renewal: {action: renew}}}}",
                "spec/contradiction: the vault cannot renew what somebody outside signs"
            ),
            (
                "keys: {c: {}}, certificates: {c: {selfSigned: {subject: CN=c, validity: 365d}}}",
                "spec/contradiction: vaults/v/certificates/c and vaults/v/keys/c are both named 'c' in their vault"
            ),
            (
                "keys: {k: {rotation: {rotateBefore: 30d}}}",
                "spec/invalid-value: 'rotateBefore' counts from an expiry, and versions have none"
            ),
            (
                "keys: {k: {rotation: {expiresAfter: 20d}}}",
                "spec/invalid-value: versions last at least 28 days, not 20"
            ),
            (
                "keys: {k: {rotation: {rotateAfter: 25d, expiresAfter: 30d}}}",
                "spec/invalid-value: 'rotateAfter' leaves less than 7 of the 30 days that a version lasts"
            ),
            (
                "keys: {k: {rotation: {rotateAfter: 90s}}}",
                "spec/invalid-value: 'rotateAfter' is no number of whole days"
            ),
            (
                "keys: {k: {expires: 2040-01-31, rotation: {expiresAfter: 90d}}}",
                "spec/contradiction: both 'expires' and 'rotation.expiresAfter' say when the key expires"
            ),
        ]) func `what a vault could not do is an error of the spec`(_ written: String, _ problem: String) async throws
    {
        let harness = try await AzureHarness.offline()
        let spec = "groups: {g: {}}\nvaults: {v: {name: v-vault, group: g, authorization: policies, \(written)}}\n"
        #expect(harness.problems(spec) == [problem])
    }
}
