import PurserEngine
import PurserSyntax

/// Labels and annotations that Purser writes itself.
enum ReservedMarks {
    private static let reserved = [
        ("annotations", [ObjectOwner.environmentAnnotation, ObjectOwner.addressAnnotation]),
        ("labels", [ObjectOwner.managedByLabel]),
    ]

    static func check(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) {
        for (attribute, keys) in reserved {
            for key in keys where resource.known(attribute)?[key] != nil {
                diagnostics.append(
                    .reservedMark, "'\(key)' tells whose the object is and is written by Purser", in: resource,
                    "\(attribute)[\"\(key)\"]")
            }
        }
    }
}

extension DiagnosticCode {
    static let reservedMark = DiagnosticCode("spec/reserved-mark")
}
