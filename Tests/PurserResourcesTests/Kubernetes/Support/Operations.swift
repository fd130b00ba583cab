import PurserEngine
import Synchronization

/// An operation that remembers what it reports, and has no secrets to give.
struct TestOperation {
    private final class Reports: Sendable {
        let texts = Mutex<[String]>([])
        let waits = Mutex<[String]>([])
    }

    private struct NoSecrets: SecretInputs {
        let files: SecretSources?
        func path(of relative: String) -> String? { files?.path(of: relative) }
        func bytes(of source: Value) throws -> Sensitive<[UInt8]> { throw AttributeError(name: "none", found: nil) }
        func generated(length: Int) -> Sensitive<String> { Sensitive("") }
    }

    private let reported = Reports()
    let operation: Operation

    /// `directory` is the spec's, where a test needs one.
    init(
        _ address: String, environment: String = "example", forcesConflicts: Bool = false, directory: String? = nil
    ) {
        let reported = reported
        operation = Operation(
            environment: environment, address: Address(address),
            secrets: NoSecrets(files: directory.map { SecretSources(specPath: $0, processEnvironment: [:]) }),
            forcesConflicts: forcesConflicts,
            report: { text in reported.texts.withLock { $0.append(text) } },
            waiting: { text, left in
                reported.waits.withLock { $0.append("\(text), \(left.components.seconds) s left") }
            })
    }

    var reports: [String] { reported.texts.withLock { $0 } }
    var waits: [String] { reported.waits.withLock { $0 } }
}
