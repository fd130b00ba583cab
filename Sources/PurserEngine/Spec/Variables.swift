import PurserSyntax

/// The spec's variables and their values.
struct Variables: Sendable {
    private(set) var values: [String: String] = [:]
    private var declared: Set<String> = []
    /// Declared, but without a value: reported once, where it is declared.
    private var unset: Set<String> = []
    /// Declared, and left open.
    private var open: Set<String> = []

    static let declarationFields = ["env", "default", "description"]

    /// Takes a `variables` mapping; problems go to `diagnostics`.
    mutating func declare(_ node: YAMLNode, _ inputs: SpecInputs, _ diagnostics: inout Diagnostics) {
        guard let entries = node.mapping else {
            diagnostics.append(
                .wrongType, "'variables' is \(node.kindInWords), not a mapping of names", at: node.range)
            return
        }
        for entry in entries {
            guard declared.insert(entry.name).inserted else {
                diagnostics.append(.duplicateName, "variable '\(entry.name)' is declared twice", at: entry.key.range)
                continue
            }
            declare(entry, inputs, &diagnostics)
        }
    }

    /// Reports values given for variables that no file declares.
    func check(given: [String: String], _ diagnostics: inout Diagnostics) {
        for name in given.keys.sorted() where !declared.contains(name) {
            diagnostics.append(
                .unknownVariable, "a value is given for '\(name)', which the spec does not declare", at: nil,
                hint: Suggestion.hint(for: name, among: declared))
        }
    }

    func isOpen(_ name: String) -> Bool { open.contains(name) }

    func value(_ name: String, at range: SourceRange, _ diagnostics: inout Diagnostics) -> String? {
        if let value = values[name] { return value }
        if !unset.contains(name) {
            diagnostics.append(
                .unknownVariable, "there is no variable '\(name)'", at: range,
                hint: Suggestion.hint(for: name, among: declared) ?? "declare it under `variables`")
        }
        return nil
    }

    /// Names and values, sorted, for the spec's digest.
    func used(by sources: [SourceFile]) -> [(String, String)] { values.sorted { $0.key < $1.key } }

    private mutating func declare(_ entry: YAMLEntry, _ inputs: SpecInputs, _ diagnostics: inout Diagnostics) {
        guard let fields = entry.value.mapping else {
            diagnostics.append(
                .wrongType, "variable '\(entry.name)' is \(entry.value.kindInWords), not a mapping",
                at: entry.value.range,
                hint: "write {env: NAME}, {default: VALUE} or both")
            unset.insert(entry.name)
            return
        }
        for field in fields where !Self.declarationFields.contains(field.name) {
            diagnostics.append(
                .unknownField, "a variable has no field '\(field.name)'", at: field.key.range,
                hint: Suggestion.hintOrList(for: field.name, among: Self.declarationFields))
        }
        if let given = inputs.variables[entry.name] ?? inputs.ambientVariables[entry.name]
            ?? fromEnvironment(entry, inputs, &diagnostics) ?? entry.value["default"]?.text
        {
            values[entry.name] = given
        } else if inputs.leavesVariablesOpen {
            open.insert(entry.name)
        } else if unset.insert(entry.name).inserted {
            let name = entry.value["env"]?.text
            diagnostics.append(
                .unsetVariable, "variable '\(entry.name)' has no value", at: entry.key.range,
                hint: (name.map { "set the environment variable \($0), or " } ?? "") + "give --var \(entry.name)=VALUE")
        }
    }

    private mutating func fromEnvironment(
        _ entry: YAMLEntry, _ inputs: SpecInputs, _ diagnostics: inout Diagnostics
    ) -> String? {
        guard let name = entry.value["env"]?.text else { return nil }
        if inputs.leavesVariablesOpen, !inputs.readableEnvironment.contains(name) { return nil }
        guard inputs.readableEnvironment.contains(name) else {
            diagnostics.append(
                .unreadableVariable,
                "variable '\(entry.name)' may not read the environment variable \(name): variables show in plans",
                at: entry.value["env"]?.range,
                hint: "for a secret use `value: {env: \(name)}` where it is needed; else give --allow-env \(name)")
            unset.insert(entry.name)
            return nil
        }
        return inputs.processEnvironment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
