/// The data plane of key vaults. `vaultURL` is a vault's base address, with or without a trailing slash; `path` starts
/// with a slash (`/secrets/NAME`).
///
/// A secret goes in as a `SecretString` beside the body and comes out only through `secret(…)`: the `JSONValue`s that
/// other calls return never hold a secret's value.
package struct KeyVaultClient: Sendable {
    /// The api-version of a call that names none: served by every vault.
    package static let defaultAPIVersion = "7.4"

    let session: KeyVaultSession

    /// The object without any secret value, or nil if it does not exist (404).
    package func get(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion,
        query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> JSONValue? {
        try await found("GET", vaultURL, path, apiVersion, query)?.withoutSecrets
    }

    /// A secret with its value, or nil if it does not exist. Without a version: the latest.
    package func secret(
        vaultURL: String, name: String, version: String? = nil
    ) async throws(ServiceError) -> KeyVaultSecret? {
        let path = "/secrets/\(name)/\(version ?? "")"
        guard let body = try await found("GET", vaultURL, path, Self.defaultAPIVersion, [:]) else { return nil }
        guard let value = body["value"]?.string else {
            throw ServiceError(
                service: .keyVault, code: ServiceError.Code.unexpectedAnswer, message: "the secret has no value")
        }
        return KeyVaultSecret(value: SecretString(value), properties: body.withoutSecrets)
    }

    /// All elements of a collection (`/secrets`, `/secrets/NAME/versions`, `/deletedsecrets`…), page after page.
    package func list(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion,
        query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> [JSONValue] {
        var call = try KeyVaultCall("GET", vaultURL: vaultURL, path: path, apiVersion: apiVersion, query: query)
        var elements: [JSONValue] = []
        var seen: Set<String> = []
        while seen.insert(call.request.url).inserted {
            let page = try await session.result(of: call)
            elements += page["value"]?.array ?? []
            guard let next = page["nextLink"]?.string, !next.isEmpty else { return elements }
            try call.turn(to: next)
        }
        throw ServiceError(
            service: .keyVault, code: ServiceError.Code.unexpectedAnswer,
            message: "the pages of the list form a circle",
            request: RequestSummary(call.request))
    }

    /// `secrets` are added to the body's top level: `["value": value]`, `["value": pfx, "pwd": password]`.
    package func put(
        vaultURL: String, path: String, body: JSONValue, secrets: [String: SecretString] = [:],
        apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue {
        let call = try KeyVaultCall(
            "PUT", vaultURL: vaultURL, path: path, apiVersion: apiVersion, body: body, secrets: secrets)
        return try await session.result(of: call).withoutSecrets
    }

    /// As `put`. Not sent again after a lost connection unless `repeatable` (recover): creating twice makes two versions.
    package func post(
        vaultURL: String, path: String, body: JSONValue? = nil, secrets: [String: SecretString] = [:],
        apiVersion: String = defaultAPIVersion, repeatable: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        var call = try KeyVaultCall(
            "POST", vaultURL: vaultURL, path: path, apiVersion: apiVersion, body: body, secrets: secrets)
        call.isRepeatable = repeatable
        return try await session.result(of: call).withoutSecrets
    }

    package func patch(
        vaultURL: String, path: String, body: JSONValue, apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue {
        let call = try KeyVaultCall("PATCH", vaultURL: vaultURL, path: path, apiVersion: apiVersion, body: body)
        return try await session.result(of: call).withoutSecrets
    }

    /// What the service says about the deleted object (`recoveryId`…; `.null` after a purge), or nil if it was already
    /// absent (404).
    @discardableResult
    package func delete(
        vaultURL: String, path: String, apiVersion: String = defaultAPIVersion
    ) async throws(ServiceError) -> JSONValue? {
        try await found("DELETE", vaultURL, path, apiVersion, [:])?.withoutSecrets
    }

    /// Whether the vault's name is known to the network and it asks for a token, as a living vault does. Needs no
    /// permission.
    package func isReachable(vaultURL: String) async throws(ServiceError) -> Bool {
        try await session.isReachable(vaultURL: vaultURL)
    }

    private func found(
        _ method: String, _ vaultURL: String, _ path: String, _ apiVersion: String,
        _ query: KeyValuePairs<String, String>
    ) async throws(ServiceError) -> JSONValue? {
        let call = try KeyVaultCall(method, vaultURL: vaultURL, path: path, apiVersion: apiVersion, query: query)
        do throws(ServiceError) {
            return try await session.result(of: call)
        } catch {
            guard error.status == 404 else { throw error }
            return nil
        }
    }
}

/// A version of a secret.
package struct KeyVaultSecret: Sendable {
    package var value: SecretString
    /// Everything but the value: `id`, `attributes`, `contentType`, `tags`, `managed`.
    package var properties: JSONValue
}

extension JSONValue {
    /// A text under `value` is a secret's value or a backup; lists have an array there.
    fileprivate var withoutSecrets: JSONValue {
        guard case .object(var members) = self, members["value"]?.string != nil else { return self }
        members["value"] = nil
        return .object(members)
    }
}

// MARK: - Certificates

package struct CreatedCertificate: Sendable {
    package let bundle: JSONValue
    /// Whether it comes of a request that was under way already, and may have been for something else.
    package let isOfEarlierRequest: Bool
}

extension KeyVaultClient {
    /// Starts a certificate's creation (`POST /certificates/NAME/create`) and follows its pending operation to the end.
    ///
    /// Source: Key Vault REST reference, "Create Certificate", "Get Certificate Operation", api-version 7.4: the pending
    /// operation answers 200 with `status` `inProgress`, `completed`, `failed` or `cancelled`. While one is pending,
    /// another creation is refused with 409: that one is then followed instead. `waiting` is told before each pause how
    /// much of `timeout` is left; when `isStopped`, nothing is waited for any more.
    package func createCertificate(
        vaultURL: String, name: String, body: JSONValue, timeout: Duration = .seconds(600),
        waiting: (Duration) -> Void = { _ in }, isStopped: () -> Bool = { false }
    ) async throws(ServiceError) -> CreatedCertificate {
        let path = "/certificates/\(name)"
        let begun = try await begin(vaultURL, path, body)
        if begun.map(isCompleted) != true {
            _ = try await session.polling.until(
                "certificate \(name)", service: .keyVault, longest: .seconds(10), timeout: timeout, waiting: waiting
            ) { () async throws(ServiceError) -> Bool? in
                let pending = try await get(vaultURL: vaultURL, path: "\(path)/pending")
                let isDone = try pending.map { (pending) throws(ServiceError) in try completed(pending, name) } ?? true
                guard isDone == nil, isStopped() else { return isDone }
                throw ServiceError(
                    service: .keyVault, code: ServiceError.Code.cancelled,
                    message: "stopped waiting until certificate \(name) is made")
            }
        }
        guard let bundle = try await get(vaultURL: vaultURL, path: "\(path)/") else {
            throw ServiceError(
                service: .keyVault, status: 404, code: "CertificateNotFound",
                message: "certificate \(name) is not there although its creation completed")
        }
        return CreatedCertificate(bundle: bundle, isOfEarlierRequest: begun == nil)
    }

    /// The pending operation, or nil where an earlier one is under way.
    private func begin(
        _ vaultURL: String, _ path: String, _ body: JSONValue
    ) async throws(ServiceError) -> JSONValue? {
        do throws(ServiceError) {
            return try await post(vaultURL: vaultURL, path: "\(path)/create", body: body)
        } catch {
            guard error.status == 409, let pending = try await get(vaultURL: vaultURL, path: "\(path)/pending"),
                pending["status"]?.string?.lowercased() == "inprogress"
            else { throw error }
            return nil
        }
    }

    private func isCompleted(_ operation: JSONValue) -> Bool {
        operation["status"]?.string?.lowercased() == "completed"
    }

    /// True when complete, nil while in progress.
    private func completed(_ operation: JSONValue, _ name: String) throws(ServiceError) -> Bool? {
        switch operation["status"]?.string?.lowercased() {
        case "completed": return true
        case "failed", "cancelled", "canceled":
            throw ServiceError(
                service: .keyVault,
                code: operation.at("error", "code")?.string ?? "CertificateOperationFailed",
                message: operation.at("error", "message")?.string
                    ?? operation["status_details"]?.string ?? "the creation of certificate \(name) failed")
        default: return nil
        }
    }
}
