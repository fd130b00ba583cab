import PurserEngine
import PurserSyntax

/// Labels and annotations that Purser writes itself.
enum ReservedMarks {
    static func check(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) {
        let reserved = [
            "labels": [ObjectOwner.managedByLabel],
            "annotations": [ObjectOwner.environmentAnnotation, ObjectOwner.addressAnnotation],
        ]
        for (attribute, keys) in reserved.sorted(by: { $0.key < $1.key }) {
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
