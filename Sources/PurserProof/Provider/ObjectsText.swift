package import PurserSyntax

/// Reads the `objects` parameter: a YAML mapping whose `array` holds strings, each again a YAML mapping.
/// Source: Azure Key Vault provider v1.8.2, `pkg/provider/provider.go`.
package struct ObjectsText: Sendable {
    package struct Failure: Sendable, Hashable {
        /// The entry that it is in; nil for the list as a whole.
        package let index: Int?
        /// What the provider says.
        package let text: String
    }

    package private(set) var objects: [RequestedObject] = []
    package private(set) var failures: [Failure] = []
    /// The line of each entry within the text, counted from 1, in the order of the entries that are no null.
    package private(set) var lines: [Int] = []
    /// Keys beside `array` on the top level.
    package private(set) var unknownKeys: [String] = []

    package init(_ text: String) {
        let trimmed = text.trimmed
        guard !trimmed.isEmpty else {
            failures = [Failure(index: nil, text: "objects is not set")]
            return
        }
        do throws(GoYAMLFailure) {
            try read(trimmed, skipping: Self.lines(before: trimmed, in: text))
        } catch {
            failures = [Failure(index: nil, text: "failed to yaml unmarshal objects, error: yaml: \(error.text)")]
        }
    }

    private mutating func read(_ text: String, skipping skipped: Int) throws(GoYAMLFailure) {
        guard let root = try GoYAMLReader.root(of: text), !root.isNull else { return }
        var decoder = GoYAMLDecoder()
        var items: [(text: String, line: Int)] = []
        for member in decoder.members(of: root, as: "types.StringArray") {
            guard member.name == "array" else {
                unknownKeys.append(member.name)
                continue
            }
            if member.value.isNull { continue }
            guard case .sequence(let nodes) = member.value.content else {
                decoder.mismatch(member.value, "[]string")
                continue
            }
            items = nodes.compactMap { node in decoder.string(node).map { ($0, node.line) } }
        }
        try decoder.check()
        lines = items.map { $0.line + skipped }
        for (index, item) in items.enumerated() { add(item.text, index) }
    }

    private mutating func add(_ item: String, _ index: Int) {
        do throws(GoYAMLFailure) {
            var object = try Self.object(in: item)
            object.index = index
            objects.append(object)
        } catch {
            failures.append(
                Failure(
                    index: index,
                    text: "unmarshal failed for keyVaultObjects at index \(index), error: yaml: \(error.text)"))
        }
    }

    static func object(in item: String) throws(GoYAMLFailure) -> RequestedObject {
        var object = RequestedObject()
        guard let root = try GoYAMLReader.root(of: item), !root.isNull else { return object }
        var decoder = GoYAMLDecoder()
        for member in decoder.members(of: root, as: "types.KeyVaultObject") {
            if member.name == "objectVersionHistory" {
                object.history = decoder.int32(member.value) ?? object.history
            } else if let field = fields[member.name] {
                if let text = decoder.string(member.value) { object[keyPath: field()] = text.trimmed }
            } else {
                object.unknownFields.append(member.name)
            }
        }
        try decoder.check()
        return object
    }

    /// The fields that are texts.
    private static let fields: [String: @Sendable () -> WritableKeyPath<RequestedObject, String>] = [
        "objectName": { \.name }, "objectAlias": { \.alias }, "objectVersion": { \.version },
        "objectFormat": { \.format }, "objectEncoding": { \.encoding }, "objectType": { \.type },
        "filePermission": { \.permission },
    ]
    static let fieldNames = fields.keys.sorted() + ["objectVersionHistory"]

    /// How many lines the text begins with that are blank.
    private static func lines(before trimmed: String, in text: String) -> Int {
        text.prefix { $0.isWhitespace }.count { $0 == "\n" }
    }

    /// The places of the entries, for a text that stands in a source as a literal block (`|`) at a range.
    package func places(inBlockAt range: SourceRange) -> [Part: SourceRange] {
        let places = lines.enumerated().map { index, line in
            let start = SourceLocation(file: range.file, line: range.start.line + line, column: 1)
            return (Part.object(index), SourceRange(at: start))
        }
        return Dictionary(places) { first, _ in first }
    }
}

extension String {
    /// Without white space around it.
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
