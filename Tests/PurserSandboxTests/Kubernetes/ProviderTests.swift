import Foundation
import Synchronization
import Testing

@testable import PurserSandbox

/// The Azure provider's checks and texts, in its own order.
@Suite struct ProviderTests {
    private let azure = ScriptedAzure()

    private func mount(
        _ parameters: [String: String] = [:],
        objects: String = "array:\n  - |\n    objectName: a\n    objectType: secret",
        without missing: [String] = [], secrets: [String: String] = [:]
    ) async throws(ProviderFailure) -> AzureProvider.Response {
        var all = [
            "csi.storage.k8s.io/pod.name": "app", "csi.storage.k8s.io/pod.namespace": "infra",
            "useVMManagedIdentity": "true", "userAssignedIdentityID": "client-1", "keyvaultName": "kv-demo",
            "tenantID": "tenant", "objects": objects,
        ]
        for key in missing { all[key] = nil }
        let provider = AzureProvider(azure: azure, vaultSuffix: "vault.purser.test", nodeResourceGroup: "nodes")
        return try await provider.mount(
            AzureProvider.Request(
                parameters: all.merging(parameters) { $1 }, secrets: secrets, scaleSet: ClusterFixture.scaleSet))
    }

    private func failure(
        _ parameters: [String: String] = [:],
        objects: String = "array:\n  - |\n    objectName: a\n    objectType: secret",
        without missing: [String] = [], secrets: [String: String] = [:]
    ) async -> String? {
        do throws(ProviderFailure) {
            _ = try await mount(parameters, objects: objects, without: missing, secrets: secrets)
            return nil
        } catch {
            if case .failed(let text) = error { return text }
            return "deadline"
        }
    }

    @Test(arguments: [
        (
            ["useVMManagedIdentity": "tru"],
            "failed to parse useVMManagedIdentity flag, error: strconv.ParseBool: parsing \"tru\": invalid syntax"
        ),
        (
            ["usePodIdentity": "true"],
            "only one identity mode can be enabled at a time: usePodIdentity, useVMManagedIdentity, or useAzureTokenProxy"
        ),
        (["keyvaultName": " "], "keyvaultName is not provided"),
        (["tenantID": ""], "tenantId is not provided"),
        (
            ["cloudName": "AzureCloud1"],
            "cloudName AzureCloud1 is not valid, error: autorest/azure: There is no cloud environment matching the name \"AZURECLOUD1\""
        ),
        (
            ["clientID": "x"],
            "failed to build auth config for mode VMManagedIdentity: failed to parse workload identity tokens, error: service account tokens not found"
        ),
        (
            ["useVMManagedIdentity": "false"],
            "failed to build auth config for mode None: failed to get credentials, nodePublishSecretRef secret is not set"
        ),
        (["objects": "  "], "objects is not set"),
        (["keyvaultName": "kv"], "failed to get vault: Invalid vault name: \"kv\", must be between 3 and 24 chars"),
        (
            ["keyvaultName": "kv_test"],
            "failed to get vault: Invalid vault name: \"kv_test\", must match [-a-zA-Z0-9]{3,24}"
        ),
    ])
    func `each wrong parameter has its text`(parameters: [String: String], text: String) async {
        #expect(await failure(parameters) == text)
    }

    @Test(arguments: [
        (
            "- a",
            "failed to yaml unmarshal objects, error: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into types.StringArray"
        ),
        (
            "invalid",
            "failed to yaml unmarshal objects, error: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `invalid` into types.StringArray"
        ),
        (
            "array:\n  - objectName: a",
            "failed to yaml unmarshal objects, error: yaml: unmarshal errors:\n  line 2: cannot unmarshal !!map into string"
        ),
        (
            "array: x",
            "failed to yaml unmarshal objects, error: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `x` into []string"
        ),
        (
            "array:\n\t- x",
            "failed to yaml unmarshal objects, error: yaml: line 2: found character that cannot start any token"
        ),
        (
            "array:\n  - secret1",
            "unmarshal failed for keyVaultObjects at index 0, error: yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `secret1` into types.KeyVaultObject"
        ),
        (
            "array:\n  - >\n    objectName: a\n    objectType: secret",
            "unmarshal failed for keyVaultObjects at index 0, error: yaml: mapping values are not allowed in this context"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectName: b",
            "unmarshal failed for keyVaultObjects at index 0, error: yaml: unmarshal errors:\n  line 2: mapping key \"objectName\" already defined at line 1"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectVersionHistory: '2'",
            "unmarshal failed for keyVaultObjects at index 0, error: yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `2` into int32"
        ),
        (
            "array:\n  - |\n    objectType: secret",
            "failed to get objectType:secret, objectName:, objectVersion:: file name must not be empty"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectFormat: pkcs",
            "failed to get objectType:secret, objectName:a, objectVersion:: invalid objectFormat: pkcs, should be PEM or PFX"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: cert\n    objectFormat: pfx",
            "failed to get objectType:cert, objectName:a, objectVersion:: PFX format only supported for objectType: secret"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectAlias: /a",
            "failed to get objectType:secret, objectName:a, objectVersion:: file name must be a relative path"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectAlias: a..b",
            "failed to get objectType:secret, objectName:a, objectVersion:: file name must not contain '..'"
        ),
        (
            "array:\n  - |\n    objectName: a\n    objectType: Secret",
            "failed to get objectType:Secret, objectName:a, objectVersion:: Invalid vaultObjectTypes. Should be secret, key, or cert"
        ),
    ])
    func `each wrong objects parameter has its text`(objects: String, text: String) async {
        #expect(await failure(objects: objects) == text)
    }

