import Foundation
import PurserClients
import PurserCommands
import PurserEngine
import PurserResources
import PurserTestSupport
import Testing

/// What Purser prints for each refusal that the reference knows: the message, what to do next, and the identifiers that
/// Azure's support asks for. Each comes over the wire into a command that really runs.
struct ErrorTableTests {
    static let tables = [
        "arm-requests", "arm-sign-in", "arm-conflicts", "arm-bodies", "vaults", "identities-and-nodes", "roles",
        "vault-access", "secrets-and-certificates", "clusters", "tokens", "issuers",
    ]

    @Test(arguments: tables) func `every refusal of the reference says what to do next`(_ table: String) async throws {
        var texts: [String] = []
        for refusal in try ErrorCase.table(table) {
            let (status, printed) = try await Self.run(refusal)
            // A plan goes on without what it may not see, and warns.
            let isTold = status != .done || printed.contains("warning[")
            #expect(isTold && status != .defect, "\(refusal.title)\n\(printed)")
            #expect(printed.contains("hint:"), "\(refusal.title) says nothing of what to do\n\(printed)")
            texts.append(
                "## \(refusal.title)\n$ purser \(refusal.words.joined(separator: " ")) (exit \(status.rawValue))\n\(printed)"
            )
        }
        expectGolden(texts.joined(separator: "\n"), "Errors/\(table).txt")
    }

    /// No table is left out: a new one has to be named above.
    @Test func `every table of refusals is tested`() throws {
        let directory = Golden.fixtures.appending(path: "Wire/Errors")
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path())
        #expect(Set(files) == Set(Self.tables.map { "\($0).http" }))
    }

    // MARK: Running

    private static func run(_ refusal: ErrorCase) async throws -> (CommandStatus, String) {
        let harness = try CommandHarness()
        try harness.writeSpec(ErrorSpecs.text(refusal.words[1]), to: "\(refusal.words[1]).yaml")
        var environment = [
            "AZURE_TENANT_ID": StubAzure.tenant, "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "hunter2",
            "HOME": "/nowhere", "KEY": "open sesame",
        ].merging(refusal.environment) { _, new in new }
        for name in refusal.unset { environment[name] = nil }
        var setting = CommandHarness.Setting()
        setting.environment = environment
        let (output, errors) = (CapturedText(), CapturedText())
        var context = harness.context(output, errors, setting)
        context.makeServices = { settings in
            var settings = settings
            settings.transport = StubAzure(override: refusal.answer)
            settings.clock = ManualClock()
            settings.jitter = .none
            settings.azureCLI = FailingCLI(text: refusal.azureCLI)
            settings.readFile = { $0 == "/token" ? Array("f3d3r4t3d".utf8) : nil }
            let clients = try await Clients.make(settings: settings)
            return Services(
                catalog: StandardCatalog.make(clients: clients), cluster: clients.kubernetes,
                shutdown: clients.shutdown)
        }
        var words = refusal.words
        words[1] += ".yaml"
        if words[0] != "plan" { words += ["--yes", "--parallelism", "1"] }
        let status = await PurserProgram.run(words, in: context)
        let printed = errors.text.replacing(harness.directory.path() + "/", with: "")
        #expect(!printed.contains("hunter2") && !printed.contains("open sesame") && !printed.contains("f3d3r4t3d"))
        return (status, Self.settled(printed))
    }

    /// Without what is drawn anew for each run, and without the steps that went well.
    private static func settled(_ text: String) -> String {
        text.replacing(/correlation-request-id: [0-9a-f-]{36}/, with: "correlation-request-id: CORRELATION")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("✓ ") && !$0.hasPrefix("↶ ") && !$0.hasSuffix("…") }
            .joined(separator: "\n")
    }
}

/// An Azure CLI that is not there, or at which nobody is signed in.
private struct FailingCLI: AzureCLIRunner {
    let text: String?

    func run(_ arguments: [String]) async throws(ServiceError) -> AzureCLIOutput {
        guard let text else {
            throw ServiceError(
                service: .entra, code: ServiceError.Code.credentialUnavailable, message: "there is no 'az' on the PATH")
        }
        return AzureCLIOutput(exitCode: 1, standardError: text)
    }
}
