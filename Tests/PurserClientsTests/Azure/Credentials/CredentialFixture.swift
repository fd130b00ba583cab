import Foundation
import PurserTestSupport
import Testing

@testable import PurserClients

/// Clients that sign in over a script of exchanges, in an environment that a test gives.
enum CredentialFixture {
    static let now = 1_800_000_000

    static func certificate(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Golden.fixtures.appending(path: "Certificates/\(name)")))
    }

    static func settings(
        _ environment: [String: String], _ transport: any HTTPTransport = RefusingTransport(),
        files: [String: [UInt8]] = [:], az: (any AzureCLIRunner)? = ScriptedCLI([])
    ) -> ClientSettings {
        ClientSettings(
            environment: environment, parseYAML: { try JSONValue(parsing: $0) }, clock: ManualClock(),
            jitter: .none, transport: transport, azureCLI: az, now: { now }, readFile: { files[$0] })
    }

    static func clients(
        _ environment: [String: String], _ transport: any HTTPTransport = RefusingTransport(),
        files: [String: [UInt8]] = [:], az: (any AzureCLIRunner)? = ScriptedCLI([])
    ) async throws -> Clients {
        try await Clients.make(settings: settings(environment, transport, files: files, az: az))
    }

    static let scope = "https://management.azure.com/.default"
    static let answer = #"{"token_type":"Bearer","expires_in":3599,"access_token":"the-token"}"#

    /// The fields of a form that was sent.
    static func form(_ request: HTTPRequest) -> [String: String] {
        let text = String(decoding: request.body ?? [], as: UTF8.self)
        let pairs = text.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1) }
        return Dictionary(pairs.map { (String($0[0]), PercentEncoding.decoded($0[1])) }) { $1 }
    }
}

/// Runs of `az` that were written down; `az` is not there once they are used up.
actor ScriptedCLI: AzureCLIRunner {
    private var coming: [AzureCLIOutput]
    private(set) var calls: [[String]] = []

    init(_ coming: [AzureCLIOutput]) { self.coming = coming }

    init(printing text: String) { coming = [AzureCLIOutput(exitCode: 0, standardOutput: Array(text.utf8))] }
    init(failing text: String) { coming = [AzureCLIOutput(exitCode: 1, standardError: text)] }

    func run(_ arguments: [String]) async throws(ServiceError) -> AzureCLIOutput {
        calls.append(arguments)
        guard !coming.isEmpty else { throw .unavailable("there is no 'az' on the PATH") }
        return coming.removeFirst()
    }
}
