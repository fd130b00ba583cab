import Foundation
import PurserClients
import PurserEngine

/// The recorded state of an environment, without its spec.
struct RecordedState {
    let environment: String
    let processEnvironment: [String: String]
    let backend: any StateBackend
    let snapshot: StateSnapshot?
    let catalog: ResourceCatalog

    /// `given` is a spec's path, or the name of an environment that has state; without it the only spec is meant, or
    /// else the only environment that has state. In the sandbox only if the state is there too.
    static func looking<Result: Sendable>(
        _ given: String?, _ options: SpecOptions, in context: CommandContext,
        _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        let access = StateAccess(options: options.state, context: context, processEnvironment: context.environment)
        guard try access.remote() != nil else { return try await with(given, access, body) }
        return try await with(given, options, in: context, body)
    }

    /// The same in the sandbox, if that is asked for: with kinds that can be used.
    static func with<Result: Sendable>(
        _ given: String?, _ options: SpecOptions, in context: CommandContext,
        _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        try await SandboxSession.withEnvironment(options.sandbox, in: context) { environment in
            try await with(
                given, StateAccess(options: options.state, context: context, processEnvironment: environment), body)
        }
    }

    private static func with<Result>(
        _ given: String?, _ access: StateAccess, _ body: (RecordedState) async throws -> Result
    ) async throws -> Result {
        let context = access.context
        let environment = try environment(given, isRemote: access.remote() != nil, in: context)
        return try await access.with(environment) { backend in
            let snapshot = try await backend.load()
            let services = try await context.makeServices(
                ClientSettings(
                    environment: access.processEnvironment, parseYAML: YAMLReading.json, notify: context.tell))
            return try await services.closing {
                try await body(
                    RecordedState(
                        environment: environment, processEnvironment: access.processEnvironment, backend: backend,
                        snapshot: snapshot, catalog: services.catalog))
            }
        }
    }

    private static func environment(
        _ given: String?, isRemote: Bool, in context: CommandContext
    ) throws(CommandFailure) -> String {
        let lookup = SpecLookup(context: context)
        let isThere = given.map { FileManager.default.fileExists(atPath: context.resolved($0)) } ?? false
        if isRemote {
            // What is not a path here may be an environment there.
            if let given, !isThere, EnvironmentName.problem(given) == nil { return given }
            return try lookup.environmentName(of: try lookup.path(given))
        }
        let recorded = ((try? FileManager.default.contentsOfDirectory(atPath: context.resolved("state"))) ?? [])
            .filter { FileManager.default.fileExists(atPath: context.resolved("state/\($0)/state.json")) }
        if let given, recorded.contains(given), !isThere { return given }
        do {
            return try lookup.environmentName(of: try lookup.path(given))
        } catch {
            if given == nil, let only = recorded.first, recorded.count == 1 { return only }
            throw error
        }
    }
}
