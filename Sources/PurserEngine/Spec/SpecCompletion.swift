import PurserSyntax

/// Checks and completes the resources of a spec as a whole: settings, references, derived attributes, implied resources.
struct SpecCompletion {
    let catalog: ResourceCatalog
    let environment: String
    let settings: [String: Value]
    /// Sections of settings that could not be read: what is missing because of that is not told again.
    let brokenSettings: Set<String>
    let resources: [Address: DeclaredResource]

    func completed(_ diagnostics: inout Diagnostics) -> [Address: DeclaredResource] {
        var all = resources
        for address in all.keys { all[address].map { all[address] = settled($0, &diagnostics) } }
        var declarations = Declarations(environment: environment, settings: settings, resources: all)
        for address in all.keys.sorted() {
            guard let resource = all[address], let kind = catalog[resource.kind] else { continue }
            for implied in type(of: kind).implied(by: resource, from: declarations) where all[implied.address] == nil {
                all[implied.address] = settled(implied, &diagnostics)
            }
        }
        declarations = Declarations(environment: environment, settings: settings, resources: all)
        for address in all.keys.sorted() {
            guard var resource = all[address], let kind = catalog[resource.kind] else { continue }
            type(of: kind).derive(&resource, from: declarations, diagnostics: &diagnostics)
            resource.dependencies.formUnion(resource.attributes.values.flatMap(\.addresses))
            resource.dependencies.remove(address)
            check(resource, all, &diagnostics)
            all[address] = resource
        }
        diagnostics.merge(catalog.check(Declarations(environment: environment, settings: settings, resources: all)))
        return all
    }

    /// Fills in settings and, for a resource that no file wrote, defaults.
    private func settled(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) -> DeclaredResource {
        guard let kind = catalog[resource.kind] else { return resource }
        var result = resource
        for attribute in type(of: kind).attributes {
            switch attribute.source {
            case .setting(let name):
                result.attributes[attribute.name] = setting(name, result, &diagnostics)
            case .optionalSetting(let name):
                let written = result.attributes[attribute.name]
                guard written == nil || written == .literal(.object(["": .string(name)])) else { continue }
                result.attributes[attribute.name] = setting(name, result, &diagnostics)
            case .optional(let value?) where result.attributes[attribute.name] == nil:
                result.attributes[attribute.name] = .literal(value)
            case .key where result.attributes[attribute.name] == nil:
                result.attributes[attribute.name] = .literal(.string(result.address.key))
            default: break
            }
        }
        return result
    }

    private func setting(
        _ name: String, _ resource: DeclaredResource, _ diagnostics: inout Diagnostics
    ) -> Expression? {
        if let value = settings[name] { return .literal(value) }
        guard !brokenSettings.contains(String(name.prefix { $0 != "." })) else { return nil }
        guard !resource.isExisting || !name.hasSuffix("location") else { return nil }
        diagnostics.append(
            .missingField, "\(resource.address) needs the setting '\(name)'", at: resource.range,
            hint: "add it to the section `\(name.prefix { $0 != "." })`", address: resource.address.description)
        return nil
    }

    private func check(
        _ resource: DeclaredResource, _ all: [Address: DeclaredResource], _ diagnostics: inout Diagnostics
    ) {
        for (path, target) in resource.references.sorted(by: { $0.key < $1.key }) where all[target] == nil {
            let section = target.components.dropLast().joined(separator: "/")
            let names = all.keys.filter { $0.components.dropLast().joined(separator: "/") == section }.map(\.key)
            diagnostics.append(
                .unknownReference, "there is no \(target)", at: resource.range(of: path),
                hint: Suggestion.hint(for: target.key, among: names)
                    ?? "declare '\(target.key)' under `\(section)`",
                address: resource.address.description)
        }
        let named = Set(resource.references.values)
        for target in resource.dependencies.sorted() where all[target] == nil && !named.contains(target) {
            diagnostics.append(
                .unknownReference, "there is no \(target)", at: outputRange(of: target, in: resource),
                hint: Suggestion.hint(for: target.description, among: all.keys.map(\.description)),
                address: resource.address.description)
        }
        checkOutputs(resource, all, &diagnostics)
    }

    private func checkOutputs(
        _ resource: DeclaredResource, _ all: [Address: DeclaredResource], _ diagnostics: inout Diagnostics
    ) {
        for (name, expression) in resource.attributes.sorted(by: { $0.key < $1.key }) {
            for (target, output) in expression.outputs {
                guard let kind = all[target].flatMap({ catalog[$0.kind] }),
                    type(of: kind).attribute(output).map(\.isSensitive) ?? true
                else { continue }
                let outputs = type(of: kind).attributes.filter { !$0.isSensitive }.map(\.name)
                diagnostics.append(
                    .unknownOutput, "\(target) has no output '\(output)'", at: resource.range(of: name),
                    hint: Suggestion.hint(for: output, among: outputs)
                        ?? "its outputs are \(outputs.sorted().joined(separator: ", "))",
                    address: resource.address.description)
            }
        }
    }

    private func outputRange(of target: Address, in resource: DeclaredResource) -> SourceRange? {
        let name = resource.attributes.first { $0.value.addresses.contains(target) }?.key
        return name.flatMap { resource.range(of: $0) } ?? resource.range
    }
}

extension Expression {
    /// Every output that this needs.
    var outputs: [(Address, String)] {
        switch self {
        case .literal: []
        case .output(let address, let name): [(address, name)]
        case .template(let parts):
            parts.compactMap { if case .output(let address, let name) = $0 { (address, name) } else { nil } }
        case .list(let items): items.flatMap(\.outputs)
        case .object(let members): members.sorted { $0.key < $1.key }.flatMap(\.value.outputs)
        }
    }
}
