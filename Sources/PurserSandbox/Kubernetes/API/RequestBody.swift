/// The object in a request's body. Source: Kubernetes documentation, "Kubernetes API Concepts", "Alternate
/// representations of resources".
struct RequestBody {
    let request: SandboxRequest

    /// The media type without parameters; a body without one is JSON.
    var mediaType: String {
        let type = request.headers["Content-Type"] ?? "application/json"
        return String(type.prefix { $0 != ";" }).trimmingBlanks().lowercased()
    }

    /// - Throws: 400 if the body cannot be read, 415 if its form is not known.
    func object(of kind: String = "") throws -> JSON {
        switch mediaType {
        case "application/json", "": return try json(of: kind)
        case "application/yaml": return try yaml()
        case Protobuf.mediaType: return try Protobuf.object(from: request.body)
        default:
            throw APIError.unsupportedMediaType(
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json, application/yaml, application/vnd.kubernetes.protobuf")
        }
    }

    /// The options of a deletion; all are optional.
    func deleteOptions() throws -> JSON {
        request.body.isEmpty ? [:] : try object()
    }

    func json(of kind: String = "") throws -> JSON {
        if let document = try? request.json() { return document }
        let wanted = kind.isEmpty ? "" : "the object provided is unrecognized (must be of type \(kind)): "
        let problem = request.body.isEmpty ? "unexpected end of JSON input (<empty>)" : "the body is not JSON"
        throw APIError.badRequest("\(wanted)couldn't get version/kind; json parse error: \(problem)")
    }

    /// JSON is YAML too; clients nearly always send it.
    func yaml() throws -> JSON {
        if let document = try? request.json() { return document }
        do {
            return try YAMLDocument(parsing: String(decoding: request.body, as: UTF8.self)).json
        } catch {
            throw APIError.badRequest("error decoding YAML: \(error.text)")
        }
    }
}
