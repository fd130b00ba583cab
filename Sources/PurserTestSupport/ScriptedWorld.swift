package import PurserEngine
package import PurserSyntax

/// A service in memory, for tests of the engine: what scripted kinds create, read, update and delete.
///
/// Faults can be ordered for single calls, and every call is logged in the order in which it came in.
package actor ScriptedWorld {
    package enum Method: String, Sendable, Hashable, CaseIterable {
        case read, readDeleted, remembered, create, recover, update, delete

        package var writes: Bool {
            switch self {
            case .read, .readDeleted, .remembered: false
            case .create, .recover, .update, .delete: true
            }
        }
    }

    package struct Call: Sendable, Hashable, CustomStringConvertible {
        package let method: Method
        package let key: Key

        package var description: String { "\(method.rawValue) \(key)" }
    }

    /// Which object: its kind and the values of the kind's identity.
    package struct Key: Sendable, Hashable, Comparable, CustomStringConvertible {
        package let kind: KindName
        package let name: String

        package init(kind: KindName, name: String) {
            self.kind = kind
            self.name = name
        }

        package var description: String { "\(kind)/\(name)" }

        package static func < (left: Key, right: Key) -> Bool { left.description < right.description }
    }

    package struct Object: Sendable, Hashable {
        /// Without sensitive attributes.
        package var attributes: Attributes
        package var secrets: [String: [UInt8]]
        package var owner: Owner?

        package init(_ attributes: Attributes, secrets: [String: [UInt8]] = [:], owner: Owner? = nil) {
            self.attributes = attributes
            self.secrets = secrets
            self.owner = owner
        }
    }

    /// A failure that is ordered.
    package struct Fault: Sendable {
        package enum Moment: Sendable {
            /// The call is not carried out.
            case before
            /// The call is carried out, and its answer lost.
            case after
        }

        package var method: Method?
        package var name: String?
        /// Calls that match and are let through first.
        package var skip: Int
        /// Calls that then fail; nil for all.
        package var times: Int?
        package var moment: Moment
        package var failure: ScriptedFailure
        /// Whether calls that only look are let through without being counted.
        package var onlyWrites: Bool

        package init(
            _ method: Method? = nil, name: String? = nil, skip: Int = 0, times: Int? = 1, moment: Moment = .before,
            failure: ScriptedFailure = ScriptedFailure(), onlyWrites: Bool = false
        ) {
            self.onlyWrites = onlyWrites
            self.method = method
            self.name = name
            self.skip = skip
            self.times = times
            self.moment = moment
            self.failure = failure
        }
    }

    package private(set) var objects: [Key: Object] = [:]
    package private(set) var deleted: [Key: Object] = [:]
    package private(set) var calls: [Call] = []
    private var faults: [Fault] = []
    private var hooks: [Method: @Sendable (Key) async -> Void] = [:]
    private var serial = 0

    package init() {}

    package func order(_ fault: Fault) { faults.append(fault) }
    package func clearFaults() { faults = [] }
    package func clearCalls() { calls = [] }
    package var writes: [Call] { calls.filter(\.method.writes) }

    /// What runs within a call, before it is carried out: to hold it, or to look at what happens beside it.
    package func onCall(_ method: Method, _ hook: @escaping @Sendable (Key) async -> Void) { hooks[method] = hook }

    /// Sets an object as somebody else would, or removes it.
    package func put(_ key: Key, _ object: Object?) { objects[key] = object }
    package func putDeleted(_ key: Key, _ object: Object?) { deleted[key] = object }

    /// All that a client can observe but outputs: for comparing the world before and after.
    package func contents(without volatile: Set<String> = []) -> [Key: Object] {
        objects.mapValues { object in
            var object = object
            for name in volatile { object.attributes.values[name] = nil }
            return object
        }
    }

    /// Logs a call, runs its hook, and fails it if a fault says so. Returns the failure to throw after carrying it out.
    func begin(_ method: Method, _ key: Key) async throws -> ScriptedFailure? {
        calls.append(Call(method: method, key: key))
        if let hook = hooks[method] { await hook(key) }
        for index in faults.indices where matches(faults[index], method, key) {
            if faults[index].skip > 0 {
                faults[index].skip -= 1
                continue
            }
            if let left = faults[index].times {
                guard left > 0 else { continue }
                faults[index].times = left - 1
            }
            if faults[index].moment == .before { throw faults[index].failure }
            var failure = faults[index].failure
            failure.outcomeUnknown = true
            return failure
        }
        return nil
    }

    private func matches(_ fault: Fault, _ method: Method, _ key: Key) -> Bool {
        (fault.method == nil || fault.method == method) && (fault.name == nil || fault.name == key.name)
            && (method.writes || !fault.onlyWrites)
    }

    func nextID() -> Int {
        serial += 1
        return serial
    }

    func store(_ key: Key, _ object: Object) {
        objects[key] = object
        deleted[key] = nil
    }

    func remove(_ key: Key, keeping: Bool) {
        if keeping, let object = objects[key] { deleted[key] = object }
        objects[key] = nil
    }

    func purge(_ key: Key) { deleted[key] = nil }
}

/// The failure of a scripted call.
package struct ScriptedFailure: OperationFailure, Hashable {
    package var category: FailureCategory
    package var diagnosticCode: DiagnosticCode
    package var summary: String
    package var hint: String?
    package var traceIDs: [String]
    package var outcomeUnknown: Bool

    package init(
        _ summary: String = "the service answered 500", category: FailureCategory = .failed,
        code: DiagnosticCode = DiagnosticCode("test/failed"), hint: String? = nil, traceIDs: [String] = [],
        outcomeUnknown: Bool = false
    ) {
        self.category = category
        diagnosticCode = code
        self.summary = summary
        self.hint = hint
        self.traceIDs = traceIDs
        self.outcomeUnknown = outcomeUnknown
    }
}
