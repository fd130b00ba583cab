import PurserSyntax

/// Decodes nodes after shapes, collecting every problem.
struct ShapeDecoder {
    var variables = Variables()
    var diagnostics = Diagnostics()

    /// The expression for a node, or nil with a diagnostic. References and the places of parts go to `resource`.
    mutating func expression(
        _ node: YAMLNode, _ shape: Shape, _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        switch shape {
        case .text(let rule): return text(node, rule, path)
        case .integer(let range): return integer(node, range, path)
        case .boolean: return boolean(node, path)
        case .choice(let options): return choice(node, options, path)
        case .duration: return duration(node, path)
        case .list(let item): return list(node, item, path, &resource)
        case .map(let rule, let value): return map(node, rule, value, path, &resource)
        case .record(let fields): return record(node, fields, path, &resource)
        case .oneOf(let fields): return oneOf(node, fields, path, &resource)
        case .json: return json(node, path, &resource)
        case .reference(let section, let taking): return reference(node, section, taking, path, &resource)
        case .secret(let generated): return secret(node, generated, path)
        case .either(let shapes): return either(node, shapes, path, &resource)
        }
    }

    // MARK: Scalars

    private mutating func text(_ node: YAMLNode, _ rule: TextRule?, _ path: String) -> Expression? {
        guard let text = scalarText(node) else { return wrongType(node, path, "a text") }
        guard let expression = interpolated(text, node.range) else { return nil }
        if let rule, case .literal(.string(let value)) = expression, let problem = rule.problem(value) {
            diagnostics.append(
                .invalidValue, "\(quoted(path)) '\(value)' \(problem)", at: node.range, hint: rule.documentation)
            return nil
        }
        return expression
    }

    private func scalarText(_ node: YAMLNode) -> String? { node.isNull ? nil : node.text }

