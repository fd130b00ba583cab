import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import Testing
import X509

@testable import PurserSandbox

/// Exchanges after the Azure REST reference: Key Vault certificates and keys, api-version 7.4.
struct CertificateTests {
    private static let policy: JSON = [
        "key_props": ["exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false],
        "secret_props": ["contentType": "application/x-pkcs12"],
        "x509_props": [
            "subject": "CN=shop.example.com, O=\"Sea, Salt\", ST=Kent", "sans": ["dns_names": ["shop.example.com"]],
            "key_usage": ["keyEncipherment", "digitalSignature"], "validity_months": 12,
        ],
        "issuer": ["name": "Self"],
    ]

    private func certificate(_ answer: Answer) throws -> Certificate {
        let der = try #require(answer["cer"]?.stringValue.flatMap { Data(base64Encoded: $0) })
        return try Certificate(derEncoded: [UInt8](der))
    }

    private func bundle(_ secret: Answer) throws -> NIOSSLPKCS12Bundle {
        let pfx = try #require(secret["value"]?.stringValue.flatMap { Data(base64Encoded: $0) })
        return try NIOSSLPKCS12Bundle(buffer: [UInt8](pfx), passphrase: [UInt8]())
    }

    @Test func `a self-signed certificate is made while one waits`() async throws {
        let world = try await AzureWorld(operationDelay: .seconds(10))
        await world.makeVault()
        world.time.advance(by: 10)
        let begun = await world.vault(
            "POST", "/certificates/c/create", ["policy": Self.policy, "tags": ["managed-by": "purser"]])
        #expect(begun.status == 202)
        #expect(begun["status"] == "inProgress")
        #expect(begun["csr"]?.stringValue?.isEmpty == false)
        #expect(
            begun.headers["Location"]?.hasPrefix(
                "https://seal-kv.vault.purser.test/certificates/c/pending?api-version=7.4&request_id=") == true)
        #expect(await world.vault("GET", "/certificates/c").code == "CertificateNotFound")
        let second = await world.vault("POST", "/certificates/c/create", ["policy": Self.policy])
        #expect(second.status == 409)
        world.time.advance(by: 10)
        let completed = await world.vault("GET", "/certificates/c/pending")
        #expect(completed["status"] == "completed")
        #expect(completed["target"] == "https://seal-kv.vault.purser.test/certificates/c")
        let made = await world.vault("GET", "/certificates/c/")
        let leaf = try certificate(made)
        #expect(leaf.issuer == leaf.subject)
        #expect(leaf.publicKey.isValidSignature(leaf.signature, for: leaf))
        #expect(
            made["x5t"] == .string(Base64URL.encoded(Data(Insecure.SHA1.hash(data: try VaultCertificate.der(leaf))))))
        #expect(made["tags"] == ["managed-by": "purser"])
        #expect(made["attributes", "exp"]?.intValue == Int(leaf.notValidAfter.timeIntervalSince1970))
    }

    @Test func `the policy comes back in its normal form`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("POST", "/certificates/c/create", ["policy": Self.policy])
        let policy = await world.vault("GET", "/certificates/c/policy")
        #expect(
            policy["x509_props"] == [
                "subject": "CN=shop.example.com, O=\"Sea, Salt\", S=Kent",
                "sans": ["dns_names": ["shop.example.com"], "emails": [], "upns": []],
                "ekus": ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
                "key_usage": ["digitalSignature", "keyEncipherment"], "validity_months": 12,
                "basic_constraints": ["ca": false],
            ])
        #expect(policy["issuer"] == ["name": "Self"])
        #expect(policy["id"] == "https://seal-kv.vault.purser.test/certificates/c/policy")
        let leaf = try certificate(await world.vault("GET", "/certificates/c"))
        #expect(SubjectName.text(leaf.subject) == "CN=shop.example.com, O=\"Sea, Salt\", S=Kent")
    }

    @Test func `key and secret of a certificate share its version and belong to it`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("POST", "/certificates/c/create", ["policy": Self.policy])
        let made = await world.vault("GET", "/certificates/c")
        let secret = await world.vault("GET", "/secrets/c")
        #expect(secret["id"] == made["sid"])
        #expect(secret["contentType"] == "application/x-pkcs12")
        #expect(secret["managed"] == true)
        let bundle = try bundle(secret)
        #expect(try bundle.certificateChain.map { try $0.toDERBytes() } == [VaultCertificate.der(certificate(made))])
        let key = await world.vault("GET", "/keys/c")
        #expect(key["key", "kid"] == made["kid"])
        #expect(key["key", "kty"] == "RSA")
        #expect(key["key", "key_ops"] == ["sign", "verify", "wrapKey", "unwrapKey"])
        #expect(key["key", "d"] == nil)
        #expect(await world.vault("PUT", "/secrets/c", ["value": "v"]).status == 403)
        #expect(await world.vault("DELETE", "/secrets/c").status == 403)
        #expect(await world.vault("DELETE", "/keys/c").status == 403)
    }

    @Test func `deleting a certificate takes its key and secret along, and recovery brings all three back`()
        async throws
    {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("POST", "/certificates/c/create", ["policy": Self.policy])
        await world.vault("GET", "/certificates/c/pending")
        #expect(await world.vault("DELETE", "/certificates/c")["recoveryId"] != nil)
        #expect(await world.vault("GET", "/secrets/c").status == 404)
        #expect(await world.vault("GET", "/keys/c").status == 404)
        let held = await world.vault("POST", "/certificates/c/create", ["policy": Self.policy])
        #expect(held.innerCode == "ObjectIsDeletedButRecoverable")
        #expect(await world.vault("POST", "/deletedcertificates/c/recover").status == 200)
        for kind in ["certificates", "secrets", "keys"] {
            #expect(await world.vault("GET", "/\(kind)/c").status == 200)
        }
    }

    @Test func `an unknown issuer's certificate waits for what the issuer signs`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        var policy = Self.policy
        policy["issuer"] = ["name": "Unknown"]
        await world.vault("POST", "/certificates/c/create", ["policy": policy])
        let pending = await world.vault("GET", "/certificates/c/pending")
        #expect(pending["status"] == "inProgress")
        #expect(await world.vault("GET", "/certificates")["value"] == [])
        #expect(await world.vault("GET", "/certificates?includePending=true")["value"]?.arrayValue?.count == 1)
        let request = try CertificateSigningRequest(
            derEncoded: [UInt8](#require(pending["csr"]?.stringValue.flatMap { Data(base64Encoded: $0) })))
        let authority = P256.Signing.PrivateKey()
        let signed = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: request.publicKey, notValidBefore: world.time.now,
            notValidAfter: world.time.now.addingTimeInterval(86_400), issuer: DistinguishedName { CommonName("CA") },
            subject: request.subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: Certificate.Extensions(),
            issuerPrivateKey: .init(authority))
        let merged = await world.vault(
            "POST", "/certificates/c/pending/merge",
            ["x5c": [.string(Data(try VaultCertificate.der(signed)).base64EncodedString())]])
        #expect(merged.status == 201)
        #expect(await world.vault("GET", "/certificates/c/pending").code == "PendingCertificateNotFound")
        #expect(await world.vault("GET", "/secrets/c").status == 200)
    }

    @Test func `an issuer that the vault was given signs with its own authority, or rejects the order`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        var policy = Self.policy
        policy["issuer"] = ["name": "shop-ca", "cty": "OV-SSL"]
        #expect(await world.vault("POST", "/certificates/c/create", ["policy": policy]).code == "BadParameter")
        let missing = await world.vault("GET", "/certificates/issuers/shop-ca")
        #expect(missing.code == "CertificateIssuerNotFound")
        let made = await world.vault("PUT", "/certificates/issuers/shop-ca", ["provider": "DigiCert"])
        #expect(made["id"] == "https://seal-kv.vault.purser.test/certificates/issuers/shop-ca")
        await world.vault("POST", "/certificates/c/create", ["policy": policy])
        let rejected = await world.vault("GET", "/certificates/c/pending")
        #expect(rejected["status"] == "failed")
        #expect(rejected["error"]?["code"] == "IssuerRejected")
        #expect(rejected["issuer"] == ["name": "shop-ca", "cty": "OV-SSL"])
        await world.vault(
            "PUT", "/certificates/issuers/shop-ca", ["provider": "DigiCert", "credentials": ["account_id": "42"]])
        await world.vault("POST", "/certificates/c/create", ["policy": policy])
        #expect(await world.vault("GET", "/certificates/c/pending")["status"] == "completed")
        let leaf = try certificate(await world.vault("GET", "/certificates/c"))
        #expect(leaf.issuer == (try DistinguishedName { CommonName("shop-ca CA") }))
        let chain = try bundle(await world.vault("GET", "/secrets/c")).certificateChain
        #expect(chain.count == 2)
        let authority = try Certificate(derEncoded: try chain[1].toDERBytes())
        #expect(authority.publicKey.isValidSignature(leaf.signature, for: leaf))
        #expect(await world.vault("GET", "/certificates/issuers")["value"]?.arrayValue?.count == 1)
        #expect(await world.vault("DELETE", "/certificates/issuers/shop-ca").status == 200)
    }

    @Test func `a key's rotation policy has limits, and dates its next version`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        await world.vault("POST", "/keys/k/create", ["kty": "EC"])
        let path = "/keys/k/rotationpolicy"
        let usual = await world.vault("GET", path)
        #expect(usual["lifetimeActions"]?.arrayValue?.first?["action"] == ["type": "Notify"])
        func policy(_ trigger: JSON, expiry: JSON) -> JSON {
            [
                "lifetimeActions": [["trigger": trigger, "action": ["type": "rotate"]]],
                "attributes": ["expiryTime": expiry],
            ]
        }
        for (trigger, expiry) in [
            (["timeAfterCreate": "P3D"], "P90D"), (["timeBeforeExpiry": "P10D"], nil),
            (["timeAfterCreate": "P20D"], "P20D"),
            (["timeAfterCreate": "soon"], "P90D"),
        ] as [(JSON, JSON)] {
            #expect(await world.vault("PUT", path, policy(trigger, expiry: expiry)).code == "BadParameter")
        }
        let set = await world.vault("PUT", path, policy(["timeAfterCreate": "P60D"], expiry: "P3M"))
        #expect(set["lifetimeActions"]?.arrayValue?.first?["action"] == ["type": "Rotate"])
        #expect(set["id"] == "https://seal-kv.vault.purser.test/keys/k/rotationpolicy")
        let next = await world.vault("POST", "/keys/k/create", ["kty": "EC"])
        let created = try #require(next["attributes"]?["created"]?.intValue)
        #expect(next["attributes"]?["exp"]?.intValue == created + 90 * 86_400)
    }

    @Test func `keys in hardware are for premium vaults`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        #expect(await world.vault("POST", "/keys/k/create", ["kty": "RSA-HSM"]).code == "BadParameter")
        var policy = Self.policy
        policy["key_props"] = ["kty": "RSA-HSM", "exportable": false]
        #expect(await world.vault("POST", "/certificates/c/create", ["policy": policy]).code == "BadParameter")
    }

    // MARK: Import

    private func made(_ world: AzureWorld) async throws -> (pem: String, pfx: [UInt8]) {
        await world.vault("POST", "/certificates/source/create", ["policy": Self.policy])
        let bundle = try bundle(await world.vault("GET", "/secrets/source"))
        let key = try #require(KeyMaterial(der: try bundle.privateKey.derBytes))
        let pem = try bundle.certificateChain.map {
            try PEMDocument(type: "CERTIFICATE", derBytes: $0.toDERBytes()).pemString
        }
        return ("\(key.pem)\n\(pem.joined(separator: "\n"))\n", try bundle.serialize(passphrase: Array("pass".utf8)))
    }

    @Test func `a PFX is imported with its password and given out without one`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let pfx = Data(try await made(world).pfx).base64EncodedString()
        let answer = await world.vault("POST", "/certificates/c/import", ["value": .string(pfx), "pwd": "pass"])
        #expect(answer.status == 200)
        #expect(answer["policy", "issuer", "name"] == "Unknown")
        #expect(answer["policy", "key_props", "key_size"] == 2048)
        #expect(answer["x5t"] == (await world.vault("GET", "/certificates/source"))["x5t"])
        #expect(try bundle(await world.vault("GET", "/secrets/c")).certificateChain.count == 1)
        let wrong = await world.vault("POST", "/certificates/d/import", ["value": .string(pfx), "pwd": "other"])
        #expect(wrong.status == 400)
        #expect(wrong.code == "BadParameter")
    }

    @Test func `PEM is imported as PEM, and given out as it is`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let pem = try await made(world).pem
        let policy: JSON = ["secret_props": ["contentType": "application/x-pem-file"]]
        for value in [pem, Data(pem.utf8).base64EncodedString()] {
            let answer = await world.vault(
                "POST", "/certificates/c/import", ["value": .string(value), "policy": policy])
            #expect(answer.status == 200)
        }
        let secret = await world.vault("GET", "/secrets/c")
        #expect(secret["contentType"] == "application/x-pem-file")
        #expect(secret["value"]?.stringValue?.hasPrefix("-----BEGIN PRIVATE KEY-----") == true)
        #expect(secret["value"]?.stringValue?.contains("-----BEGIN CERTIFICATE-----") == true)
        #expect(await world.vault("GET", "/certificates/c/versions")["value"]?.arrayValue?.count == 2)
        let undeclared = await world.vault("POST", "/certificates/d/import", ["value": .string(pem)])
        #expect(undeclared.code == "BadParameter")
    }

    @Test func `content that lacks key or certificate is refused, and the sandbox goes on`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let pem = try await made(world).pem
        let policy: JSON = ["secret_props": ["contentType": "application/x-pem-file"]]
        let start = try #require(pem.range(of: "-----BEGIN CERTIFICATE-----")?.lowerBound)
        for part in [String(pem[start...]), String(pem[..<start]), "-----BEGIN nothing"] {
            let answer = await world.vault(
                "POST", "/certificates/c/import", ["value": .string(part), "policy": policy])
            #expect(answer.code == "BadParameter")
        }
        for junk in ["AAAA", "", "not base64"] {
            let answer = await world.vault("POST", "/certificates/c/import", ["value": .string(junk)])
            #expect(answer.code == "BadParameter")
        }
    }

    @Test(arguments: [
        "nonsense", "CN", "=x", "FOO=x",
    ])
    func `a subject that is none is refused`(_ subject: String) async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        var policy = Self.policy
        policy[path: "x509_props", "subject"] = .string(subject)
        let answer = await world.vault("POST", "/certificates/c/create", ["policy": policy])
        #expect(answer.status == 400)
        #expect(answer.code == "BadParameter")
    }

    // MARK: Keys

    @Test(
        arguments: [
            (["kty": "RSA", "key_size": 3072], "n"), (["kty": "EC", "crv": "P-384"], "x"), (["kty": "RSA"], "e"),
        ] as [(JSON, String)])
    func `a key shows its public numbers only`(_ shape: JSON, _ member: String) async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        let made = await world.vault("POST", "/keys/k/create", shape)
        #expect(made.status == 200)
        #expect(made["key", member]?.stringValue?.isEmpty == false)
        #expect(made["key", "d"] == nil)
        #expect(await world.vault("GET", "/keys/k").body == made.body)
        let again = await world.vault("POST", "/keys/k/create", shape)
        #expect(again["key", "kid"] != made["key", "kid"])
    }

    @Test(arguments: [["kty": "DSA"], ["kty": "RSA", "key_size": 1000], ["kty": "EC", "crv": "P-1"], [:]] as [JSON])
    func `a key of no known shape is refused`(_ shape: JSON) async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        #expect(await world.vault("POST", "/keys/k/create", shape).code == "BadParameter")
    }
}
