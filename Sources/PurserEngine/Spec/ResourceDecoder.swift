import PurserSyntax

/// What the body of a resource may hold, after its kind's attribute list: worked out once for all resources of a kind.
struct BodyForm {
    let kind: any ResourceKind.Type
    let name: KindName
    /// Where the spec lists the kind, as in `SpecPlace`.
    let path: [String]
    /// The attribute that a body which is no mapping is the value of.
    let bodyAttribute: String?
    let attributes: [any AttributeDeclaration]
    /// `existing`, `protect`, `onDestroy`.
    let ruleFields: Set<String>
    /// Fields with lists of resources that stand inside one of this kind.
    let childFields: [String]
    /// All that may be written.
    let fields: Set<String>
    /// Whether a secret has its place in it, so that what stands in a wrong place may be the secret.
    let holdsSecret: Bool
    /// The attribute that it is there for, if that is a secret.
    let secret: String?

    init(of kind: any ResourceKind.Type, in catalog: ResourceCatalog) {
        self.kind = kind
        name = kind.name
        path = kind.place.path
        if case .single(let attribute) = kind.place.form {
            bodyAttribute = attribute
            childFields = []
        } else {
            bodyAttribute = nil
            childFields = catalog.children(of: kind.place.path).map(\.field)
        }
        attributes = kind.attributes
        holdsSecret = attributes.contains { $0.isWritten && $0.isSensitive }
        secret = attributes.first { if case .required = $0.source { $0.isSensitive } else { false } }?.name
        ruleFields = Set((kind.allowsExisting ? ["existing"] : []) + ["protect", "onDestroy"])
        fields = ruleFields.union(childFields).union(attributes.filter(\.isWritten).map(\.name))
    }
}

/// Decodes the body of one resource.
struct ResourceDecoder {
    let form: BodyForm
    let address: Address
    let entry: YAMLEntry

    func decode(_ shapes: inout ShapeDecoder) -> DeclaredResource {
        let body = body()
        var resource = DeclaredResource(
            address: address, kind: form.name, written: body ?? [], range: entry.key.range)
        if let body {
            checkFields(body, &shapes)
            decodeRules(body, &resource, &shapes)
        } else if !entry.value.isNull {
            reportNoMapping(&shapes)
            return resource
        }
        resource.attributes.reserveCapacity(form.attributes.count)
        for attribute in form.attributes {
            if let expression = expression(attribute, body ?? [], &resource, &shapes) {
                resource.attributes[attribute.name] = expression
            }
        }
        resource.completeDependencies()
        return resource
    }

    private func body() -> [YAMLEntry]? {
        if let entries = entry.value.mapping { return entries }
        if let attribute = form.bodyAttribute {
            return [
                YAMLEntry(
                    key: YAMLNode(range: entry.key.range, content: .scalar(attribute, .plain)), value: entry.value)
            ]
        }
        return entry.value.isNull ? [] : nil
    }

    private func reportNoMapping(_ shapes: inout ShapeDecoder) {
        if let secret = form.secret, entry.value.text != nil {
            shapes.diagnostics.append(
                .literalSecret, "\(address) holds a value: a secret is never written in the spec",
                at: SourceRange(at: entry.value.range.start),
                hint:
                    "write {\(secret): {env: NAME}} or {\(secret): {file: PATH}}, and change the value if it was real",
                address: address.description, isSensitive: true)
        } else {
            shapes.diagnostics.append(
                .wrongType, "\(address) is \(entry.value.kindInWords), not a mapping", at: entry.value.range,
                isSensitive: form.holdsSecret)
        }
    }

    private func checkFields(_ body: [YAMLEntry], _ shapes: inout ShapeDecoder) {
        for field in body where !form.fields.contains(field.name) {
            let isComputed = form.attributes.contains { $0.name == field.name }
            shapes.diagnostics.append(
                .unknownField,
                isComputed
                    ? "'\(field.name)' of \(form.kind.titleWithArticle) is not written: Purser fills it in"
                    : "\(form.kind.titleWithArticle) has no field '\(field.name)'",
                at: field.key.range,
                hint: isComputed ? "remove it" : Suggestion.hintOrList(for: field.name, among: form.fields),
                address: address.description, isSensitive: form.holdsSecret && field.value.mapping == nil)
        }
    }

    private func decodeRules(
        _ body: [YAMLEntry], _ resource: inout DeclaredResource, _ shapes: inout ShapeDecoder
    ) {
        for field in body where form.ruleFields.contains(field.name) {
            switch field.name {
            case "existing": resource.isExisting = flag(field, &shapes)
            case "protect": resource.isProtected = flag(field, &shapes)
            default: resource.onDestroy = destroyRule(field.value, &shapes)
            }
        }
    }

    private func flag(_ field: YAMLEntry, _ shapes: inout ShapeDecoder) -> Bool {
        guard let value = field.value.bool else {
            shapes.diagnostics.append(.wrongType, "'\(field.name)' is true or false", at: field.value.range)
            return false
        }
        return value
    }

    private func destroyRule(_ node: YAMLNode, _ shapes: inout ShapeDecoder) -> DestroyRule {
        if let rule = node.text.flatMap(DestroyRule.init(rawValue:)) { return rule }
        shapes.diagnostics.append(
            .invalidValue, "'onDestroy' is `delete` or `retain`", at: node.range,
            hint: node.text.flatMap { Suggestion.hint(for: $0, among: DestroyRule.allCases.map(\.rawValue)) })
        return .delete
    }

    private func expression(
        _ attribute: any AttributeDeclaration, _ body: [YAMLEntry], _ resource: inout DeclaredResource,
        _ shapes: inout ShapeDecoder
    ) -> Expression? {
        if attribute.isWritten, let field = body.first(where: { $0.name == attribute.name }), !field.value.isNull {
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
        guard let parent = form.kind.place.parent(of: address) else { return nil }
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
