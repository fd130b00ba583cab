package import PurserEngine

/// `docs/spec.md`: the spec's sections and fields, made from the kinds' attribute lists.
package struct SpecReference: Sendable {
    private let catalog: ResourceCatalog

    package init(catalog: ResourceCatalog) { self.catalog = catalog }

    package var text: String {
        var parts = [Self.head]
        if !catalog.settings.isEmpty { parts.append(settings) }
        parts.append("## Resources\n\n" + Self.rules)
        parts += sorted.map { section(type(of: $0)) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static let head = """
        # The spec

        <!-- Made by `purser docs` from the kinds' attribute lists. Do not edit. -->

        One YAML file, or a directory of `*.yaml` files, describes one environment. Every file begins with
        `apiVersion: purser/v1`; one of them says `environment: NAME`.

        `variables` is the only way in for values from outside: each variable has an `env`, a `default`, or both, and
        `--var`, `--var-file` and `PURSER_VAR_NAME` override them. A text may hold `${var.NAME}`, and `${ADDRESS.OUTPUT}`
        for an output of another resource; `$${` stands for `${`.
        """

    private static let rules = """
        A resource's address is its path in the file, such as `vaults/demo/secrets/password`. Each may also have

        - `protect: true`: a plan that would delete or replace it is an error;
        - `onDestroy: retain`: it is left and forgotten when it is no longer wanted;
        - `existing: true`, where the table says so: it is looked up and used, never changed or deleted.

        A secret is never written: `{env: NAME}` and `{file: PATH}` say where it comes from, and `{generate: {length: N}}`
        has it made.
        """

    private var sorted: [any ResourceKind] {
        catalog.kinds.sorted { type(of: $0).place.path.lexicographicallyPrecedes(type(of: $1).place.path) }
    }

    private var settings: String {
        let sections = catalog.settings.map { field -> String in
            var lines = ["### `\(field.name)`", "", field.documentation, ""]
            if case .record(let fields) = field.shape {
                lines += table(fields.map { row($0, path: $0.name) }.flatMap(\.self))
            }
            return lines.joined(separator: "\n")
        }
        return (["## Settings"] + sections).joined(separator: "\n\n")
    }

    private func section(_ kind: any ResourceKind.Type) -> String {
        let place = kind.place.path.map { $0 == "*" ? "NAME" : $0 }.joined(separator: "/")
        let path = kind.place.form == .named ? "\(place)/NAME" : place
        var lines = ["### `\(path)`: \(kind.title)", ""]
        lines.append("Kind `\(kind.name)`." + (kind.allowsExisting ? " May be `existing: true`." : ""))
        lines.append("")
        lines += table(kind.attributes.filter(\.isWritten).flatMap(rows))
        let outputs = kind.attributes.filter(\.isComputed)
        if !outputs.isEmpty {
            lines += ["", "Outputs: "]
            lines[lines.count - 1] +=
                outputs.map { "`\($0.name)` (\(Self.lowercasedFirst($0.documentation)))" }
                .joined(separator: ", ") + "."
        }
        lines += ["", "```yaml", kind.example.trimmedEnd, "```"]
        return lines.joined(separator: "\n")
    }

    private func rows(_ attribute: any AttributeDeclaration) -> [[String]] {
        let effect =
            switch attribute.effect {
            case .updates: "in place"
            case .replaces: "replaces"
            case .informs: "-"
            }
        let need =
            switch attribute.source {
            case .required: "required"
            case .optional(let value?): "default `\(ValueText.line(value))`"
            case .optionalSetting(let name): "default: the setting `\(name)`"
            case .key: "default: its name in the spec"
            default: "optional"
            }
        let first = [
            "`\(attribute.name)`", Self.words(attribute.shape), need, effect, attribute.documentation,
        ]
        return [first] + members(of: attribute.shape, below: attribute.name, effect)
    }

    private func members(of shape: Shape, below path: String, _ effect: String) -> [[String]] {
        switch shape {
        case .record(let fields), .oneOf(let fields):
            return fields.flatMap { row($0, path: "\(path).\($0.name)", effect) }
        case .list(let item): return members(of: item, below: "\(path)[]", effect)
        case .map(_, let value): return members(of: value, below: "\(path).NAME", effect)
        case .either(let shapes): return shapes.flatMap { members(of: $0, below: path, effect) }
        case .text, .integer, .boolean, .choice, .duration, .json, .reference, .secret: return []
        }
    }

    private func row(_ field: Field, path: String, _ effect: String = "-") -> [[String]] {
        [
            [
                "`\(path)`", Self.words(field.shape), field.isRequired ? "required" : "optional", effect,
                field.documentation,
            ]
        ]
            + members(of: field.shape, below: path, effect)
    }

    private func table(_ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return ["No fields of its own."] }
        let head = ["| field | form | need | change | meaning |", "|---|---|---|---|---|"]
        return head + rows.map { "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |" }
    }

    private static func words(_ shape: Shape) -> String {
        switch shape {
        case .text(let rule): rule.map { "text: \(lowercasedFirst($0.documentation))" } ?? "text"
        case .integer(let range):
            range == .min ... .max ? "whole number" : "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let options): options.map { "`\($0)`" }.joined(separator: ", ")
        case .duration: "length of time, such as `90s` or `365d`"
        case .list(let item): "list of: \(words(item))"
        case .map(_, let value): "mapping of names to: \(words(value))"
        case .record: "mapping"
        case .oneOf(let fields): "one of \(fields.map { "`\($0.name)`" }.joined(separator: ", "))"
        case .json: "anything"
        case .reference(let section, _): "name of one of `\(section.joined(separator: "/"))`"
        case .secret(let generated): generated ? "`{env}`, `{file}` or `{generate}`" : "`{env}` or `{file}`"
        case .either(let shapes): shapes.map(words).joined(separator: "; or ")
        }
    }

    private static func lowercasedFirst(_ text: String) -> String {
        let trimmed = text.hasSuffix(".") ? String(text.dropLast()) : text
        guard let first = trimmed.first, trimmed.dropFirst().first?.isUppercase != true else { return trimmed }
        return first.lowercased() + trimmed.dropFirst()
    }
}
