import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// Every kind of Azure with every attribute and field that a spec can write, against the sandbox: a plan right after an
/// apply is empty, so that neither defaults of the service nor values that it writes in another way are drift.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct EveryAttributeTests {
    private static let written = """
        groups:
          demo: {name: Demo-Group, location: West Europe, tags: {team: payments, Cost: "42"}}
        identities:
          demo: {name: demo-identity, group: demo, location: westeurope, tags: {team: payments}, nodes: {scaleSets: [aks-nodepool1-12345678-vmss]}}
          other:
            name: other-identity
            group: demo
            nodes: all
            federatedCredentials:
              pods: {name: pods, issuer: "https://oidc.example.com/x/", subject: "system:serviceaccount:ns:sa", audience: api://AzureADTokenExchange}
              apps: {issuer: "https://oidc.example.com/x/", serviceAccount: shop/payments}
        vaults:
          demo:
            name: Demo-Keyvault
            group: demo
            location: WestEurope
            sku: premium
            authorization: policies
            retention: 30
            purgeProtection: true
            publicNetworkAccess: enabled
            network: {defaultAction: allow, bypass: none, ipRules: [10.1.0.0/16, 127.0.0.1], subnets: []}
            whenDeleted: recover
            deployerAccess: granted
            tags: {team: payments}
            access:
              demo: {identity: demo, secrets: [list, get], keys: [unwrapKey, get], certificates: [get]}
              nodes: {nodes: systemAssigned, secrets: [get]}
            secrets:
              full:
                name: Full-Secret
                value: {env: KEY}
                contentType: text/plain
                enabled: true
                notBefore: 2024-01-31
                expires: "2040-01-31T08:00:00Z"
                whenDeleted: recover
                tags: {a: b}
            certificates:
              full:
                name: Full-Certificate
                enabled: true
                whenDeleted: recover
                tags: {a: b}
                selfSigned:
                  subject: "CN=full,O=Demo, ST=Hamburg, C=DE"
                  validity: 730d
                  keyType: RSA
                  keySize: 2048
                  dnsNames: [b.example.com, a.example.com]
                  emails: [a@example.com]
                  upns: [a@example.com]
                  keyUsages: [keyEncipherment, digitalSignature]
                  extendedKeyUsages: [1.3.6.1.5.5.7.3.2, 1.3.6.1.5.5.7.3.1]
                  reuseKey: true
                  renewal: {percent: 70, action: renew}
                  exportable: true
                  contentType: application/x-pem-file
              curve:
                selfSigned:
                  subject: CN=curve
                  validity: 365d
                  keyType: EC
                  curve: P-384
                  renewal: {daysBefore: 20, action: email}
              hardware: {selfSigned: {subject: CN=hardware, validity: 30d, keyType: EC-HSM}}
              brought: {import: {file: shop.pfx, password: {env: PASSWORD}}}
            keys:
              full:
                name: Full-Key
                keyType: RSA
                size: 2048
                operations: [wrapKey, decrypt, unwrapKey]
                enabled: true
                notBefore: 2024-01-31
                expires: 2040-01-31
                rotation: {rotateAfter: 90d, notifyBefore: 240h}
                whenDeleted: recover
                tags: {a: b}
              bend: {keyType: EC-HSM, curve: P-384, rotation: {rotateBefore: 10d, expiresAfter: 100d}}

        """

    /// With what cannot stand beside the others.
    private static let issued = """
              issued:
                issued: {issuer: shop-ca, certificateType: OV-SSL, wait: 5m, subject: CN=issued, validity: 365d, \(everyField)}

        """

    /// Fields that certificates of issuers have as well.
    private static let everyField = """
        keyType: EC, curve: P-256, dnsNames: [a.example.com], emails: [a@example.com], upns: [a@example.com], \
        keyUsages: [digitalSignature], extendedKeyUsages: [1.3.6.1.5.5.7.3.1], reuseKey: false, exportable: true, \
        renewal: {percent: 80}, contentType: application/x-pkcs12
        """

    private static let roles = """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: rbac
            access:
              demo: {identity: demo, secrets: [get], roles: [Key Vault Reader, Key Vault Crypto User]}

        """

    private func assignIdentity(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws {
        let group = AzurePaths.scaleSets(subscription: sandbox.subscription, group: "aks-nodes-west-dev")
        _ = try await harness.clients.arm.patch(
            "\(group)/aks-nodepool1-12345678-vmss", apiVersion: AzureVersion.scaleSets,
            body: ["identity": ["type": "SystemAssigned, UserAssigned"]])
    }

    @Test func `a plan right after an apply is empty, whatever is written`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await assignIdentity(harness, sandbox)
            let report = try await harness.apply(Self.written, settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            let second = try await harness.plan(Self.written, settings: sandbox.settings)
            #expect(second.lines == [])
            #expect(second.plan.drift.map(\.address) == [])
            // Also for whoever has no state of it: what is there is taken over without a change of it.
            let stranger = AzureHarness(clients: harness.clients)
            let adopted = try await stranger.plan(Self.written, settings: sandbox.settings)
            #expect(
                adopted.lines.allSatisfy { !$0.contains("[") || $0.contains("[value]") || $0.contains("/access/") },
                "\(adopted.lines)")
        }
    }

    @Test func `a plan right after an apply is empty under roles`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let report = try await harness.apply(Self.roles, settings: sandbox.settings)
            #expect(report.ending == .done, "\(report.failures)")
            #expect(try await harness.plan(Self.roles, settings: sandbox.settings).lines == [])
        }
    }

    /// Said only of what exists.
    private static let told: Set<String> = ["resourceId"]

    /// So that an attribute added to a kind is added here.
    @Test func `the specs above write every attribute of every kind of Azure`() async throws {
        let harness = try await AzureHarness.offline()
        let specs = try [
            Self.written.replacing("    keys:\n      full:", with: "\(Self.issued)    keys:\n      full:"), Self.roles,
        ].map { try harness.spec($0) }
        for kind in harness.catalog.kinds.map({ type(of: $0) }) where kind.name.text.hasPrefix("azure/") {
            let resources = specs.flatMap(\.resources.values).filter { $0.kind == kind.name }
            for attribute in kind.attributes where attribute.isWritten && !Self.told.contains(attribute.name) {
                let isWritten = resources.contains { $0.writes(attribute.name) }
                #expect(isWritten, "\(kind.name).\(attribute.name)")
                guard case .record(let fields) = attribute.shape else { continue }
                for field in fields {
                    let isSaid = resources.contains { $0.known(attribute.name)?[field.name] != nil }
                    let isKeyOfIssuer = attribute.name == "issued" && field.name == "keySize"
                    #expect(isSaid || isKeyOfIssuer, "\(kind.name).\(attribute.name).\(field.name)")
                }
            }
        }
    }
}
