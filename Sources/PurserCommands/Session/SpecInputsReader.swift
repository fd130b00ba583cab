import PurserEngine
import PurserSyntax

/// Gathers the values of variables from the command line, from files and from the environment.
enum SpecInputsReader {
    static let environmentPrefix = "PURSER_VAR_"

    /// `--var` weighs more than `--var-file`, and both more than `PURSER_VAR_name`; of two of a sort the later one wins.
    static func inputs(
        _ options: VariableOptions, environment: [String: String], in context: CommandContext
    ) throws(CommandFailure) -> SpecInputs {
        var variables: [String: String] = [:]
        var ambient: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix(environmentPrefix) {
            ambient[String(name.dropFirst(environmentPrefix.count))] = value
        }
        for file in options.files { variables.merge(try variablesIn(file: file, context)) { _, later in later } }
        for text in options.values {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw CommandFailure(
                    .usage, .commandUsage, "--var is NAME=VALUE, not '\(text.prefix(40))'",
                    hint: "write --var location=westeurope")
            }
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        return SpecInputs(
            variables: variables, ambientVariables: ambient, processEnvironment: environment,
            readableEnvironment: SpecInputs.identifyingNames.union(options.readable))
    }

    private static func variablesIn(
        file: String, _ context: CommandContext
    ) throws(CommandFailure) -> [String: String] {
        do {
            let source = try SourceFile.read(path: context.resolved(file))
            guard let root = try YAMLParser.parse(source) else { return [:] }
            guard let entries = root.mapping, entries.allSatisfy({ $0.value.text != nil && !$0.value.isNull }) else {
                throw Diagnostics(
                    .wrongType, "a file of variables is a mapping of names to texts", at: root.range)
            }
            return Dictionary(entries.map { ($0.name, $0.value.text ?? "") }) { _, last in last }
        } catch let diagnostics as Diagnostics {
            throw CommandFailure(.usage, diagnostics)
        } catch {
            throw CommandFailure(error)
        }
    }
}
