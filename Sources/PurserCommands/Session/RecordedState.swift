import Foundation
import PurserClients
import PurserEngine
import SystemPackage

/// The recorded state of an environment, without its spec.
struct RecordedState {
    let environment: String
    let processEnvironment: [String: String]
    let backend: FileStateBackend
    let snapshot: StateSnapshot?
    let catalog: ResourceCatalog

    /// `given` is a spec's path, or the name of an environment that has state; without it the only spec is meant, or
    /// else the only environment that has state.
    static func with<Result: Sendable>(
        _ given: String?, _ options: StateOptions, in context: CommandContext,
        _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        try await with(given, options, context.environment, context, body)
    }

    /// The same in the sandbox, if that is asked for: with kinds that can be used.
    static func with<Result: Sendable>(
        _ given: String?, _ options: SpecOptions, in context: CommandContext,
        _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        try await SandboxSession.withEnvironment(options.sandbox, in: context) { environment in
            try await with(given, options.state, environment, context, body)
        }
    }

    private static func with<Result>(
        _ given: String?, _ options: StateOptions, _ processEnvironment: [String: String], _ context: CommandContext,
        _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        let environment = try environment(given, in: context)
        let backend = Session.backend(options, environment: environment, in: context)
        let snapshot = try await backend.load()
        let services = try await context.makeServices(
            ClientSettings(
                environment: processEnvironment, parseYAML: YAMLReading.json, notify: context.tell))
        return try await services.closing {
            try await body(
                RecordedState(
                    environment: environment, processEnvironment: processEnvironment, backend: backend,
                    snapshot: snapshot, catalog: services.catalog))
        }
    }

    private static func environment(_ given: String?, in context: CommandContext) throws(CommandFailure) -> String {
        let recorded = ((try? FileManager.default.contentsOfDirectory(atPath: context.resolved("state"))) ?? [])
            .filter { FileManager.default.fileExists(atPath: context.resolved("state/\($0)/state.json")) }
        if let given, recorded.contains(given), !FileManager.default.fileExists(atPath: context.resolved(given)) {
            return given
        }
        let lookup = SpecLookup(context: context)
        do {
            return try lookup.environmentName(of: try lookup.path(given))
        } catch {
            if given == nil, let only = recorded.first, recorded.count == 1 { return only }
            throw error
        }
    }
}
