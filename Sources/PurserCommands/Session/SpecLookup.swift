import Foundation
import PurserEngine
import PurserSyntax

/// Finds the spec that a command is about when the user does not name it, and the name of its environment.
struct SpecLookup {
    let context: CommandContext

    /// The path given; or, without one, the only entry of `plans`.
    func path(_ given: String?) throws(CommandFailure) -> String {
        if let given { return given }
        let entries = specs
        if let only = entries.first, entries.count == 1 { return only }
        throw CommandFailure(
            .usage, .commandUsage,
            entries.isEmpty
                ? "there is no spec in `plans`" : "there are several specs: \(entries.joined(separator: ", "))",
            hint: "name the spec's file or directory")
    }

    private var specs: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: context.resolved("plans"))) ?? []
        return names.sorted().map { "plans/\($0)" }.filter { path in
            path.hasSuffix(".yaml") || holdsSpecs(context.resolved(path))
        }
    }

    private func holdsSpecs(_ directory: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.contains { $0.hasSuffix(".yaml") }
    }

    /// The environment's name, read without looking at the rest of the spec, so that state can be shown although the
    /// spec is broken or its variables are not set.
    func environmentName(of path: String) throws(CommandFailure) -> String {
        var isDirectory: ObjCBool = false
        let resolved = context.resolved(path)
        guard FileManager.default.fileExists(atPath: resolved, isDirectory: &isDirectory) else {
            throw CommandFailure(
                .usage, .noSpec, "there is no file or directory '\(path)'", hint: "give the path of a spec")
        }
        let names =
            isDirectory.boolValue
            ? ((try? FileManager.default.contentsOfDirectory(atPath: resolved)) ?? [])
                .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map { "\(resolved)/\($0)" }
            : [resolved]
        for name in names {
            guard let source = try? SourceFile.read(path: name), let root = try? YAMLParser.parse(source),
                let environment = root["environment"]?.text
            else { continue }
            if EnvironmentName.problem(environment) == nil { return environment }
        }
        throw CommandFailure(.usage, .missingField, "'\(path)' does not say its `environment`")
    }
}
