/// One entry of the `objects` parameter.
/// Source: Azure Key Vault provider documentation v1.8, "Usage", the table of `objects`.
struct VaultObjectRequest: Equatable {
    var name = ""
    var alias = ""
    var version = ""
    var history = 0
    var format = ""
    var encoding = ""
    var type = ""
    var permission = ""

    /// The path below the mount: the alias, else the name.
    var fileName: String { alias.isEmpty ? name : alias }

    func wrapped(_ text: String) -> ProviderFailure {
        .failed("failed to get objectType:\(type), objectName:\(name), objectVersion:\(version): \(text)")
    }

    /// - Throws: the first problem, in the provider's order.
    func validate() throws(ProviderFailure) {
        let lower = (format: format.lowercased(), encoding: encoding.lowercased())
        if !format.isEmpty, !["pem", "pfx"].contains(lower.format) {
            throw wrapped("invalid objectFormat: \(format), should be PEM or PFX")
        }
        if format == "pfx", type != "secret" { throw wrapped("PFX format only supported for objectType: secret") }
        if !encoding.isEmpty, type != "secret" {
            throw wrapped("objectEncoding only supported for objectType: secret")
        }
        if !encoding.isEmpty, !["hex", "base64", "utf-8"].contains(lower.encoding) {
            throw wrapped("invalid objectEncoding: \(encoding), should be hex, base64 or utf-8")
        }
        if fileName.isEmpty { throw wrapped("file name must not be empty") }
        if fileName.hasPrefix("/") { throw wrapped("file name must be a relative path") }
        if fileName.contains("..") { throw wrapped("file name must not contain '..'") }
    }

    /// The file's mode: octal digits; what cannot be read leaves no right at all, as in the provider.
    var mode: UInt32 {
        if permission.isEmpty { return 0o644 }
        let digits = permission.drop { "+-".contains($0) }
        guard !digits.isEmpty, let number = Int(digits, radix: 8) else { return 0 }
        let signed = permission.hasPrefix("-") ? -number : number
        return UInt32(truncatingIfNeeded: Int32(truncatingIfNeeded: signed)) & 0o777
    }
}

/// Reads the `objects` parameter: a YAML mapping whose `array` holds strings, each again a YAML mapping. Problems are
/// worded as go-yaml v3 words them.
enum ObjectsParameter {
    static func requests(in text: String) throws(ProviderFailure) -> [VaultObjectRequest] {
        let text = text.trimmingBlanks()
        if text.isEmpty { throw .failed("objects is not set") }
        let items: [String]
        do {
            items = try self.items(in: text)
        } catch {
            throw .failed("failed to yaml unmarshal objects, error: yaml: \(error.text)")
        }
        var requests: [VaultObjectRequest] = []
        for (index, item) in items.enumerated() {
            let request: VaultObjectRequest
            do {
                request = try self.request(in: item)
            } catch {
                throw .failed("unmarshal failed for keyVaultObjects at index \(index), error: yaml: \(error.text)")
            }
            try request.validate()
            requests.append(request)
        }
        return requests
    }

    private static func items(in text: String) throws(YAMLDocument.Problem) -> [String] {
        guard let root = try YAMLDocument(parsing: text).root, root.tag != "!!null" else { return [] }
        var problems = GoYAMLProblems()
        var items: [String] = []
        for (name, array) in problems.members(of: root, as: "types.StringArray")
        where name == "array" && array.tag != "!!null" {
            if case .sequence(let elements) = array.content {
                items = elements.compactMap { $0.tag == "!!null" ? nil : problems.string($0) }
            } else {
                problems.mismatch(array, "[]string")
            }
        }
        try problems.check()
        return items
    }

    private static func request(in item: String) throws(YAMLDocument.Problem) -> VaultObjectRequest {
        guard let root = try YAMLDocument(parsing: item).root, root.tag != "!!null" else { return VaultObjectRequest() }
        var problems = GoYAMLProblems()
        var request = VaultObjectRequest()
        let fields: [String: WritableKeyPath<VaultObjectRequest, String>] = [
            "objectName": \.name, "objectAlias": \.alias, "objectVersion": \.version, "objectFormat": \.format,
            "objectEncoding": \.encoding, "objectType": \.type, "filePermission": \.permission,
        ]
        for (name, node) in problems.members(of: root, as: "types.KeyVaultObject") where node.tag != "!!null" {
            if let field = fields[name] {
                if let text = problems.string(node) { request[keyPath: field] = text.trimmingBlanks() }
            } else if name == "objectVersionHistory" {
                request.history = problems.int32(node) ?? 0
            }
        }
        try problems.check()
        return request
    }
}

/// Collects what does not fit a Go type, as go-yaml does, and reports it all at once.
private struct GoYAMLProblems {
    private var lines: [String] = []

    /// The members of a mapping, in order; nothing else fits a struct. A key that comes twice is told of with every
    /// earlier place, and then nothing of the mapping is decoded.
    mutating func members(of node: YAMLDocument.Node, as type: String) -> [(name: String, value: YAMLDocument.Node)] {
        guard case .mapping(let members) = node.content else {
            mismatch(node, type)
            return []
        }
        let named = members.compactMap { member -> (name: String, line: Int, value: YAMLDocument.Node)? in
            if case .scalar(let key, _) = member.key.content { (key, member.key.line, member.value) } else { nil }
        }
        var isUnique = true
        for (index, first) in named.enumerated() {
            for other in named[(index + 1)...] where other.name == first.name {
                lines.append("line \(other.line): mapping key \"\(first.name)\" already defined at line \(first.line)")
                isUnique = false
            }
        }
        return isUnique ? named.map { ($0.name, $0.value) } : []
    }

    mutating func string(_ node: YAMLDocument.Node) -> String? {
        if case .scalar(let text, _) = node.content { return text }
        mismatch(node, "string")
        return nil
    }

    mutating func int32(_ node: YAMLDocument.Node) -> Int? {
        if case .scalar(let text, let tag) = node.content {
            if tag == "!!int", let number = YAMLScalar.integer(text), Int32(exactly: number) != nil { return number }
            if tag == "!!float", let number = Double(text), abs(number) <= Double(Int32.max) { return Int(number) }
        }
        mismatch(node, "int32")
        return nil
    }

    mutating func mismatch(_ node: YAMLDocument.Node, _ type: String) {
        var value = ""
        if case .scalar(let text, _) = node.content {
            value = text.utf8.count > 10 ? " `\(text.prefix(7))...`" : " `\(text)`"
        }
        lines.append("line \(node.line): cannot unmarshal \(node.tag)\(value) into \(type)")
    }

    func check() throws(YAMLDocument.Problem) {
        if lines.isEmpty { return }
        throw YAMLDocument.Problem(text: "unmarshal errors:\n  " + lines.joined(separator: "\n  "))
    }
}
