import PurserClients
import PurserEngine

/// Waiting until a vault lets the caller read what it was granted.
///
/// A policy takes effect within seconds, a role within ten minutes. Source: Azure documentation, "Troubleshoot Azure RBAC".
struct VaultAdmission: Sendable {
    let keyVault: KeyVaultClient
    let polling: Polling
    /// The vault's address.
    let address: String

    private enum Answer: Sendable {
        case admitted
        /// The vault sees another principal than the one that was granted the right: waiting would not help.
        case other(objectId: String)
    }

    func wait(
        for section: VaultSection, as objectId: String, _ model: VaultModel, _ operation: Operation
    ) async throws {
        let answer = try await polling.until(
            "access to \(section.rawValue)", service: .keyVault, first: .milliseconds(500),
            timeout: .seconds(model == .rbac ? 600 : 180),
            waiting: { operation.waiting("waiting until the vault admits reading \(section.rawValue)", $0) }
        ) { () async throws(ServiceError) -> Answer? in try await ask(section, objectId) }
        guard case .other(let seen) = answer else { return }
        throw ResourceFailure(
            .serviceNotAllowed,
            "the access was given to the object \(objectId), but the vault sees the caller as \(seen)",
            hint: "sign in to the vault and to Resource Manager as the same principal", category: .notAllowed)
    }

    /// Asks for an object that does not exist: 404 says that we may ask, 403 that we may not yet.
    private func ask(_ section: VaultSection, _ objectId: String) async throws(ServiceError) -> Answer? {
        do throws(ServiceError) {
            _ = try await keyVault.get(vaultURL: address, path: "/\(section.rawValue)/purser-access-probe")
            return .admitted
        } catch {
            guard error.status == 403, !Self.isLasting(error) else { throw error }
            guard let seen = Self.principal(in: error.message), seen != objectId.lowercased() else { return nil }
            return .other(objectId: seen)
        }
    }

    /// Refusals that no grant ends.
    private static func isLasting(_ error: ServiceError) -> Bool {
        ["ForbiddenByFirewall", "ForbiddenByConnection"].contains(error.innerCode)
    }

    /// The object id that a refusal names: `appid=…;oid=…;iss=…`.
    private static func principal(in message: String) -> String? {
        message.firstMatch(of: /oid=([0-9a-fA-F-]{36})/).map { $0.1.lowercased() }
    }
}
