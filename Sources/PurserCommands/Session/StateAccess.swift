import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import SystemPackage

/// Leads to the state of an environment, wherever the user keeps it.
///
/// The place is named on the command line or in `PURSER_STATE`, and reached with what the process environment says of cloud
/// and sign-in. A spec has no say in any of that: it may be a stranger's.
struct StateAccess {
    let options: StateOptions
    let context: CommandContext
    /// That of the sandbox, if the command works in one.
    let processEnvironment: [String: String]

    /// What `--state` says, or else `PURSER_STATE`.
    private var given: String? {
        options.place ?? context.environment["PURSER_STATE"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Where the state lies if it is not on this machine.
    func remote() throws(CommandFailure) -> BlobStateLocation? {
        guard let given, given.contains("://") else { return nil }
        do throws(Diagnostics) {
            return try BlobStateLocation(given)
        } catch {
            throw CommandFailure(.usage, error)
        }
    }

    /// Runs `body` with the state of an environment, and closes all connections to it.
    func with<Result>(
        _ environment: String, _ body: (any StateBackend) async throws -> Result
    ) async throws -> Result {
        guard let location = try remote() else {
            let directory = context.resolved(given ?? "state/\(environment)")
            return try await body(FileStateBackend(directory: FilePath(directory), environment: environment))
        }
        let services = try await context.makeServices(
            ClientSettings(environment: processEnvironment, parseYAML: YAMLReading.json, notify: context.tell))
        return try await services.closing {
            try await body(services.remoteState(location, environment))
        }
    }
}
