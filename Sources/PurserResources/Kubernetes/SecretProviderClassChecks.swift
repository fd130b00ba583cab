import PurserEngine
import PurserProof
import PurserSyntax

/// The form of a SecretProviderClass in the spec: what its own words mean. Whether pods get its files is for the proof.
struct SecretProviderClassChecks {
    private let resource: DeclaredResource
    private let path: AccessPath

    init(_ resource: DeclaredResource, _ path: AccessPath) {
        self.resource = resource
        self.path = path
    }

    func run(_ diagnostics: inout Diagnostics) {
        checkObjects(&diagnostics)
        checkIdentity(&diagnostics)
    }

    private func checkObjects(_ diagnostics: inout Diagnostics) {
        let entries = resource.known(SecretProviderClass.objects.name)?.list ?? []
        for (index, entry) in entries.enumerated() where !entry.containsUnknown {
            guard let object = VaultObject(entry) else {
                diagnostics.append(
                    .vaultObjectForm, "an object names exactly one of 'secret', 'certificate' and 'key'", in: resource,
                    "objects[\(index)]")
                continue
            }
            guard object.sort != .certificate, entry["as"] != nil else { continue }
            diagnostics.append(
                .vaultObjectForm, "'as' chooses a face of a certificate; '\(object.name)' is a \(object.sort.rawValue)",
                in: resource, "objects[\(index)].as")
        }
    }

    private func checkIdentity(_ diagnostics: inout Diagnostics) {
        guard path.mode == .podIdentity else { return }
        diagnostics.append(
            .podIdentityRetired, "AAD pod identity is out of service and is not supported", in: resource,
            SecretProviderClass.accessor.name,
            hint: "use 'userAssigned' with an identity bound to the nodes, or 'workload'")
    }
}

extension DiagnosticCode {
    static let podIdentityRetired = DiagnosticCode("spec/pod-identity-retired")
}
