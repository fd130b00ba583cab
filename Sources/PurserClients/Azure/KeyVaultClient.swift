/// The data plane of key vaults. `vaultURL` is a vault's base address, with or without a trailing slash; `path` starts
/// with a slash (`/secrets/NAME`).
///
/// A secret goes in as a `SecretString` beside the body and comes out only through `secret(…)`: the `JSONValue`s that
/// other calls return never hold a secret's value.
package struct KeyVaultClient: Sendable {
    /// The api-version of a call that names none: served by every vault.
    package static let defaultAPIVersion = "7.4"

    private let pipeline: ARMPipeline

    init(pipeline: ARMPipeline) { self.pipeline = pipeline }

    /// The object without any secret value, or nil if it does not exist (404).
    package func get(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion,
        query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// A secret with its value, or nil if it does not exist. Without a version: the latest.
    package func secret(
        vaultURL: String, name: String, version: String? = nil
    ) async throws(ServiceError) -> KeyVaultSecret? {
        try await pipeline.notYet()
    }

    /// All elements of a collection (`/secrets`, `/secrets/NAME/versions`, `/deletedsecrets`…), page after page.
    package func list(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion,
        query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> [JSONValue] {
        try await pipeline.notYet()
    }

    /// `secrets` are added to the body's top level: `["value": value]`, `["value": pfx, "pwd": password]`.
    package func put(
        vaultURL: String, path: String, body: JSONValue, secrets: [String: SecretString] = [:],
        apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// As `put`. Not sent again after a lost connection unless `repeatable` (recover, purge): creating twice makes two
    /// versions.
    package func post(
        vaultURL: String, path: String, body: JSONValue? = nil, secrets: [String: SecretString] = [:],
        apiVersion: String = defaultAPIVersion, repeatable: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    package func patch(
        vaultURL: String, path: String, body: JSONValue, apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }

    /// What the service says about the deleted object (`recoveryId`…), or nil if it was already absent (404).
    @discardableResult
    package func delete(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// Starts a certificate's creation (`POST /certificates/NAME/create`) and follows its pending operation to the end.
    /// Returns the certificate bundle.
    package func createCertificate(
        vaultURL: String, name: String, body: JSONValue, timeout: Duration = .seconds(600)
    ) async throws(ServiceError) -> JSONValue {
        try await pipeline.notYet()
    }
}

/// A version of a secret.
package struct KeyVaultSecret: Sendable {
    package var value: SecretString
    /// Everything but the value: `id`, `attributes`, `contentType`, `tags`, `managed`.
    package var properties: JSONValue
}
