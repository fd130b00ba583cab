/// One way to sign in that was considered.
struct CredentialCandidate: Sendable {
    enum State: Sendable {
        case configured(CachedCredential)
        /// Why it is not tried: a sentence without a full stop.
        case unavailable(String)
    }

    let name: CredentialName
    let state: State
}

/// Tries one way to sign in after the other until one serves, and stays with it.
///
/// A way that has nothing to sign in with is passed over. One that is configured and is refused ends the search: purser
/// does not become somebody else because a password is wrong.
package actor CredentialChain: AzureCredential {
    package nonisolated let tenant: String?
    private let candidates: [CredentialCandidate]
    private var chosen: CachedCredential?
    private var outcomes: [CredentialName: CredentialAttempt.Outcome] = [:]

    init(_ candidates: [CredentialCandidate], tenant: String?) {
        self.candidates = candidates
        self.tenant = tenant
    }

    package func servedBy() async -> CredentialName? { await chosen?.servedBy() }

    package func attempts() async -> [CredentialAttempt] {
        candidates.map { CredentialAttempt(name: $0.name, outcome: outcomes[$0.name] ?? .notTried) }
    }

    package func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        if let chosen { return try await chosen.token(request) }
        var tried: [String] = []
        for candidate in candidates {
            guard case .configured(let credential) = candidate.state else {
                note(candidate, &tried)
                continue
            }
            do throws(ServiceError) {
                let token = try await credential.token(request)
                chosen = credential
                outcomes[candidate.name] = .serves
                return token
            } catch {
                guard error.code == ServiceError.Code.credentialUnavailable else {
                    outcomes[candidate.name] = .refused(error.description)
                    throw Self.refusal(error, by: candidate.name, after: tried)
                }
                outcomes[candidate.name] = .unavailable(error.message)
                tried.append("\(candidate.name.rawValue): \(error.message)")
            }
        }
        throw Self.nothingServes(tried)
    }

    private func note(_ candidate: CredentialCandidate, _ tried: inout [String]) {
        guard case .unavailable(let reason) = candidate.state else { return }
        outcomes[candidate.name] = .unavailable(reason)
        tried.append("\(candidate.name.rawValue): \(reason)")
    }

    private static func refusal(
        _ error: ServiceError, by name: CredentialName, after tried: [String]
    ) -> ServiceError {
        var error = error
        error.details = tried + ["\(name.rawValue): it is configured, and was refused: no other is tried"]
        return error
    }

    private static func nothingServes(_ tried: [String]) -> ServiceError {
        ServiceError(
            service: .entra, code: ServiceError.Code.notSignedIn,
            message: "not signed in to Azure: no credential serves",
            details: tried)
    }
}
