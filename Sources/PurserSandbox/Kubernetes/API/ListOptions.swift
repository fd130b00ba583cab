/// From when on, and how much, a client wants of a collection.
///
/// Source: Kubernetes documentation, "Kubernetes API Concepts", "Resource versions"; validation of `ListOptions`, v1.36.
struct ListOptions: Sendable {
    /// 0 for any.
    let version: Int

    /// - Throws: 400 for what is no number, 422 for what does not go together.
    init(_ resource: ResourceRequest) throws(APIError) {
        for name in ["limit", "timeoutSeconds"] {
            guard let text = resource.parameter(name), !text.isEmpty, Int(text) == nil else { continue }
            throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
        }
        let text = resource.parameter("resourceVersion") ?? ""
        let causes = Self.causes(resource, text)
        if !causes.isEmpty { throw .invalidOptions("ListOptions", causes) }
        guard let version = text.isEmpty ? 0 : Int(text), version >= 0 else { throw Self.noVersion(resource, text) }
        self.version = version
    }

    private static func causes(_ resource: ResourceRequest, _ version: String) -> [APIError.Cause] {
        let field = "resourceVersionMatch"
        guard let match = resource.parameter(field), !match.isEmpty else { return [] }
        if resource.flag("watch") {
            if resource.flag("sendInitialEvents") { return [] }
            let first = APIError.Cause.forbidden(
                field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
            return match == "NotOlderThan"
                ? [first] : [first, .unsupported(field, match, ["NotOlderThan"])]
        }
        if version.isEmpty {
            return [.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")]
        }
        if !["Exact", "NotOlderThan"].contains(match) {
            return [.unsupported(field, match, ["Exact", "NotOlderThan"])]
        }
        return match == "Exact" && version == "0"
            ? [.forbidden(field, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")] : []
    }

    /// A watch that begins at no version ends in the server's cache, which has no status for it.
    private static func noVersion(_ resource: ResourceRequest, _ text: String) -> APIError {
        let problem =
            "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax"
        return resource.flag("watch")
            ? APIError(code: 500, reason: "", message: problem, details: [:])
            : .badRequest("invalid resource version: \(problem)")
    }

    /// - Throws: 504 for a version that there is not yet.
    func checkReached(_ current: Int) throws(APIError) {
        guard version > current else { return }
        throw APIError(
            code: 504, reason: "Timeout",
            message: "Timeout: Too large resource version: \(version), current: \(current)",
            details: [
                "causes": [["reason": "ResourceVersionTooLarge", "message": "Too large resource version"]],
                "retryAfterSeconds": 1,
            ])
    }
}
