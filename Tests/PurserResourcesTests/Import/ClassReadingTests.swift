import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

/// What a SecretProviderClass of a cluster becomes in the spec, and what is said of what does not.
@Suite struct ClassReadingTests {
    private static let objects = """
        array:
          - |
            objectName: db-password
            objectType: secret
            objectAlias: db/password
            filePermission: "0400"
          - |
            objectName: web-tls
            objectType: secret
            objectFormat: PFX
            objectEncoding: base64
          - |
            objectName: web-tls
            objectType: cert
            objectVersionHistory: 3
          - |
            objectName: signing
            objectType: key
            objectVersion: 0123
        """

    private static func object(
        _ parameters: [String: Value] = [:], version: String = "v1", provider: Value = "azure", secrets: Value = []
    ) -> Value {
        var all: [String: Value] = [
            "keyvaultName": "shop-kv", "tenantId": "t", "useVMManagedIdentity": "true",
            "userAssignedIdentityID": "id-1",
            "objects": .string(objects),
        ]
        all.merge(parameters) { _, new in new }
        return [
            "apiVersion": .string("secrets-store.csi.x-k8s.io/\(version)"), "kind": "SecretProviderClass",
            "metadata": ["name": "shop", "namespace": "web"],
            "spec": ["provider": provider, "parameters": .object(all), "secretObjects": secrets],
        ]
    }

    private func reading(_ object: Value) throws -> (ClassReading, Diagnostics) {
        var remarks = Diagnostics()
        return (try ClassReading(object, &remarks), remarks)
    }

    private func refusal(_ parameters: [String: Value], provider: Value = "azure") -> String? {
        var remarks = Diagnostics()
        do throws(ClassReading.Refusal) {
            _ = try ClassReading(Self.object(parameters, provider: provider), &remarks)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `objects are said by their sort in the vault, and their fields in the spec's words`() throws {
        let (reading, remarks) = try reading(Self.object())
        #expect(remarks.isEmpty)
        #expect(reading.mode == .userAssigned && reading.clientId == "id-1" && reading.tenant == "t")
        #expect(
            try YAMLEmitter.text(of: reading.entries(certificates: ["web-tls"])) == """
                - secret: db-password
                  alias: db/password
                  filePermission: '0400'
                - certificate: web-tls
                  as: secret
                  format: pfx
                  encoding: base64
                - certificate: web-tls
                  as: cert
                  versionHistory: 3
                - key: signing
                  version: '0123'

                """)
    }

    @Test func `an object is a secret where the vault's certificates are not known`() throws {
        let entries = try reading(Self.object()).0.entries(certificates: nil)
        #expect(try YAMLEmitter.text(of: entries).contains("- secret: web-tls\n"))
    }

    @Test func `Secrets of the class are taken over, the second of a name is told`() throws {
        let secret: Value = [
            "secretName": "tls", "type": "kubernetes.io/tls", "labels": ["a": "b"],
            "data": [["key": "tls.key", "objectName": "web-tls"]],
        ]
        var remarks = Diagnostics()
        let field = try reading(Self.object(secrets: [secret, secret])).0.secretWords(&remarks)
        #expect(
            try field.map { try YAMLEmitter.text(of: .object([$0])) } == """
                secretObjects:
                  tls:
                    type: kubernetes.io/tls
                    data:
                      tls.key: web-tls
                    labels:
                      a: b

                """)
        #expect(remarks.map(\.code) == [.importPartLeftOut])
    }

    @Test(
        arguments: [
            (["useVMManagedIdentity": "T", "userAssignedIdentityID": ""], PodIdentity.Mode.systemAssigned, nil),
            (["useVMManagedIdentity": "false", "userAssignedIdentityID": "", "clientID": " c "], .workload, "c"),
            (["useVMManagedIdentity": "0", "userAssignedIdentityID": ""], .servicePrincipal, nil),
        ] as [([String: Value], PodIdentity.Mode, String?)])
    func `the identity is the one that the provider would choose`(
        _ parameters: [String: Value], _ mode: PodIdentity.Mode, _ clientId: String?
    ) throws {
        let (reading, remarks) = try reading(Self.object(parameters))
        #expect(reading.mode == mode && reading.clientId == clientId)
        #expect(remarks.isEmpty)
    }

    @Test(
        arguments: [
            (["usePodIdentity": "true", "useVMManagedIdentity": "false"], "out of service"),
            (["usePodIdentity": "true"], "exclude each other"),
            (["useAzureTokenProxy": "true", "useVMManagedIdentity": "false"], "useAzureTokenProxy"),
            (["useVMManagedIdentity": "yes"], "neither true nor false"),
            (["keyvaultName": ""], "names no vault"),
            (["cloudName": "AzureStackCloud"], "AzureStackCloud"),
            (["objects": "- a"], "could not read it"),
            (["objects": "array: []"], "lists no objects"),
            (["objects": "array:\n  - |\n    objectName: a\n    objectType: Secret\n"], "type 'Secret'"),
            (["objects": "array:\n  - |\n    objectType: secret\n"], "has no name"),
        ] as [([String: Value], String)])
    func `what the spec cannot say is refused with its reason`(_ parameters: [String: Value], _ part: String) {
        #expect(refusal(parameters)?.contains(part) == true, "\(refusal(parameters) ?? "taken over")")
    }

    @Test func `a class of another provider is refused`() {
        #expect(refusal([:], provider: "vault")?.contains("'vault'") == true)
    }

    @Test func `v1alpha1 is told by the manifest, by who keeps the fields, and by what kubectl applied`() throws {
        let old = "secrets-store.csi.x-k8s.io/v1alpha1"
        var kept = Self.object().object ?? [:]
        kept["metadata"] = ["name": "shop", "managedFields": [["apiVersion": .string(old)]]]
        var applied = Self.object().object ?? [:]
        let annotation = "kubectl.kubernetes.io/last-applied-configuration"
        applied["metadata"] = [
            "name": "shop", "annotations": .object([annotation: .string(#"{"apiVersion":"\#(old)","kind":"…"}"#)]),
        ]
        for object in [Self.object(version: "v1alpha1"), .object(kept), .object(applied)] {
            #expect(try reading(object).1.map(\.code) == [.importOldClassVersion])
        }
    }

    @Test func `nothing is lost without a word`() throws {
        let text = """
            array:
              - |
                objectName: a
                objectType: secret
                objectFormat: pkcs
                filePermission: u+r
                objectname: b
            """
        let (_, remarks) = try reading(
            Self.object([
                "keyVaultName": "typo", "clientID": "c", "objects": .string(text), "cloudName": "azurepubliccloud",
            ]))
        #expect(Set(remarks.map(\.code)) == [.importPartLeftOut])
        let all = remarks.map(\.message).joined(separator: "\n")
        for part in ["'keyVaultName'", "'clientID'", "'objectname'", "format 'pkcs'", "filePermission: u+r"] {
            #expect(all.contains(part), "\(part)\n\(all)")
        }
    }
}
