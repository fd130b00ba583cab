import PurserClients
import PurserEngine
package import PurserSyntax

/// Making a version of a certificate, which is an operation of the vault that can take seconds, or days where somebody
/// outside has to sign.
///
/// Source: Key Vault REST reference, "Create Certificate", "Get Certificate Operation", api-version 7.4.
extension Certificate {
    enum Issuing: Sendable {
        case none
        case underWay
        /// The issuer refused, or somebody cancelled the request.
        case failed

        /// Whether a version was asked for that has not come.
        var isOpen: Bool { self != .none }

        init(_ pending: JSONValue) {
            switch pending["status"]?.string?.lowercased() {
            case "inprogress": self = .underWay
            case "failed", "cancelled", "canceled": self = .failed
            default: self = .none
            }
        }
    }

    private func pending(_ place: VaultObjects.Place) async throws(ServiceError) -> JSONValue? {
        let sight = try await VaultObjects.sight { () async throws(ServiceError) in
            try await keyVault.get(vaultURL: place.vaultURL, path: "\(objects.path(place))/pending")
        }
        if case .present(let pending) = sight { return pending }
        return nil
    }

    /// Whether a first version is under way that is not the one that the spec asks an issuer for. That one is gone on
    /// with: an apply that had waited long enough has left it.
    func isTakenByRequest(_ place: VaultObjects.Place, _ wanted: Attributes?) async throws(ServiceError) -> Bool {
        guard let pending = try await pending(place), Issuing(pending) == .underWay else { return false }
        guard let asked = wanted?[Self.issued]?["issuer"]?.string, let issuer = pending.at("issuer", "name")?.string
        else { return true }
        return !AzurePaths.areEqual(asked, issuer)
    }

    func issuing(_ place: VaultObjects.Place) async throws(ServiceError) -> Issuing {
        try await pending(place).map(Issuing.init) ?? .none
    }

    /// Stops a creation that is under way, so that it does not bring a version when nobody expects one any more.
    func stopCreation(_ place: VaultObjects.Place) async throws(ServiceError) {
        guard try await issuing(place) == .underWay else { return }
        try await keyVault.delete(vaultURL: place.vaultURL, path: "\(objects.path(place))/pending")
    }

    /// Makes a version, or waits for the one that is being made already.
    func made(
        _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> JSONValue {
        if let source = desired[Self.imported] {
            let body = try await sent(try CertificateFile(source, operation.secrets), policy: nil, tags, place)
            return try await afterWrite { try await described(body, desired, tags, place) }
        }
        guard let policy = CertificatePolicy(spec: Self.asked(of: desired)) else {
            throw AttributeError(name: Self.selfSigned.name, found: Self.asked(of: desired))
        }
        return try await afterWrite {
            var made = try await requested(policy, desired, tags, place, operation)
            if made.isOfEarlierRequest,
                CertificatePolicy(answer: made.bundle["policy"], asked: Self.asked(of: desired)) != policy
            {
                made = try await requested(policy, desired, tags, place, operation)
            }
            return try await described(made.bundle, desired, tags, place)
        }
    }

    private func requested(
        _ policy: CertificatePolicy, _ desired: Attributes, _ tags: JSONValue, _ place: VaultObjects.Place,
        _ operation: Operation
    ) async throws -> CreatedCertificate {
        let issuer = Issuer(policy.issuer, place)
        let wait = desired[Self.issued]?["wait"]?.string ?? CertificateFields.usualWait
        let attributes: JSONValue = ["enabled": .bool(desired[Self.enabled] ?? true)]
        let body: JSONValue = ["policy": policy.json, "attributes": attributes, "tags": tags]
        do throws(ServiceError) {
            return try await objects.settling { () async throws(ServiceError) in
                try await keyVault.createCertificate(
                    vaultURL: place.vaultURL, name: place.name, body: body,
                    timeout: TimeLimit.duration(wait) ?? .seconds(600),
                    waiting: { operation.waiting(issuer.waiting, $0) }, isStopped: operation.isInterrupted)
            }
        } catch {
            guard error.isTimeout, policy.issuer != CertificatePolicy.selfSigning else { throw error }
            throw issuer.failure(after: wait)
        }
    }

    /// Imports a new version.
    func sent(
        _ file: CertificateFile, policy: CertificatePolicy?, _ tags: JSONValue, _ place: VaultObjects.Place
    ) async throws -> JSONValue {
        let form: JSONValue = [
            "key_props": ["exportable": true], "secret_props": ["contentType": .string(file.contentType)],
        ]
        let body: JSONValue = ["policy": policy?.json ?? form, "attributes": ["enabled": true], "tags": tags]
        return try await objects.settling { () async throws(ServiceError) in
            try await keyVault.post(
                vaultURL: place.vaultURL, path: "\(objects.path(place))/import", body: body, secrets: file.members)
        }
    }

    /// Has the next version made in the wanted way. Returns the policy as it is then, or nil if it was so already.
    func setPolicy(_ asked: Value?, _ live: JSONValue, _ place: VaultObjects.Place) async throws -> JSONValue? {
        guard let policy = CertificatePolicy(spec: asked),
            policy != CertificatePolicy(answer: live["policy"], asked: asked)
        else { return nil }
        return try await keyVault.patch(
            vaultURL: place.vaultURL, path: "\(objects.path(place))/policy", body: policy.json)
    }

    /// Who has to sign, and what to say of it.
    private struct Issuer: Sendable {
        let name: String
        let place: VaultObjects.Place

        init(_ name: String, _ place: VaultObjects.Place) {
            self.name = name
            self.place = place
        }

        private var isOutside: Bool { name == CertificatePolicy.outside }

        private var arguments: String {
            let host = place.vaultURL.split(separator: "/").dropFirst().first ?? ""
            return "--vault-name \(host.prefix { $0 != "." }) --name \(place.name)"
        }

        var waiting: String {
            switch name {
            case CertificatePolicy.selfSigning: "the vault is making the certificate"
            case CertificatePolicy.outside:
                "waiting until the vault's request is signed and merged; it is shown by az keyvault certificate pending "
                    + "show \(arguments)"
            default: "waiting until the issuer '\(name)' has signed"
            }
        }

        func failure(after wait: String) -> ResourceFailure {
            let hint =
                isOutside
                ? "have the request signed that az keyvault certificate pending show \(arguments) --query csr shows, merge "
                    + "what was signed by az keyvault certificate pending merge \(arguments) --file FILE, and give it time "
                    + "by `wait`; --on-failure stop keeps the request, and the next apply goes on waiting for it"
                : "look at the request with az keyvault certificate pending show \(arguments), give it time by `wait`, or "
                    + "apply with --on-failure stop, which keeps the request for the next apply"
            return ResourceFailure(
                .applyCertificatePending,
                "\(isOutside ? "nobody" : "the issuer '\(name)' has not") signed the request for the certificate "
                    + "'\(place.name)' within \(wait)", hint: hint, category: .timedOut)
        }
    }
}

extension DiagnosticCode {
    package static let applyCertificatePending = DiagnosticCode("apply/certificate-pending")
}
