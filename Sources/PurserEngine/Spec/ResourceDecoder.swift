import PurserSyntax

/// Decodes the body of one resource after its kind's attribute list.
struct ResourceDecoder {
    let kind: any ResourceKind.Type
    let address: Address
    let entry: YAMLEntry
    /// The attribute that a body which is no mapping is the value of.
    let bodyAttribute: String?
    let childFields: [String]
    let settingNames: [String]

    private var ruleFields: [String] { (kind.allowsExisting ? ["existing"] : []) + ["protect", "onDestroy"] }

    mutating func decode(_ shapes: inout ShapeDecoder) -> DeclaredResource {
        var resource = DeclaredResource(address: address, kind: kind.name, range: entry.key.range)
        let written = kind.attributes.filter(\.isWritten)
        let body = body()
        if let body {
            checkFields(body, written, &shapes)
            decodeRules(body, &resource, &shapes)
        } else if !entry.value.isNull {
            shapes.diagnostics.append(
                .wrongType, "\(address) is \(entry.value.kindInWords), not a mapping", at: entry.value.range)
        }
        for attribute in kind.attributes {
            resource.attributes[attribute.name] = expression(attribute, body ?? [:], &resource, &shapes)
        }
        resource.dependencies.formUnion(resource.attributes.values.flatMap(\.addresses))
        return resource
    }

    private func body() -> [String: YAMLEntry]? {
        if let entries = entry.value.mapping {
            return Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        }
        if let bodyAttribute { return [bodyAttribute: YAMLEntry(key: entry.key, value: entry.value)] }
        return entry.value.isNull ? [:] : nil
    }

    private func checkFields(
        _ body: [String: YAMLEntry], _ written: [any AttributeDeclaration], _ shapes: inout ShapeDecoder
    ) {
        let known = written.map(\.name) + ruleFields + childFields
        for (name, field) in body where !known.contains(name) {
            let isComputed = kind.attribute(field.name) != nil
            shapes.diagnostics.append(
                .unknownField,
                isComputed
                    ? "'\(field.name)' of \(kind.titleWithArticle) is not written: Purser fills it in"
                    : "\(kind.titleWithArticle) has no field '\(field.name)'",
                at: field.key.range, hint: isComputed ? "remove it" : Suggestion.hint(for: field.name, among: known),
                address: address.description)
        }
    }

    private func decodeRules(
        _ body: [String: YAMLEntry], _ resource: inout DeclaredResource, _ shapes: inout ShapeDecoder
    ) {
        func flag(_ name: String) -> Bool {
            guard let node = body[name]?.value, ruleFields.contains(name) else { return false }
            guard let value = node.bool else {
                shapes.diagnostics.append(.wrongType, "'\(name)' is true or false", at: node.range)
                return false
            }
            return value
        }
        resource.isExisting = flag("existing")
        resource.isProtected = flag("protect")
        guard let node = body["onDestroy"]?.value else { return }
        if let rule = node.text.flatMap(DestroyRule.init(rawValue:)) {
            resource.onDestroy = rule
        } else {
            shapes.diagnostics.append(
                .invalidValue, "'onDestroy' is `delete` or `retain`", at: node.range,
                hint: node.text.flatMap { Suggestion.hint(for: $0, among: DestroyRule.allCases.map(\.rawValue)) })
        }
    }

    private func expression(
        _ attribute: any AttributeDeclaration, _ body: [String: YAMLEntry], _ resource: inout DeclaredResource,
        _ shapes: inout ShapeDecoder
    ) -> Expression? {
        if attribute.isWritten, let field = body[attribute.name], !field.value.isNull {
            resource.ranges[attribute.name] = field.value.range
            return shapes.expression(field.value, attribute.shape, attribute.name, &resource)
        }
        switch attribute.source {
        case .required:
            // What exists already need not be described again.
            if !resource.isExisting { reportMissing(attribute, &shapes) }
            return nil
        case .optional(let value): return value.map(Expression.literal)
        case .key: return .literal(.string(address.key))
        case .optionalSetting(let name), .setting(let name): return .literal(.object(["": .string(name)]))
        case .parent(let taken): return parent(attribute, taken, &resource)
        case .derived, .computed: return nil
        }
    }

    /// The attributes that the resource takes from the one it stands in.
    private func parent(
        _ attribute: any AttributeDeclaration, _ taken: [String], _ resource: inout DeclaredResource
    ) -> Expression? {
        guard let parent = kind.place.parent(of: address) else { return nil }
        resource.references[attribute.name] = parent
        resource.dependencies.insert(parent)
        return .object(Dictionary(uniqueKeysWithValues: taken.map { ($0, .output(parent, $0)) }))
    }

    private func reportMissing(_ attribute: any AttributeDeclaration, _ shapes: inout ShapeDecoder) {
        shapes.diagnostics.append(
            .missingField, "\(address) needs '\(attribute.name)'", at: entry.key.range,
            hint: attribute.documentation, address: address.description)
    }
}
