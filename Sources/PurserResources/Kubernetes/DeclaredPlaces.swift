import PurserEngine
import PurserSyntax

/// Places and references below an attribute, by paths such as `mounts[0].secretProviderClass`.
extension DeclaredResource {
    /// The place of the deepest part of the path that has one, else of the resource's name.
    func place(_ path: String) -> SourceRange? {
        var path = Substring(path)
        while !path.isEmpty {
            if let found = ranges[String(path)] ?? ranges[Self.dotted(path)] { return found }
            guard let end = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { break }
            path = path[..<end]
        }
        return range
    }

    /// The place of exactly that path, if it is written.
    func writtenPlace(_ path: String) -> SourceRange? { ranges[path] }

    func reference(at path: String) -> Address? { references[path] }

    /// `data.tls.key` for `data["tls.key"]`, which is how places are listed.
    private static func dotted(_ path: Substring) -> String {
        String(path).replacing("[\"", with: ".").replacing("\"]", with: "")
    }
}

extension Diagnostics {
    /// Appends a problem of a resource at a path below its attributes.
    mutating func append(
        _ code: DiagnosticCode, _ message: String, in resource: DeclaredResource, _ path: String, hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        append(
            code, message, at: resource.place(path), hint: hint, address: resource.address.description,
            severity: severity)
    }
}
