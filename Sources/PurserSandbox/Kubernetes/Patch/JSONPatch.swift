/// JSON patches. Source: RFC 6902, with pointers of RFC 6901.
enum JSONPatch {
    /// - Throws: an `APIError` as the API server answers a patch that does not fit.
    static func apply(_ patch: JSON, to target: JSON) throws(APIError) -> JSON {
        guard let operations = patch.arrayValue else {
            throw .badRequest(
                "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        }
        var document = target
        for operation in operations { try perform(operation, on: &document) }
        return document
    }

    private static func perform(_ operation: JSON, on document: inout JSON) throws(APIError) {
        let name = operation["op"]?.stringValue ?? ""
        let path = try pointer(operation["path"], name)
        switch name {
        case "add": try add(operation["value"] ?? .null, at: path, to: &document)
        case "replace":
            _ = try value(at: path, of: document)
            if !path.isEmpty { try remove(at: path, from: &document) }
            try add(operation["value"] ?? .null, at: path, to: &document)
        case "remove": try remove(at: path, from: &document)
        case "test":
            guard try value(at: path, of: document) == operation["value"] ?? .null else {
                throw .unprocessable("the server rejected our request due to an error in our request")
            }
        case "copy", "move":
            let source = try pointer(operation["from"], name)
            let moved = try value(at: source, of: document)
            if name == "move" { try remove(at: source, from: &document) }
            try add(moved, at: path, to: &document)
        default: throw .unprocessable("the server rejected our request due to an error in our request")
        }
    }

    private static func pointer(_ text: JSON?, _ operation: String) throws(APIError) -> [String] {
        guard let text = text?.stringValue, text.isEmpty || text.hasPrefix("/") else {
            throw .unprocessable("jsonpatch \(operation) operation does not apply: missing or malformed path")
        }
        return text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    private static func value(at path: [String], of document: JSON) throws(APIError) -> JSON {
        var current = document
        for step in path {
            let next = if let elements = current.arrayValue { element(step, of: elements) } else { current[step] }
            guard let next else { throw missing(path) }
            current = next
        }
        return current
    }

    private static func element(_ step: String, of elements: [JSON]) -> JSON? {
        guard let index = Int(step), elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    private static func add(_ value: JSON, at path: [String], to document: inout JSON) throws(APIError) {
        try change(at: path[...], of: &document, whole: path) { parent, step throws(APIError) in
            guard let step else {
                parent = value
                return
            }
            guard var elements = parent.arrayValue else {
                guard parent.objectValue != nil else { throw missing(path) }
                parent[step] = value
                return
            }
            let index = step == "-" ? elements.count : Int(step) ?? -1
            guard (0...elements.count).contains(index) else { throw missing(path) }
            elements.insert(value, at: index)
            parent = .array(elements)
        }
    }

    private static func remove(at path: [String], from document: inout JSON) throws(APIError) {
        _ = try value(at: path, of: document)
        try change(at: path[...], of: &document, whole: path) { parent, step throws(APIError) in
            guard let step else { throw missing(path) }
            guard var elements = parent.arrayValue else {
                parent[step] = nil
                return
            }
            guard let index = Int(step), elements.indices.contains(index) else { throw missing(path) }
            elements.remove(at: index)
            parent = .array(elements)
        }
    }

    /// Calls `body` with what holds the last step of the path; with no step if the path is the whole document.
    private static func change(
        at path: ArraySlice<String>, of value: inout JSON, whole: [String],
        _ body: (inout JSON, String?) throws(APIError) -> Void
    ) throws(APIError) {
        guard let step = path.first, path.count > 1 else {
            try body(&value, path.first)
            return
        }
        if var elements = value.arrayValue {
            guard let index = Int(step), elements.indices.contains(index) else { throw missing(whole) }
            try change(at: path.dropFirst(), of: &elements[index], whole: whole, body)
            value = .array(elements)
        } else {
            guard var child = value[step] else { throw missing(whole) }
            try change(at: path.dropFirst(), of: &child, whole: whole, body)
            value[step] = child
        }
    }

    private static func missing(_ path: [String]) -> APIError {
        .unprocessable("the server rejected our request due to an error in our request")
    }
}
