package import PurserSyntax

extension DiagnosticCode {
    package static let alreadyExists = DiagnosticCode(rawValue: "plan/already-exists")
    package static let existingNotFound = DiagnosticCode(rawValue: "plan/existing-not-found")
    package static let protectedResource = DiagnosticCode(rawValue: "plan/protected")
    package static let obstacle = DiagnosticCode(rawValue: "plan/obstacle")
    package static let fieldConflict = DiagnosticCode(rawValue: "plan/field-conflict")
    package static let notSeen = DiagnosticCode(rawValue: "plan/not-seen")
}

/// What a plan could not see.
extension Diagnostics {
    mutating func append(unreadable failure: Failure, _ resource: DeclaredResource, isRecorded: Bool) {
        append(
            .notSeen, "\(resource.address) could not be looked at: \(failure.summary)", at: resource.range,
            hint: failure.hint ?? (isRecorded ? "the plan compares with what is recorded" : nil),
            notes: Self.notes(of: failure, isRecorded: isRecorded),
            severity: Self.severity(of: failure, isRecorded: isRecorded))
    }

    mutating func append(missed: [Address: [String]], in graph: ResourceGraph) {
        for (address, texts) in missed.sorted(by: { $0.key < $1.key }) {
            for text in texts {
                append(
                    .notSeen, "\(address): \(text)", at: graph[address]?.range, address: address.description,
                    severity: .warning)
            }
        }
    }

    /// Of a resource that only state has.
    mutating func append(unreadable failure: Failure, undeclared address: Address) {
        append(
            .notSeen, "\(address) could not be looked at: \(failure.summary)", at: nil, hint: failure.hint,
            address: address.description, severity: failure.category == .notAllowed ? .warning : .error)
    }

    /// A plan may be made by somebody who may not see everything, but not without a look at what it would create.
    private static func severity(of failure: Failure, isRecorded: Bool) -> Diagnostic.Severity {
        switch failure.category {
        case .notSignedIn: .error
        case .notAllowed: .warning
        case .failed, .timedOut: isRecorded ? .warning : .error
        }
    }

    /// A warning is part of the plan, which the same world must give again letter by letter: it names no request.
    private static func notes(of failure: Failure, isRecorded: Bool) -> [Diagnostic.Note] {
        guard severity(of: failure, isRecorded: isRecorded) == .error else { return [] }
        return (failure.details + failure.traceIDs).map { Diagnostic.Note($0) }
    }
}
