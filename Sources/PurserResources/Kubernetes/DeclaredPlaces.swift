import PurserEngine
import PurserSyntax

/// References below an attribute, by paths such as `mounts[0].secretProviderClass`.
extension DeclaredResource {
    func reference(at path: String) -> Address? { references[path] }
}

extension Diagnostics {
    /// Appends a problem of a resource at a path below its attributes.
    mutating func append(
        _ code: DiagnosticCode, _ message: String, in resource: DeclaredResource, _ path: String, hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        append(
            code, message, at: resource.range(of: path), hint: hint, address: resource.address.description,
            severity: severity)
    }
}
