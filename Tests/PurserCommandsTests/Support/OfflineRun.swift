import Foundation
import PurserClients
import PurserCommands
import PurserEngine
import PurserResources
import PurserSyntax
import PurserTestSupport
import Testing

extension CommandHarness {
    /// Runs a command over the kinds that there really are, with a text piped in. Whatever opens a connection fails.
    func offline(_ arguments: String..., input: String = "") async -> Outcome {
        await offline(arguments, input: input)
    }

    /// `hear` is told what is printed, as it is.
    func offline(
        _ arguments: [String], input: String = "", environment: [String: String] = [:],
        hear: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> Outcome {
        let output = CapturedText()
        let errors = CapturedText()
        var setting = Setting()
        setting.environment = environment
        var context = context(output, errors, setting)
        context.output = HeardText(text: output, hear: hear)
        context.readInput = { _ in SourceFile(path: StandardInput.name, text: input) }
        context.makeServices = { settings in
            var settings = settings
            settings.transport = RefusingTransport()
            let clients = try await Clients.make(settings: settings)
            return Services(
                catalog: StandardCatalog.make(clients: clients), cluster: clients.kubernetes, shutdown: clients.shutdown
            )
        }
        let status = await PurserProgram.run(arguments, in: context)
        let path = directory.path()
        return Outcome(
            status: status, output: output.text.replacing(path + "/", with: ""),
            errors: errors.text.replacing(path + "/", with: ""))
    }
}

/// Tells what is written to it, and passes it on.
private struct HeardText: TextOutput {
    let text: CapturedText
    let hear: @Sendable (String) -> Void

    func write(_ text: String) {
        self.text.write(text)
        hear(text)
    }
}
