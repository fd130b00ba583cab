import PurserEngine
import PurserSyntax

/// What can be proved of a SecretProviderClass from the spec alone. Each finding is one that would otherwise show as a
/// `FailedMount` event, or as a Secret that never appears.
struct SecretProviderClassChecks {
    private let resource: DeclaredResource
    private let path: AccessPath

    init(_ resource: DeclaredResource, _ spec: Declarations) {
        self.resource = resource
        path = AccessPath(of: resource, in: spec)
    }

    func run(_ diagnostics: inout Diagnostics) {
        checkForms(&diagnostics)
        checkIdentity(&diagnostics)
        checkDeclared(&diagnostics)
        checkAccess(&diagnostics)
        SecretObjectChecks(resource, path).run(&diagnostics)
    }

    // MARK: Objects

    private func checkForms(_ diagnostics: inout Diagnostics) {
        let entries = resource.known(SecretProviderClass.objects.name)?.list ?? []
        if entries.isEmpty, resource.known(SecretProviderClass.objects.name) != .unknown {
            diagnostics.append(
                .noVaultObjects, "'objects' is empty: there would be nothing to mount", in: resource, "objects")
        }
        for (index, entry) in entries.enumerated() where !entry.containsUnknown {
            guard let object = VaultObject(entry) else {
                diagnostics.append(
                    .vaultObjectForm, "an object names exactly one of 'secret', 'certificate' and 'key'", in: resource,
                    "objects[\(index)]")
                continue
            }
            checkFields(of: object, entry, at: "objects[\(index)]", &diagnostics)
        }
        checkFileNames(&diagnostics)
    }

    private func checkFields(
        of object: VaultObject, _ entry: Value, at place: String, _ diagnostics: inout Diagnostics
    ) {
        if object.sort != .certificate, entry["as"] != nil {
            diagnostics.append(
                .vaultObjectForm, "'as' chooses a face of a certificate; '\(object.name)' is a \(object.sort.rawValue)",
                in: resource, "\(place).as")
        }
        guard object.face != .secret else { return }
        if object.format == "pfx" {
            diagnostics.append(
                .vaultObjectForm, "format 'pfx' is for secrets; '\(object.name)' is mounted as \(object.face.rawValue)",
                in: resource, "\(place).format")
        }
        if object.encoding != nil {
            diagnostics.append(
                .vaultObjectForm, "'encoding' is for secrets; '\(object.name)' is mounted as \(object.face.rawValue)",
                in: resource, "\(place).encoding")
        }
    }

    private func checkFileNames(_ diagnostics: inout Diagnostics) {
        var first: [String: Int] = [:]
        for (index, object) in path.objects {
            if first[object.fileName] != nil {
                diagnostics.append(
                    .duplicateFile, "file '\(object.fileName)' is written twice, and only this last one remains",
                    in: resource, "objects[\(index)]", hint: "give one of them an 'alias'", severity: .warning)
            }
            first[object.fileName] = first[object.fileName] ?? index
        }
    }

    /// In a vault that this spec makes, only what the spec declares can be there.
    private func checkDeclared(_ diagnostics: inout Diagnostics) {
        guard let vault = path.vault, !vault.isExisting else { return }
        for (index, object) in path.objects where path.declaration(of: object) == nil {
            let candidates = object.sort.sections.flatMap { path.spec.section("\(vault.address)/\($0)") }
                .map(\.address.key)
            let section = object.sort.sections[0]
            diagnostics.append(
                .unknownVaultObject, "\(vault.address) declares no \(object.sort.rawValue) '\(object.name)'",
                in: resource, "objects[\(index)].\(object.sort.rawValue)",
                hint: Suggestion.hint(for: object.name, among: candidates)
                    ?? "declare it under \(vault.address)/\(section)")
        }
    }

    // MARK: Identity

    private func checkIdentity(_ diagnostics: inout Diagnostics) {
        let attribute = SecretProviderClass.accessor.name
        if path.mode == nil, resource.known(attribute)?.containsUnknown == false {
            diagnostics.append(
                .noIdentityMode, "'identity' says nothing about as whom the vault is read", in: resource, attribute,
                hint: "write for example '{userAssigned: NAME}' or 'systemAssigned'")
        }
        if path.mode == .podIdentity {
            diagnostics.append(
                .podIdentityRetired, "AAD pod identity is out of service and is not supported", in: resource, attribute,
                hint: "use 'userAssigned' with an identity bound to the nodes, or 'workload'")
        }
        guard path.mode == .userAssigned, let identity = path.identity, path.binding == nil, !identity.isExisting else {
            return
        }
        diagnostics.append(
            .identityNotBound, "\(identity.address) is bound to no node, so that no pod could read the vault as it",
            in: resource, "\(attribute).userAssigned", hint: "write 'nodes: all' in \(identity.address)")
    }

    // MARK: Access

    private func checkAccess(_ diagnostics: inout Diagnostics) {
        guard let vault = path.vault, let identity = path.identity else { return }
        let access = path.access
        if access.isEmpty {
            // What others grant, on the vault or above it, is not seen here.
            let mayBeGranted = vault.isExisting || vault.known("authorization")?.string == "rbac"
            diagnostics.append(
                .noAccess, "\(vault.address) gives \(identity.address) no access", in: resource,
                SecretProviderClass.accessor.name,
                hint: "add an entry under \(vault.address)/access with 'identity: \(identity.address.key)'",
                severity: mayBeGranted ? .warning : .error)
            return
        }
        if access.contains(where: \.isExisting) { return }
        for (index, object) in path.objects {
            for permission in object.hasHistory ? ["get", "list"] : ["get"] {
                check(permission, for: object, at: index, access, identity, &diagnostics)
            }
        }
    }

    private func check(
        _ permission: String, for object: VaultObject, at index: Int, _ access: [DeclaredResource],
        _ identity: DeclaredResource, _ diagnostics: inout Diagnostics
    ) {
        let list = object.face.permissions
        let isGranted = access.contains { entry in
            guard let granted = entry.known(list) else { return false }
            if granted.containsUnknown { return true }
            return granted.list?.contains { ["all", permission].contains($0.string?.lowercased()) } ?? false
        }
        guard !isGranted, let entry = access.first else { return }
        diagnostics.append(
            .missingPermission,
            "\(identity.address) may not \(permission) \(list), which '\(object.name)' as \(object.face.rawValue) needs",
            in: resource, "objects[\(index)]", hint: "add '\(permission)' to '\(list)' of \(entry.address)")
    }
}

extension DiagnosticCode {
    static let noVaultObjects = DiagnosticCode("spec/no-vault-objects")
    static let vaultObjectForm = DiagnosticCode("spec/vault-object-form")
    static let duplicateFile = DiagnosticCode("proof/duplicate-file")
    static let unknownVaultObject = DiagnosticCode("spec/unknown-vault-object")
    static let noIdentityMode = DiagnosticCode("spec/no-identity-mode")
    static let podIdentityRetired = DiagnosticCode("spec/pod-identity-retired")
    static let identityNotBound = DiagnosticCode("proof/identity-not-bound")
    static let noAccess = DiagnosticCode("proof/no-access")
    static let missingPermission = DiagnosticCode("proof/missing-permission")
}
