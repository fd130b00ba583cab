import ArgumentParser
import PurserEngine
import PurserSyntax

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Look at the recorded state, and take away a lock that was left behind.",
        subcommands: [StateListCommand.self, StateShowCommand.self, StateUnlockCommand.self])
}

struct StateListCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print the address of every recorded resource, one a line.")

    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await RecordedState.looking(spec, options, in: run.context) { state in
            let addresses = (state.snapshot?.resources.keys.sorted() ?? []).map { TerminalText.visible($0.description) }
            await run.view.show(.data(addresses.map { $0 + "\n" }.joined()))
            return .done
        }
    }
}

struct StateShowCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print what is recorded of one resource.")

    @Argument(help: "The resource, such as vaults/demo.") var address: String
    @Argument(help: "The spec's file or directory.") var spec: String?
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await RecordedState.looking(spec, options, in: run.context) { state in
            let wanted = Address(address)
            guard let record = state.snapshot?.resources[wanted] else {
                let known = state.snapshot?.resources.keys.map(\.description) ?? []
                throw CommandFailure(
                    .failed, .unknownReference, "nothing is recorded of \(address)",
                    hint: Suggestion.hint(for: address, among: known))
            }
            if global.json {
                run.context.output.write(try JSONConversion.text(of: record))
            } else {
                let renderer = StateRenderer(catalog: state.catalog, style: .plain)
                await run.view.show(.data(renderer.text(of: record, at: wanted) + "\n"))
            }
            return .done
        }
    }
}

struct StateUnlockCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlock",
        abstract: "Take the lock away from a run that is gone.",
        discussion: """
            The lock of a process that has ended, however it ended, holds nobody up (in Blob storage for no longer than a \
            minute): this is for one that hangs. A lock that is really held is taken away only with --force; then two \
            runs may meet, and in Blob storage the one that lost it gives up.
            """)

    @Argument(help: "The spec's file or directory.") var spec: String?
    @Flag(help: "Also take it away from a run that is alive.") var force = false
    @OptionGroup var options: SpecOptions

    var global: GlobalOptions { options.global }

    func run(_ run: CommandRun) async throws -> CommandStatus {
        try await RecordedState.looking(spec, options, in: run.context) { state in
            do {
                try await state.backend.lock(run.context.lockHolder("state unlock"), timeout: .zero)
                await state.backend.unlock()
                await run.view.show(.done("The state of \(state.environment) is not locked."))
            } catch StateError.locked(let holder) {
                guard force else {
                    throw CommandFailure(
                        .locked, .stateLocked, "the lock is held by \(holder?.summary ?? "a process that is alive")",
                        hint: "end that process, or give --force if it cannot be ended")
                }
                try await state.backend.breakLock()
                await run.view.show(.done("The lock was taken from \(holder?.summary ?? "its holder")."))
            }
            return .done
        }
    }
}
