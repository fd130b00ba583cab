package import PurserEngine
package import PurserSyntax

/// What a spec may ask of a certificate, and what a plan says of it.
extension Certificate {
    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        let (old, new) = (CertificatePolicy(spec: asked(of: recorded)), CertificatePolicy(spec: asked(of: desired)))
        guard action == .update, let old, !old.isExportable, old.ofVersion != new?.ofVersion else { return nil }
        return
            "the former certificate's key cannot leave the vault, so that the former version cannot be made current again"
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        var cautions = SoftDeletion.cautions(title, on: action, desired)
        guard let new = CertificatePolicy(spec: asked(of: desired)) else { return cautions }
        let old = action == .update ? CertificatePolicy(spec: asked(of: recorded)) : nil
        let isMade = action == .create || action == .update && old?.ofVersion != new.ofVersion
        if action == .update {
            if isMade {
                cautions.append("a new version is made, with \(new.reusesKey == true ? "the same" : "another") key")
            } else if old != new {
                cautions.append("the present version stays: the policy counts from the next one on")
            }
        }
        if isMade, new.issuer != CertificatePolicy.selfSigning {
            let signer =
                new.issuer == CertificatePolicy.outside
                ? "somebody has to sign the vault's request and merge the certificate"
                : "'\(new.issuer)' has to sign it"
            let wait = desired?[issued]?["wait"]?.string ?? CertificateFields.usualWait
            cautions.append("\(signer); apply waits for that, \(wait) at most")
        }
        return cautions
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        switch operation {
        case .create: "the certificate, soft-deleted until the vault's retention has passed"
        case .update, .recover, .adopt: "another version, equal to the former one, if the certificate had changed"
        case .delete, .read, .record: nil
        }
    }

    // MARK: Spec

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        DeployerAccess.link(&resource, from: spec)
        AzureAttributes.checkTags(resource, .vaultObject, &diagnostics)
        guard !resource.isExisting else { return }
        checkName(resource, spec, &diagnostics)
        let sources = [selfSigned, issued, imported].map(\.name).filter { resource.writes($0) }
        guard sources.count == 1, let source = sources.first else {
            diagnostics.append(
                sources.isEmpty ? .missingField : .specContradiction,
                sources.isEmpty
                    ? "\(resource.address) says none of `selfSigned`, `issued` and `import`"
                    : "\(resource.address) says \(sources.map { "`\($0)`" }.joined(separator: " and "))",
                at: resource.range, hint: "write exactly one of `selfSigned`, `issued` and `import`",
                address: resource.address.description)
            return
        }
        guard source != imported.name, let record = resource.known(source) else { return }
        CertificateFields.check(record, at: source, resource, spec, &diagnostics)
    }

    /// A certificate has a secret and a key of its own name.
    private static func checkName(
        _ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics
    ) {
        guard let name = resource.known(VaultObjects.objectName.name)?.string else { return }
        let vault = resource.address.holder
        for other in ["secrets", "keys"].compactMap({ spec.named(name, in: "\(vault)/\($0)") }) where !other.isExisting
        {
            diagnostics.append(
                .specContradiction, "\(resource.address) and \(other.address) are both named '\(name)' in their vault",
                at: resource.range, hint: "a certificate has a secret and a key of its name: choose another name",
                address: resource.address.description,
                notes: [.init("the other one is here", at: other.range)])
        }
    }
}
