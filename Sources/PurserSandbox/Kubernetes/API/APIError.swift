/// An answer other than success, as a `Status` object.
/// Source: Kubernetes API reference v1.33, `meta/v1 Status`; API conventions, "Response status kind".
struct APIError: Error, Equatable {
    /// One reason why an object is refused.
    struct Cause: Equatable {
        /// `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict`, …
        var reason: String
        var message: String
        var field: String
    }

    var code: Int
    var reason: String
    var message: String
    var details: JSON?

    var status: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
            "message": .string(message), "reason": .string(reason), "code": .int(code),
        ]
        status["details"] = details
        return status
    }

    var response: SandboxResponse {
        var headers: Headers = ["Content-Type": "application/json"]
        if code == 401 { headers["WWW-Authenticate"] = "Bearer realm=\"kubernetes\"" }
        if code == 429 { headers["Retry-After"] = "1" }
        return .json(code, status, headers: headers)
    }
}

extension APIError {
    static func notFound(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            code: 404, reason: "NotFound", message: "\(type.qualifiedName) \"\(name)\" not found",
            details: details(type, name))
    }

    /// A path that no resource stands behind.
    static let noSuchPath = APIError(
        code: 404, reason: "NotFound", message: "the server could not find the requested resource",
        details: [:])

    static func alreadyExists(_ type: ResourceType, _ name: String) -> APIError {
        APIError(
            code: 409, reason: "AlreadyExists", message: "\(type.qualifiedName) \"\(name)\" already exists",
            details: details(type, name))
    }

    static func conflict(_ type: ResourceType, _ name: String, _ why: String? = nil) -> APIError {
        let why =
            why ?? "the object has been modified; please apply your changes to the latest version and try again"
        return APIError(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(type.qualifiedName) \"\(name)\": \(why)",
            details: details(type, name))
    }

    /// Parameters of a request that cannot be.
    static func invalidOptions(_ kind: String, _ causes: [Cause]) -> APIError {
        APIError(
            code: 422, reason: "Invalid",
            message: "\(kind).meta.k8s.io \"\" is invalid: \(list(causes))",
            details: [
                "group": "meta.k8s.io", "kind": .string(kind), "causes": .array(causes.map(\.document)),
            ])
    }

    private static func list(_ causes: [Cause]) -> String {
        let texts = causes.map { "\($0.field): \($0.message)" }
        return texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]"
    }

    static func invalid(_ type: ResourceType, _ name: String, _ causes: [Cause]) -> APIError {
        var details = details(type, name, kind: type.kind)
        details["causes"] = .array(causes.map(\.document))
        return APIError(
            code: 422, reason: "Invalid", message: "\(type.qualifiedKind) \"\(name)\" is invalid: \(list(causes))",
            details: details)
    }

    static func forbidden(_ type: ResourceType, _ name: String, _ why: String, causes: [Cause] = []) -> APIError {
        var details = details(type, name)
        if !causes.isEmpty { details["causes"] = .array(causes.map(\.document)) }
        let subject = name.isEmpty ? type.qualifiedName : "\(type.qualifiedName) \"\(name)\""
        return APIError(
            code: 403, reason: "Forbidden", message: "\(subject) is forbidden: \(why)", details: details)
    }

    /// The same for what is no resource of the API: users and groups.
    static func forbidden(_ resource: String, _ name: String, _ why: String) -> APIError {
        let subject = name.isEmpty ? resource : "\(resource) \"\(name)\""
        var details: JSON = ["kind": .string(resource)]
        if !name.isEmpty { details["name"] = .string(name) }
        return APIError(code: 403, reason: "Forbidden", message: "\(subject) is forbidden: \(why)", details: details)
    }

    /// Fields that other managers own, and whose values an apply would change.
    static func applyConflict(_ causes: [Cause]) -> APIError {
        let count = causes.count
        let managers = Set(causes.map(\.message)).sorted()
        let list =
            count == 1
            ? "\(causes[0].message): \(causes[0].field)"
            : managers.map { manager in
                let fields = causes.filter { $0.message == manager }.map { "- \($0.field)" }
                return "\(manager):\n" + fields.joined(separator: "\n")
            }.joined(separator: "\n")
        let plural = count == 1 ? "conflict" : "conflicts"
        return APIError(
            code: 409, reason: "Conflict", message: "Apply failed with \(count) \(plural): \(list)",
            details: ["causes": .array(causes.map(\.document))])
    }

    static func badRequest(_ message: String) -> APIError {
        APIError(code: 400, reason: "BadRequest", message: message)
    }

    static func unprocessable(_ message: String) -> APIError {
        APIError(code: 422, reason: "Invalid", message: message, details: [:])
    }

    static func unsupportedMediaType(_ message: String) -> APIError {
        APIError(code: 415, reason: "UnsupportedMediaType", message: message)
    }

    static let methodNotAllowed = APIError(
        code: 405, reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource", details: [:])

    static let unauthorized = APIError(code: 401, reason: "Unauthorized", message: "Unauthorized")

    static func expired(_ version: Int, oldest: Int) -> APIError {
        APIError(code: 410, reason: "Expired", message: "too old resource version: \(version) (\(oldest))")
    }

    static func internalError(_ message: String) -> APIError {
        APIError(
            code: 500, reason: "InternalError", message: "Internal error occurred: \(message)",
            details: ["causes": [["message": .string(message)]]])
    }

    private static func details(_ type: ResourceType, _ name: String, kind: String? = nil) -> JSON {
        var details: JSON = ["kind": .string(kind ?? type.plural)]
        if !name.isEmpty { details["name"] = .string(name) }
        if !type.group.isEmpty { details["group"] = .string(type.group) }
        return details
    }
}

extension APIError.Cause {
    var document: JSON {
        ["reason": .string(reason), "message": .string(message), "field": .string(field)]
    }

    static func required(_ field: String, _ detail: String = "") -> Self {
        Self(
            reason: "FieldValueRequired", message: detail.isEmpty ? "Required value" : "Required value: \(detail)",
            field: field)
    }

    /// `value` is shown as Go shows it: strings in quotes.
    static func invalid(_ field: String, _ value: JSON, _ detail: String) -> Self {
        Self(reason: "FieldValueInvalid", message: "Invalid value: \(shown(value)): \(detail)", field: field)
    }

    static func forbidden(_ field: String, _ detail: String) -> Self {
        Self(reason: "FieldValueForbidden", message: "Forbidden: \(detail)", field: field)
    }

    static func unsupported(
        _ field: String, _ value: String, _ supported: [String], quoted: Bool = true
    ) -> Self {
        let value = quoted ? "\"\(value)\"" : value
        let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
        return Self(
            reason: "FieldValueNotSupported", message: "Unsupported value: \(value): supported values: \(list)",
            field: field)
    }

    static func duplicate(_ field: String, _ value: String) -> Self {
        Self(reason: "FieldValueDuplicate", message: "Duplicate value: \"\(value)\"", field: field)
    }

    private static func shown(_ value: JSON) -> String { String(decoding: value.bytes(), as: UTF8.self) }
}
