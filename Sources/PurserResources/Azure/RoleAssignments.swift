import Crypto
import PurserClients
import PurserEngine

/// The Key Vault roles of one principal at one vault.
///
/// An assignment of ours has a name that follows from what it says, so that a repeated run meets the same one, and a
/// description that tells whose it is. Assignments under other names, or with another description, are never touched.
/// Source: Azure REST reference, Role Assignments, api-version 2022-04-01.
struct RoleAssignments: Sendable {
    let arm: ARMClient
    let polling: Polling
    /// The vault's identifier.
    let scope: String
    let owner: Owner

    static let apiVersion = "2022-04-01"

    private var mark: String {
        ["purser", owner.environment, owner.address?.description].compactMap(\.self).joined(separator: " ")
    }

    // MARK: Reading

    /// The roles that the principal holds at just this vault, with whether the assignment is ours. What it holds above
    /// the vault, or by a group, is not counted.
    func held(by principal: String) async throws(ServiceError) -> [KeyVaultRole: Bool] {
        let found = try await arm.list(
            "\(scope)/providers/Microsoft.Authorization/roleAssignments", apiVersion: Self.apiVersion,
            query: ["$filter": "principalId eq '\(principal)'"])
        var roles: [KeyVaultRole: Bool] = [:]
        for assignment in found {
            let properties = assignment["properties"]
            guard let place = properties?["scope"]?.string, AzurePaths.areEqual(place, scope),
                properties?["principalId"]?.string?.lowercased() == principal.lowercased(),
                let role = Self.role(properties)
            else { continue }
            let isOurs =
                assignment["name"]?.string?.lowercased() == name(role, principal)
                && properties?["description"]?.string == mark
            roles[role] = roles[role] == true || isOurs
        }
        return roles
    }

    /// The definition's identifier comes with or without the subscription: its last segment tells the role.
    private static func role(_ properties: JSONValue?) -> KeyVaultRole? {
        let id = properties?["roleDefinitionId"]?.string
        return id?.split(separator: "/").last.flatMap { KeyVaultRole.role(id: String($0)) }
    }

    // MARK: Writing

    /// Assigns the role. A principal made moments ago may not have reached the directory that is asked; whoever else
    /// assigned the same meanwhile is left to it.
    func assign(_ role: KeyVaultRole, to principal: String, type: PrincipalType) async throws {
        let body: JSONValue = [
            "properties": [
                "roleDefinitionId": .string(definition(role)), "principalId": .string(principal),
                // With a type the directory is not asked whether the principal has reached it.
                "principalType": .string(type.rawValue), "description": .string(mark),
            ]
        ]
        do throws(ServiceError) {
            _ = try await polling.retrying(while: Self.isPassing, timeout: .seconds(300)) {
                () async throws(ServiceError) in
                try await arm.put(path(role, principal), apiVersion: Self.apiVersion, body: body)
            }
        } catch {
            if error.code == "RoleAssignmentExists" { return }
            guard error.code == "AuthorizationFailed" else { throw error }
            throw notAllowed(error, "assign '\(role.rawValue)'")
        }
    }

    func remove(_ role: KeyVaultRole, from principal: String) async throws {
        do throws(ServiceError) {
            try await arm.delete(path(role, principal), apiVersion: Self.apiVersion)
        } catch {
            guard error.code == "AuthorizationFailed" else { throw error }
            throw notAllowed(error, "take '\(role.rawValue)' away")
        }
    }

    private static func isPassing(_ error: ServiceError) -> Bool {
        error.code == "PrincipalNotFound" || error.status == 409 && error.code != "RoleAssignmentExists"
    }

    private func notAllowed(_ error: ServiceError, _ what: String) -> ResourceFailure {
        var failure = ResourceFailure(
            .serviceNotAllowed, "the caller may not \(what) at the vault: \(error.description)",
            hint: "have 'Key Vault Data Access Administrator', 'Role Based Access Control Administrator', "
                + "'User Access Administrator' or 'Owner' granted at \(scope), have the role assigned by somebody who "
                + "has one of them, or use `authorization: policies`",
            category: .notAllowed)
        failure.traceIDs = error.traceIDs
        return failure
    }

    // MARK: Names

    private func path(_ role: KeyVaultRole, _ principal: String) -> String {
        "\(scope)/providers/Microsoft.Authorization/roleAssignments/\(name(role, principal))"
    }

    private func definition(_ role: KeyVaultRole) -> String {
        let subscription = scope.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        return "/subscriptions/\(subscription)/providers/Microsoft.Authorization/roleDefinitions/\(role.id)"
    }

    /// The principal is part of the name: an identity that was made again under its old name has another one, and the
    /// service would refuse to give an old assignment to it.
    func name(_ role: KeyVaultRole, _ principal: String) -> String {
        NameBasedGUID.text(of: "\(scope.lowercased())|\(principal.lowercased())|\(role.id)")
    }
}

/// What Azure calls the sort of a principal.
enum PrincipalType: String, Sendable {
    case servicePrincipal = "ServicePrincipal"
    case user = "User"
}

/// A GUID that follows from a name: version 5 of RFC 9562, in Purser's own namespace.
enum NameBasedGUID {
    private static let namespace: [UInt8] = [
        0x5d, 0x0e, 0x5e, 0x0b, 0x2a, 0x6c, 0x4f, 0x3e, 0x9b, 0x51, 0x7a, 0x1c, 0x64, 0x0f, 0x8d, 0x92,
    ]

    static func text(of name: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x50
        bytes[8] = bytes[8] & 0x3f | 0x80
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
        return parts.map { digits[$0].joined() }.joined(separator: "-")
    }
}
