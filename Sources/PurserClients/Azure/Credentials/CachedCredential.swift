/// Keeps the tokens of one source in memory, for as long as they are good for, and nowhere else.
///
/// Each scope, tenant and set of claims has its own token. Several askers at once wait for one request. A token is
/// renewed before its end; while it is valid, it still serves when the renewal fails.
package actor CachedCredential: AzureCredential {
    private struct Key: Hashable {
        var scope: String
        var tenant: String?
        var claims: String?
    }

    private struct Issued {
        var token: AccessToken
        var at: Duration
    }

    package nonisolated let tenant: String?
    private let source: any TokenSource
    private let clock: ClientClock
    private var issued: [Key: Issued] = [:]
    private var running: [Key: Task<Result<AccessToken, ServiceError>, Never>] = [:]

    init(_ source: any TokenSource, clock: ClientClock) {
        self.source = source
        self.clock = clock
        tenant = source.tenant
    }

    package func servedBy() async -> CredentialName? { issued.isEmpty ? nil : source.name }

    package func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        let key = Key(scope: request.scope, tenant: request.tenant ?? tenant, claims: request.claims)
        if let known = issued[key], isFresh(known), known.token != request.rejected { return known.token }
        let asking = running[key] ?? ask(key)
        running[key] = asking
        let result = await asking.value
        if running[key] == asking { running[key] = nil }
        return try settle(result, key: key, rejected: request.rejected)
    }

    private func isFresh(_ known: Issued) -> Bool { clock.now() - known.at < known.token.renewal }

    /// A token that is due for renewal but still valid serves when the renewal fails.
    private func settle(
        _ result: Result<AccessToken, ServiceError>, key: Key, rejected: AccessToken?
    ) throws(ServiceError) -> AccessToken {
        switch result {
        case .success(let token):
            if issued[key]?.token != token { issued[key] = Issued(token: token, at: clock.now()) }
            return token
        case .failure(let error):
            guard error.isRetryable, let known = issued[key], known.token != rejected,
                clock.now() - known.at < known.token.lifetime - .seconds(60)
            else { throw error }
            return known.token
        }
    }

    private func ask(_ key: Key) -> Task<Result<AccessToken, ServiceError>, Never> {
        let source = source
        let request = TokenRequest(scope: key.scope, tenant: key.tenant, claims: key.claims)
        return Task {
            do throws(ServiceError) { return .success(try await source.issue(request)) } catch {
                return .failure(error)
            }
        }
    }
}
