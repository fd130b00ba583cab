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
        let written = Declarations(
            environment: environment, settings: settings,
            resources: resources.values.map { settled($0, &diagnostics) })
        let declarations = written.adding(implied(by: written, &diagnostics))
        let completed = declarations.completing { resource in
            guard let kind = catalog[resource.kind] else { return }
            let problems = diagnostics.count
            type(of: kind).derive(&resource, from: declarations, diagnostics: &diagnostics)
            resource.completeDependencies()
            resource.dependencies.remove(resource.address)
            // What a kind finds wrong may be why the resource has no other name.
            if diagnostics.count == problems { checkName(resource, &diagnostics) }
            check(resource, declarations, &diagnostics)
        }
        diagnostics.merge(catalog.check(completed))
        return Dictionary(uniqueKeysWithValues: completed.resources.map { ($0.address, $0) })
    }

    private func implied(by declarations: Declarations, _ diagnostics: inout Diagnostics) -> [DeclaredResource] {
        var found: [DeclaredResource] = []
        var known: Set<Address> = []
        for resource in declarations.resources {
            guard let kind = catalog[resource.kind] else { continue }
            for implied in type(of: kind).implied(by: resource, from: declarations)
            where !declarations.contains(implied.address) && known.insert(implied.address).inserted {
                found.append(settled(implied, &diagnostics))
            }
        }
        return found
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
        _ resource: DeclaredResource, _ all: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let missing = resource.references.filter { !all.contains($0.value) }
        for (path, target) in missing.sorted(by: { $0.key < $1.key }) {
            diagnostics.append(
                .unknownReference, "there is no \(target)", at: resource.range(of: path),
                hint: hint(for: target.key, among: all.section(target.section).lazy.map(\.address.key), diagnostics)
                    ?? "declare '\(target.key)' under `\(target.section)`",
                address: resource.address.description)
        }
        let named = Set(missing.values)
        for target in resource.dependencies.filter({ !all.contains($0) && !named.contains($0) }).sorted() {
            diagnostics.append(
                .unknownReference, "there is no \(target)", at: outputRange(of: target, in: resource),
                hint: hint(for: target.description, among: all.resources.lazy.map(\.address.description), diagnostics),
                address: resource.address.description)
        }
        checkOutputs(resource, all, &diagnostics)
    }

    /// Where the key in the spec is the name, it has to be one that the service takes.
    private func checkName(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) {
        guard let range = resource.range, let kind = catalog[resource.kind] else { return }
        let key = resource.address.key
        for attribute in type(of: kind).attributes {
            guard case .key = attribute.source, case .text(let rule?) = attribute.shape,
                resource.attributes[attribute.name] == .literal(.string(key)), !resource.writes(attribute.name),
                let problem = rule.problem(key)
            else { continue }
            diagnostics.append(
                .invalidValue, "the name '\(key)' \(problem)", at: range,
                hint: "\(rule.documentation); write '\(attribute.name)' where the key is to be another",
                address: resource.address.description)
        }
    }

    /// The nearest of the candidates. Where much is wrong, and each problem might be compared with every resource, the
    /// later ones go without.
    private func hint(
        for name: String, among candidates: some Sequence<String>, _ diagnostics: Diagnostics
    ) -> String? {
        diagnostics.count < Self.mostHints ? Suggestion.hint(for: name, among: candidates) : nil
    }

    private static let mostHints = 100

    private func checkOutputs(
        _ resource: DeclaredResource, _ all: Declarations, _ diagnostics: inout Diagnostics
    ) {
        let catalog = catalog
        var unknown: [(attribute: String, target: Address, output: String)] = []
        for (name, expression) in resource.attributes {
            expression.forEachOutput { target, output in
                guard let kind = all.kind(of: target), !catalog.hasOutput(output, of: kind) else { return }
                unknown.append((name, target, output))
            }
        }
        for (name, target, output) in unknown.sorted(by: { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }) {
            let outputs = all.kind(of: target).map(catalog.outputs) ?? []
            diagnostics.append(
                .unknownOutput, "\(target) has no output '\(output)'", at: resource.range(of: name),
                hint: Suggestion.hint(for: output, among: outputs)
                    ?? "its outputs are \(outputs.sorted().joined(separator: ", "))",
                address: resource.address.description)
        }
    }

    private func outputRange(of target: Address, in resource: DeclaredResource) -> SourceRange? {
        let name = resource.attributes.first { $0.value.addresses.contains(target) }?.key
        return name.flatMap { resource.range(of: $0) } ?? resource.range
    }
}

extension DeclaredResource {
    /// Takes in what the attributes need.
    mutating func completeDependencies() {
        var found = dependencies
        for expression in attributes.values { expression.forEachOutput { address, _ in found.insert(address) } }
        dependencies = found
    }
}