    /// A text with variables put in and outputs left open.
    private mutating func interpolated(_ text: String, _ range: SourceRange) -> Expression? {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return .literal(.string(text)) }
        let (pieces, areAll) = Interpolation.pieces(of: text, at: range, &diagnostics)
        var isGood = areAll
        var isOpen = false
        var parts: [Expression.Part] = []
        for piece in pieces {
            switch piece {
            case .text(let text): parts.append(.text(text))
            case .output(let address, let name): parts.append(.output(address, name))
            case .variable(let name) where variables.isOpen(name): isOpen = true
            case .variable(let name):
                if let value = variables.value(name, at: range, &diagnostics) {
                    parts.append(.text(value))
                } else {
                    isGood = false
                }
            }
        }
        guard isGood else { return nil }
        if isOpen { return .literal(.unknown) }
        if parts.count == 1, case .output(let address, let name) = parts[0] { return .output(address, name) }
        let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
        return texts.count == parts.count ? .literal(.string(texts.joined())) : .template(parts)
    }

    private mutating func integer(_ node: YAMLNode, _ range: ClosedRange<Int>, _ path: String) -> Expression? {
        guard let number = node.int else { return wrongType(node, path, "a whole number") }
        guard range.contains(number) else {
            diagnostics.append(
                .invalidValue, "\(quoted(path)) is \(number), not \(range.lowerBound) to \(range.upperBound)",
                at: node.range)
            return nil
        }
        return .literal(.integer(number))
    }

    private mutating func boolean(_ node: YAMLNode, _ path: String) -> Expression? {
        guard let flag = node.bool else { return wrongType(node, path, "true or false") }
        return .literal(.bool(flag))
    }

    private mutating func choice(_ node: YAMLNode, _ options: [String], _ path: String) -> Expression? {
        guard let text = scalarText(node) else { return wrongType(node, path, "one of \(listed(options))") }
        guard let expression = interpolated(text, node.range) else { return nil }
        if expression == .literal(.unknown) { return expression }
        guard case .literal(.string(let value)) = expression, options.contains(value) else {
            diagnostics.append(
                .invalidValue, "\(quoted(path)) is '\(text)', not one of \(listed(options))", at: node.range,
                hint: Suggestion.hint(for: text, among: options))
            return nil
        }
        return expression
    }

    private mutating func duration(_ node: YAMLNode, _ path: String) -> Expression? {
        guard let text = scalarText(node), Self.isDuration(text.utf8) else {
            diagnostics.append(
                .invalidValue, "\(quoted(path)) is not a length of time", at: node.range,
                hint: "write a number and s, m, h or d, such as 90s or 365d")
            return nil
        }
        return .literal(.string(text))
    }

    private static func isDuration(_ text: String.UTF8View) -> Bool {
        guard let unit = text.last, "smhd".utf8.contains(unit) else { return false }
        let digits = text.dropLast()
        return (1...6).contains(digits.count) && digits.allSatisfy(\.isASCIIDigit)
    }

    // MARK: Collections

    private mutating func list(
        _ node: YAMLNode, _ item: Shape, _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let nodes = node.sequence else { return wrongType(node, path, "a list") }
        var items: [Expression] = []
        for (index, node) in nodes.enumerated() {
            if let decoded = expression(node, item, "\(path)[\(index)]", &resource) { items.append(decoded) }
        }
        return items.count == nodes.count ? folded(items) : nil
    }

    private mutating func map(
        _ node: YAMLNode, _ rule: TextRule?, _ value: Shape, _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let entries = node.mapping else { return wrongType(node, path, "a mapping") }
        var members: [String: Expression] = [:]
        var isWhole = true
        for entry in entries {
            if let problem = rule?.problem(entry.name) {
                diagnostics.append(
                    .invalidValue, "the name '\(entry.name)' in \(quoted(path)) \(problem)", at: entry.key.range,
                    hint: rule?.documentation)
                isWhole = false
            }
            let decoded = expression(entry.value, value, "\(path).\(entry.name)", &resource)
            members[entry.name] = decoded
            isWhole = isWhole && decoded != nil
        }
        return isWhole ? folded(members) : nil
    }

    private mutating func record(
        _ node: YAMLNode, _ fields: [Field], _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let entries = node.mapping else { return wrongType(node, path, "a mapping") }
        var members: [String: Expression] = [:]
        var isWhole = true
        for entry in entries {
            guard let field = fields.first(where: { $0.name == entry.name }) else {
                unknownField(entry, fields, path)
                isWhole = false
                continue
            }
            if entry.value.isNull, !field.isRequired { continue }
            let decoded = expression(entry.value, field.shape, "\(path).\(field.name)", &resource)
            members[field.name] = decoded
            isWhole = isWhole && decoded != nil
        }
        for field in fields where field.isRequired && node.entry(field.name) == nil {
            diagnostics.append(
                .missingField, "\(quoted(path)) needs '\(field.name)'", at: node.range, hint: field.documentation)
            isWhole = false
        }
        return isWhole ? folded(members) : nil
    }

    private mutating func oneOf(
        _ node: YAMLNode, _ fields: [Field], _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let entries = node.mapping else {
            return wrongType(node, path, "a mapping with one of \(listed(fields.map(\.name)))")
        }
        let known = entries.filter { entry in fields.contains { $0.name == entry.name } }
        guard known.count == 1, entries.count == 1 else {
            for entry in entries where !fields.contains(where: { $0.name == entry.name }) {
                unknownField(entry, fields, path)
            }
            if known.count != 1 {
                diagnostics.append(
                    .invalidValue, "\(quoted(path)) has exactly one of \(listed(fields.map(\.name)))", at: node.range)
            }
            return nil
        }
        return record(node, fields.map { Field($0.name, $0.shape, $0.documentation) }, path, &resource)
    }

    private mutating func json(
        _ node: YAMLNode, _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        switch node.content {
        case .sequence: return list(node, .json, path, &resource)
        case .mapping: return map(node, nil, .json, path, &resource)
        case .scalar:
            switch node.scalarValue {
            case .string(let text)?: return interpolated(text, node.range)
            case .int(let number)?: return .literal(.integer(number))
            case .float(let number)?: return .literal(.number(number))
            case .bool(let flag)?: return .literal(.bool(flag))
            case .null?, nil: return .literal(.null)
            }
        }
    }

    private mutating func either(
        _ node: YAMLNode, _ shapes: [Shape], _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        let form = Form(node)
        guard let shape = shapes.first(where: { Form.accepted(by: $0).contains(form) }) else {
            return wrongType(node, path, listed(shapes.map(Self.words)))
        }
        return expression(node, shape, path, &resource)
    }

    private enum Form: Hashable {
        case scalar, sequence, mapping

        init(_ node: YAMLNode) {
            switch node.content {
            case .scalar: self = .scalar
            case .sequence: self = .sequence
            case .mapping: self = .mapping
            }
        }

        static func accepted(by shape: Shape) -> Set<Form> {
            switch shape {
            case .text, .integer, .boolean, .choice, .duration, .reference: [.scalar]
            case .list: [.sequence]
            case .map, .record, .oneOf, .secret: [.mapping]
            case .json: [.scalar, .sequence, .mapping]
            case .either(let shapes): shapes.reduce(into: []) { $0.formUnion(accepted(by: $1)) }
            }
        }
    }

    // MARK: References and secrets

    private mutating func reference(
        _ node: YAMLNode, _ section: [String], _ taking: [String], _ path: String, _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let name = scalarText(node) else {
            return wrongType(node, path, "the name of one of `\(section.joined(separator: "/"))`")
        }
        let address = Address(section + [name])
        guard !name.utf8.contains(UInt8(ascii: "/")) else {
            diagnostics.append(
                .unknownReference, "there is no \(address)", at: node.range,
                hint: "write the name alone, as it stands under `\(section.joined(separator: "/"))`")
            return nil
        }
        resource.references[path] = address
        resource.dependencies.insert(address)
        return .object(Dictionary(uniqueKeysWithValues: taking.map { ($0, .output(address, $0)) }))
    }

    /// A secret's source is kept as written: no interpolation, and no literal value.
    private mutating func secret(_ node: YAMLNode, _ generated: Bool, _ path: String) -> Expression? {
        let sources = ["env", "file"] + (generated ? ["generate"] : [])
        guard let entries = node.mapping else {
            diagnostics.append(
                .literalSecret, "\(quoted(path)) holds a value: a secret is never written in the spec",
                at: SourceRange(at: node.range.start),
                hint: "write {env: NAME} or {file: PATH}, and change the value if it was real", isSensitive: true)
            return nil
        }
        guard let entry = entries.first, entries.count == 1, sources.contains(entry.name) else {
            // What stands here instead of a source may be the secret: such a line is never shown.
            let isForeign = entries.contains { !sources.contains($0.name) }
            diagnostics.append(
                isForeign ? .literalSecret : .invalidValue, "\(quoted(path)) has exactly one of \(listed(sources))",
                at: (entries.first { !sources.contains($0.name) } ?? entries.first)?.key.range ?? node.range,
                hint: entries.first.flatMap { Suggestion.hint(for: $0.name, among: sources) }
                    ?? "write {env: NAME} or {file: PATH}", isSensitive: isForeign)
            return nil
        }
        return entry.name == "generate" ? generation(entry, path) : source(entry, path)
    }

    private mutating func source(_ entry: YAMLEntry, _ path: String) -> Expression? {
        guard let text = scalarText(entry.value), !text.isEmpty else {
            return wrongType(entry.value, "\(path).\(entry.name)", "a text")
        }
        if entry.name == "env", !Self.isVariableName(text.utf8) {
            diagnostics.append(
                .literalSecret, "this is not the name of an environment variable",
                at: SourceRange(at: entry.value.range.start),
                hint: "if it is the secret itself: it is never written in the spec, and has to be changed now",
                isSensitive: true)
            return nil
        }
        return .literal(.object([entry.name: .string(text)]))
    }

    private static func isVariableName(_ text: String.UTF8View) -> Bool {
        guard let first = text.first, !first.isASCIIDigit else { return false }
        return text.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
    }

    private mutating func generation(_ entry: YAMLEntry, _ path: String) -> Expression? {
        let length = entry.value["length"]?.int
        guard let length, (8...1024).contains(length), entry.value.mapping?.count == 1 else {
            diagnostics.append(
                .invalidValue, "\(quoted(path)) says how many characters to generate, 8 to 1024",
                at: entry.value.range, hint: "write generate: {length: 32}")
            return nil
        }
        return .literal(.object(["generate": .object(["length": .integer(length)])]))
    }

    // MARK: Words

    private mutating func unknownField(_ entry: YAMLEntry, _ fields: [Field], _ path: String) {
        diagnostics.append(
            .unknownField, "\(quoted(path)) has no field '\(entry.name)'", at: entry.key.range,
            hint: Suggestion.hintOrList(for: entry.name, among: fields.map(\.name)),
            isSensitive: entry.value.mapping == nil && fields.contains { $0.shape.holdsSecret })
    }

    private mutating func wrongType(_ node: YAMLNode, _ path: String, _ wanted: String) -> Expression? {
        let hint = wanted == "true or false" && node.isAmbiguousBoolean ? "write true or false" : nil
        diagnostics.append(
            .wrongType, "\(quoted(path)) is \(node.kindInWords), not \(wanted)", at: node.range, hint: hint)
        return nil
    }

    private func quoted(_ path: String) -> String { "'\(path)'" }

    private func listed(_ options: [String]) -> String {
        options.count < 2
            ? options.joined() : options.dropLast().joined(separator: ", ") + " or " + (options.last ?? "")
    }

    private static func words(_ shape: Shape) -> String {
        switch shape {
        case .text: "a text"
        case .integer: "a number"
        case .boolean: "true or false"
        case .choice(let options): options.map { "`\($0)`" }.joined(separator: " or ")
        case .duration: "a length of time"
        case .list: "a list"
        case .map, .record, .oneOf, .secret: "a mapping"
        case .json: "any value"
        case .reference(let section, _): "the name of one of `\(section.joined(separator: "/"))`"
        case .either(let shapes): shapes.map(words).joined(separator: " or ")
        }
    }

    /// A collection of literals is itself a literal, which keeps later walks short.
    private func folded(_ items: [Expression]) -> Expression {
        let literals = items.compactMap { if case .literal(let value) = $0 { value } else { nil } }
        return literals.count == items.count ? .literal(.list(literals)) : .list(items)
    }

    private func folded(_ members: [String: Expression]) -> Expression {
        let literals = members.compactMapValues { if case .literal(let value) = $0 { value } else { nil } }
        return literals.count == members.count ? .literal(.object(literals)) : .object(members)
    }
}
