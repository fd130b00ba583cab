package import PurserSyntax

/// The vault that a class names.
enum VaultRules {
    /// The vault, if the scene has it.
    static func vault(of subject: MountSubject, _ result: inout MountAnalysis) -> VaultIndex? {
        let name = subject.parameters["keyvaultName"]
        let place = subject.place(of: "keyvaultName")
        guard !name.isEmpty, subject.parameters.vaultNameProblem == nil else { return nil }
        guard let found = subject.index.vault(named: name) else {
            checkStranger(name, place, subject, &result)
            return nil
        }
        checkTenant(found.vault, subject, &result)
        if found.vault.isPublic == false {
            result.doubt(
                .vault,
                "\(found.vault.label) does not answer to the internet; whether the nodes have a private way to "
                    + "it is not known", of: subject.label, at: place)
        }
        return found
    }

    private static func checkStranger(
        _ name: String, _ place: SourceRange?, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let meant = result.nearest(to: name, among: subject.index.scene.vaults.map(\.name))
        guard subject.index.scene.hasAllVaults, !Placeholder.isIn(name) else {
            result.doubt(.vault, "what is in the vault '\(name)' is not known", of: subject.label, at: place)
            return
        }
        result.report(
            subject.finding(
                .unknownVault, "there is no vault '\(name)'", at: place, link: .vault,
                says: "context deadline exceeded", hint: meant.map { "did you mean '\($0)'?" },
                fix: meant.flatMap { meant in
                    place.map { SpecPatch("name the vault '\(meant)'", [.replace($0, with: meant)]) }
                }), at: .fetch, order: ObjectOrder.vault)
    }

    /// The token of an identity of the node does not go by the class's tenant.
    private static func checkTenant(
        _ vault: VaultDefinition, _ subject: MountSubject, _ result: inout MountAnalysis
    ) {
        let tenant = subject.parameters.tenant
        guard let own = vault.tenant, !tenant.isEmpty, Placeholder.areEqual(own, tenant) == false else { return }
        var isRead = true
        if case .virtualMachine? = result.mode { isRead = false }
        let key = subject.parameters["tenantID"].isEmpty ? "tenantId" : "tenantID"
        result.report(
            subject.finding(
                .otherTenant, "\(vault.label) is of the tenant \(own), not of \(tenant)", at: subject.place(of: key),
                link: .vault, effect: isRead ? .mountFails : .surprise, severity: isRead ? .error : .warning,
                related: [Diagnostic.Note("the vault is here", at: vault.places.whole)],
                says: isRead ? "AADSTS90002" : nil, hint: "write '\(key): \(own)'",
                fix: subject.place(of: key).map {
                    SpecPatch("name the vault's tenant", [.replace($0, with: own)])
                }), at: isRead ? .fetch : nil, order: ObjectOrder.tenant)
    }
}

extension DiagnosticCode {
    package static let unknownVault = DiagnosticCode("proof/unknown-vault")
    package static let otherTenant = DiagnosticCode("proof/other-tenant")
}
