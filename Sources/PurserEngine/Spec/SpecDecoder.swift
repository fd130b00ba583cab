import PurserSyntax

/// Turns trees into declared resources, taking one file after the other, and then checks them as a whole.
struct SpecDecoder {
    private let catalog: ResourceCatalog
    private let inputs: SpecInputs
    private(set) var variables = Variables()
    var diagnostics = Diagnostics()

    private var environment: (name: String, range: SourceRange)?
    private var settingNodes: [String: YAMLEntry] = [:]
    private var sectionEntries: [(section: String, entry: YAMLEntry)] = []
    private var brokenSettings: Set<String> = []
    private var resources: [Address: DeclaredResource] = [:]
    private var shapes = ShapeDecoder()
    private let bodies: [[String]: BodyForm]

    private static let ownFields = ["apiVersion", "environment", "variables"]

    init(catalog: ResourceCatalog, inputs: SpecInputs) {
        self.catalog = catalog
        self.inputs = inputs
        bodies = Dictionary(
            uniqueKeysWithValues: catalog.kinds.map { kind in
                let form = BodyForm(of: type(of: kind), in: catalog)
                return (form.path, form)
            })
    }

    private var topLevelFields: [String] {
        Self.ownFields + catalog.settings.map(\.name)
            + catalog.kinds.map { type(of: $0).place.path }.filter { $0.count == 1 }.compactMap(\.first)
    }

    /// Takes the root of one file. Sections wait until all files are there, since variables may be in another one.
    mutating func add(_ root: YAMLNode) {
        guard let entries = root.mapping else {
            diagnostics.append(
                .wrongType, "a spec is a mapping, not \(root.kindInWords)", at: root.range,
                hint: "begin with `apiVersion: \(SpecLoader.apiVersion)`")
            return
        }
        checkVersion(root)
        for entry in entries {
            switch entry.name {
            case "apiVersion": break
            case "environment": takeEnvironment(entry)
            case "variables": variables.declare(entry.value, inputs, &diagnostics)
            case let name where catalog.settings.contains { $0.name == name }:
                if let first = settingNodes.updateValue(entry, forKey: name) { reportDuplicate(entry, first.key.range) }
            case let name where catalog.kind(at: [name]) != nil: sectionEntries.append((name, entry))
            default:
                diagnostics.append(
                    .unknownField, "a spec has no section '\(entry.name)'", at: entry.key.range,
                    hint: Suggestion.hintOrList(for: entry.name, among: topLevelFields))
            }
        }
    }

    mutating func finish(sources: [SourceFile], digest: String) -> (Spec?, Diagnostics) {
        variables.check(given: inputs.variables, &diagnostics)
        shapes.variables = variables
        let settings = decodeSettings()
        for (section, entry) in sectionEntries { decodeSection([section], Address(section), entry) }
        sectionEntries = []
        if environment == nil, !sources.isEmpty, !diagnostics.hasErrors {
            diagnostics.append(
                .missingField, "the spec does not say its `environment`",
                at: sources.first.map { SourceRange(at: SourceLocation(file: $0.path, line: 1, column: 1)) },
                hint: "write `environment: NAME` at the top")
        }
        let completion = SpecCompletion(
            catalog: catalog, environment: environment?.name ?? "", settings: settings,
            brokenSettings: brokenSettings, resources: resources)
        resources = completion.completed(&diagnostics)
        diagnostics.merge(shapes.diagnostics)
        diagnostics = inputs.allowed.applied(to: diagnostics)
        guard let environment, !diagnostics.hasErrors else { return (nil, diagnostics) }
        let spec = Spec(
            environment: environment.name, settings: settings, resources: resources, sources: sources, digest: digest,
            remarks: diagnostics.sorted())
        return (spec, diagnostics)
    }

    // MARK: Head

    private mutating func checkVersion(_ root: YAMLNode) {
        guard let entry = root.entry("apiVersion") else {
            diagnostics.append(
                .missingField, "the file does not say its `apiVersion`", at: SourceRange(at: root.range.start),
                hint: "begin with `apiVersion: \(SpecLoader.apiVersion)`")
            return
        }
        guard entry.value.text != SpecLoader.apiVersion else { return }
        diagnostics.append(
            .unsupportedVersion, "this version of purser reads `\(SpecLoader.apiVersion)` only", at: entry.value.range,
            hint: "write `apiVersion: \(SpecLoader.apiVersion)`")
    }

    private mutating func takeEnvironment(_ entry: YAMLEntry) {
        guard let name = entry.value.text, EnvironmentName.problem(name) == nil else {
            diagnostics.append(
                .invalidValue, "an environment's name is 1 to 63 lower-case letters, digits and hyphens",
                at: entry.value.range, hint: "such as `payments-prod`")
            return
        }
        if let environment, environment.name != name {
            diagnostics.append(
                .duplicateName, "the files disagree on the environment's name", at: entry.value.range,
                notes: [.init("it is '\(environment.name)' here", at: environment.range)])
        } else {
            environment = (name, entry.value.range)
        }
    }

    private mutating func decodeSettings() -> [String: Value] {
        var values: [String: Value] = [:]
        for field in catalog.settings {
            guard let entry = settingNodes[field.name] else { continue }
            var holder = DeclaredResource(address: Address(field.name), kind: "setting", range: entry.key.range)
            let members = shapes.expression(entry.value, field.shape, field.name, &holder)?.known.object
            if members == nil { brokenSettings.insert(field.name) }
            for (name, value) in members ?? [:] { values["\(field.name).\(name)"] = value }
            for address in holder.dependencies.sorted() {
                diagnostics.append(
                    .badInterpolation, "settings cannot use an output of \(address)", at: entry.key.range)
            }
        }
        return values
    }

    // MARK: Resources

    private mutating func decodeSection(_ path: [String], _ address: Address, _ section: YAMLEntry) {
        guard let form = bodies[path] else { return }
        guard form.bodyAttribute == nil else { return decode(form, address, section) }
        guard let entries = section.value.mapping else {
            if section.value.isNull { return }
            diagnostics.append(
                .wrongType, "'\(section.name)' is \(section.value.kindInWords), not a mapping of names",
                at: section.value.range)
            return
        }
        for entry in entries { decode(form, address.appending(entry.name), entry) }
    }

    private mutating func decode(_ form: BodyForm, _ address: Address, _ entry: YAMLEntry) {
        if let first = resources[address] {
            reportDuplicate(entry, first.range)
            return
        }
        if let problem = ResourceKey.problem(entry.name) {
            diagnostics.append(.invalidValue, "the name '\(entry.name)' \(problem)", at: entry.key.range)
            return
        }
        resources[address] = ResourceDecoder(form: form, address: address, entry: entry).decode(&shapes)
        for field in form.childFields {
            guard let child = entry.value.entry(field) else { continue }
            decodeSection(form.path + ["*", field], address.appending(field), child)
        }
    }

    private mutating func reportDuplicate(_ entry: YAMLEntry, _ first: SourceRange?) {
        diagnostics.append(
            .duplicateName, "'\(entry.name)' is given twice", at: entry.key.range,
            notes: [.init("it is given first here", at: first)])
    }
}