    @Test(arguments: [
        ("0600", 0o600), ("400", 0o400), ("420", 0o420), ("0900", 0), ("0o755", 0), ("u+rwx", 0), ("4755", 0o755),
        ("-1", 0o777), ("77777", 0o777), ("", 0o644),
    ])
    func `file modes are octal, and what is none leaves no right`(permission: String, mode: UInt32) {
        #expect(VaultObjectRequest(permission: permission).mode == mode)
    }

    @Test func `an empty array mounts nothing`() async throws {
        #expect(try await mount(objects: "array:").versions.isEmpty)
        #expect(try await mount(objects: "arrays:\n  - x").versions.isEmpty)
    }

    @Test func `a history writes one version more than it says, newest first, without disabled ones`() async throws {
        let versions = (0..<5).map { number -> JSON in
            [
                "id": .string("https://kv/secrets/a/v\(number)"),
                "attributes": ["created": .int(number), "enabled": .bool(number != 3)],
            ]
        }
        azure.put("secrets/a/versions", ["value": .array(versions), "nextLink": nil])
        for number in 0..<5 { azure.put(secret: "a", "value\(number)", version: "v\(number)") }
        let response = try await mount(
            objects: "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectVersionHistory: 2")
        #expect(response.files.map(\.path) == ["a/0", "a/1", "a/2"])
        #expect(response.versions.map(\.version) == ["v4", "v2", "v1"])
        #expect(response.versions.first?.id == "secret/a/0")
    }

    @Test func `encodings decode the value, and say what they cannot decode`() async throws {
        azure.put(secret: "a", "aGVsbG8=")
        let item = "array:\n  - |\n    objectName: a\n    objectType: secret\n    objectEncoding: "
        #expect(try await mount(objects: item + "base64").files.first?.bytes == Array("hello".utf8))
        azure.put(secret: "a", "zz")
        #expect(await failure(objects: item + "hex") == "encoding/hex: invalid byte: U+007A 'z'")
        azure.put(secret: "a", "abc")
        #expect(await failure(objects: item + "hex") == "encoding/hex: odd length hex string")
    }

    @Test func `a federated identity sends its service account's token`() async throws {
        azure.put(secret: "a", "x")
        let tokens: JSON = ["api://AzureADTokenExchange": ["token": "account-token"]]
        _ = try await mount([
            "useVMManagedIdentity": "false", "clientID": "federated",
            "csi.storage.k8s.io/serviceAccount.tokens": String(decoding: tokens.bytes(), as: UTF8.self),
        ])
        let form = azure.state.withLock { $0.forms.first }
        #expect(form?["client_assertion"] == "account-token")
        #expect(form?["scope"] == "https://vault.purser.test/.default")
    }

    @Test func `a service principal needs both of its keys`() async {
        let none = ["useVMManagedIdentity": "false"]
        #expect(
            await failure(none, secrets: ["client_id": "x"])
                == "failed to build auth config for mode None: could not find clientid in secrets")
        #expect(
            await failure(none, secrets: ["clientID": "x"])
                == "failed to build auth config for mode None: could not find clientsecret in secrets")
    }

    @Test func `a refusal of the vault is shown as the SDK shows it`() async {
        azure.state.withLock {
            $0.refusals["secrets/a/"] = (403, ["error": ["code": "Forbidden", "message": "no get"]])
        }
        let line = String(repeating: "-", count: 80)
        #expect(
            await failure()?.hasPrefix(
                "failed to get objectType:secret, objectName:a, objectVersion:: GET "
                    + "https://kv-demo.vault.purser.test/secrets/a/\n\(line)\nRESPONSE 403: 403 Forbidden\n"
                    + "ERROR CODE: Forbidden\n\(line)\n") == true)
    }

    @Test func `a vault that does not exist runs into the time limit`() async {
        azure.state.withLock { $0.refusals["secrets/a/"] = (404, .null) }
        #expect(await failure() == "deadline")
    }
}
