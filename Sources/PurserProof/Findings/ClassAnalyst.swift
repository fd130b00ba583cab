/// Goes with a class the way that driver and provider go, and notes all that is wrong, not only the first.
enum ClassAnalyst {
    static func analysis(of subject: MountSubject, suggests: Bool) -> MountAnalysis {
        var result = MountAnalysis(suggests: suggests)
        guard ProviderRules.check(subject, &result) else { return result }
        ParameterRules.check(subject, &result)
        result.mode = IdentityMode(subject.parameters)
        IdentityRules.check(subject, &result)
        ObjectListRules.check(subject, &result)
        VersionRules.check(subject, &result)
        result.vault = VaultRules.vault(of: subject, &result)
        ObjectRules.check(subject, &result)
        AccessRules.check(subject, &result)
        FileLayoutRules.check(subject, &result)
        SecretObjectRules.check(subject, &result)
        return result
    }
}
