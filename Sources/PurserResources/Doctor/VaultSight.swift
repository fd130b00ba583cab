import PurserClients
import PurserEngine

/// How a vault decides about the caller.
enum VaultSight: Sendable {
    /// The run gives the rights itself.
    case granted(by: PurserEngine.Address)
    /// By the access policy of the caller; nil where there is none for the caller alone.
    case policy(PermissionSet?, vault: String)
    /// By roles at the vault of this identifier.
    case roles(String)
    case unseen(String)

    static func look(_ vault: Attributes, _ caller: CallerIdentity, _ arm: ARMClient) async -> VaultSight {
        guard let id = try? KeyVault.resourceID(of: vault) else { return .unseen("which vault it is, is known later") }
        do throws(ServiceError) {
            guard let body = try await arm.get(id, apiVersion: AzureVersion.vaults) else {
                return .unseen("the vault is not there yet")
            }
            if body.at("properties", "enableRbacAuthorization")?.bool == true { return .roles(id) }
            let name = body["name"]?.string ?? id
            return .policy(PolicyEntry.find(caller.objectID, in: body)?.permissions, vault: name)
        } catch {
            return .unseen(error.whyUnseen)
        }
    }

    func answer(_ right: Right) -> Demands.Answer {
        guard case .inVault(let name, let permission) = right.demand, let section = VaultSection(rawValue: name) else {
            return .unknown("it is no right in a vault")
        }
        switch self {
        case .granted(let address): return .granted(by: address)
        case .roles: return .unknown("it was not asked")
        case .unseen(let why): return .unknown(why)
        case .policy(let permissions, let vault):
            let wanted = PermissionSet([section.rawValue: [permission]])
            let isAllowed = permissions.map { wanted.subtracting(wanted.covered(by: $0)).isEmpty } ?? false
            return isAllowed ? .allowed : .denied(grantAt: vault)
        }
    }
}
