/// Whoever is signed in to the Azure CLI, by `az account get-access-token`.
///
/// Source: Azure CLI reference, `az account get-access-token`.
struct AzureCLICredential: TokenSource {
    let name = CredentialName.azureCLI
    /// In place of the signed-in subscription's tenant.
    let tenant: String?
    private let runner: any AzureCLIRunner
    private let now: @Sendable () -> Int

    /// Older versions of `az` tell the end of a token only in local time without a zone. Such a token is good for a few
    /// minutes in any case: `az` renews it before that.
    private static let shortLifetime: Duration = .seconds(300)

    init(tenant: String?, runner: any AzureCLIRunner, now: @escaping @Sendable () -> Int) {
        self.tenant = tenant
        self.runner = runner
        self.now = now
    }

    func issue(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        var arguments = ["account", "get-access-token", "--output", "json", "--scope", request.scope]
        if let tenant = request.tenant ?? tenant { arguments += ["--tenant", tenant] }
        let output = try await runner.run(arguments)
        guard output.exitCode == 0 else { throw Self.refusal(output.standardError) }
        guard let answer = try? JSONValue(parsing: output.standardOutput), let token = answer["accessToken"]?.string,
            !token.isEmpty
        else { throw .azureCLI(ServiceError.Code.unexpectedAnswer, "az printed no token") }
        let lifetime = answer["expires_on"]?.int.map { Duration.seconds(max($0 - now(), 0)) }
        return AccessToken(value: SecretString(token), lifetime: lifetime ?? Self.shortLifetime)
    }

    /// `az` asks for `az login` where nobody is signed in, and where the sign-in has run out.
    private static func refusal(_ errors: String) -> ServiceError {
        let lines = errors.split(separator: "\n").map(String.init)
        let line = lines.first { $0.hasPrefix("ERROR:") } ?? lines.last ?? "it gave no reason"
        let reason = ServiceError.cleaned(line.replacing("ERROR: ", with: ""), longest: 400)
        guard errors.contains("az login") else { return .azureCLI("AzureCLIFailed", "az failed: \(reason)") }
        return .unavailable("az says: \(reason)")
    }
}

/// How a run of `az` ended.
package struct AzureCLIOutput: Sendable, Hashable {
    /// Negative if a signal ended the process.
    package var exitCode: Int
    package var standardOutput: [UInt8]
    package var standardError: String

    package init(exitCode: Int, standardOutput: [UInt8] = [], standardError: String = "") {
        self.exitCode = exitCode
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// Runs `az`; tests put a script of expected runs in its place.
package protocol AzureCLIRunner: Sendable {
    /// Throws the code `CredentialUnavailable` when there is no `az`.
    func run(_ arguments: [String]) async throws(ServiceError) -> AzureCLIOutput
}

extension ServiceError {
    static func azureCLI(_ code: String, _ message: String) -> ServiceError {
        ServiceError(service: .azureCLI, code: code, message: message)
    }
}
