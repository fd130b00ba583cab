import Foundation

/// A fault ordered for some of the calls that come in.
struct FaultRule: Sendable {
    enum Plane: String, Sendable {
        case arm, vault, blob, entra, kubernetes, graph, charts
    }

    enum Moment: String, Sendable {
        /// The request is not carried out.
        case before
        /// The request is carried out, and its answer lost.
        case after
    }

    enum Fault: Sendable {
        case status(Int, code: String?, retryAfter: Int?)
        case delay(Duration)
        case reset(Moment)
        case truncate(bytes: Int)
        case crash(Moment)

        /// Whether nothing else can happen to the call.
        var endsCall: Bool {
            if case .delay = self { false } else { true }
        }
    }

    /// Which calls are meant; what is nil matches every call.
    struct Match: Sendable {
        var method: String?
        /// A glob over the whole path; or, when it begins with `~` or `^` or ends with `$`, a regular expression found
        /// somewhere in it. Letter case does not count.
        var path: String?
        var host: String?
        var plane: Plane?
        /// Whether calls that ask to change nothing are meant in place of those that do.
        var dryRun = false
    }

    let id: String
    let match: Match
    /// Calls that match and are let through first.
    let skip: Int
    /// Calls that then meet the fault; nil for all.
    let times: Int?
    let fault: Fault

    /// Reads a rule as the admin endpoint takes it.
    /// - Throws: a `FaultRuleError` that says what is wrong with the document.
    init(_ document: JSON, number: Int) throws {
        id = document["id"]?.stringValue ?? "fault-\(number)"
        match = try Match(document["match"] ?? [:])
        skip = document["skip"]?.intValue ?? 0
        times = document["times"]?.intValue
        fault = try Self.fault(document["fault"] ?? .null)
    }

    private static func fault(_ document: JSON) throws -> Fault {
        if let status = document["status"]?.intValue {
            guard (400...599).contains(status) else { throw FaultRuleError("a faulty status is from 400 to 599") }
            return .status(
                status, code: document["code"]?.stringValue, retryAfter: document["retryAfter"]?.intValue)
        }
        if let delay = document["delay"] {
            guard let seconds = delay.numberValue, seconds >= 0 else {
                throw FaultRuleError("delay is a number of seconds")
            }
            return .delay(.milliseconds(Int(seconds * 1000)))
        }
        if let reset = document["reset"] { return .reset(try moment(reset)) }
        if let bytes = document["truncate"]?.intValue, bytes >= 0 { return .truncate(bytes: bytes) }
        if let crash = document["crash"] { return .crash(crash == true ? .before : try moment(crash)) }
        throw FaultRuleError("fault is one of status, delay, reset, truncate, crash")
    }

    private static func moment(_ document: JSON) throws -> Moment {
        guard let moment = document.stringValue.flatMap(Moment.init) else {
            throw FaultRuleError("reset and crash come 'before' or 'after' the request is carried out")
        }
        return moment
    }
}

struct FaultRuleError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension FaultRule.Match {
    init(_ document: JSON) throws {
        method = document["method"]?.stringValue
        path = document["path"]?.stringValue
        host = document["host"]?.stringValue
        dryRun = document["dryRun"]?.boolValue ?? false
        if let name = document["plane"]?.stringValue {
            guard let named = FaultRule.Plane(rawValue: name) else { throw FaultRuleError("no plane '\(name)'") }
            plane = named
        }
        if let path, (try? Regex(Self.expression(path))) == nil {
            throw FaultRuleError("path is neither a glob nor a regular expression")
        }
    }

    func covers(_ request: SandboxRequest, on plane: FaultRule.Plane) -> Bool {
        guard request.isDryRun == dryRun else { return false }
        if let expected = self.plane, expected != plane { return false }
        if let method, method.uppercased() != request.method { return false }
        if let host, !Self.matches(request.host, host) { return false }
        if let path, !Self.matches(request.path, path) { return false }
        return true
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let expression = try? Regex(expression(pattern)).ignoresCase() else { return false }
        return text.firstMatch(of: expression) != nil
    }

    /// A pattern that begins with `^`, `~` or ends with `$` is a regular expression; any other is a glob over the
    /// whole text, in which `*` stands for any run of characters, slashes included.
    private static func expression(_ pattern: String) -> String {
        if pattern.hasPrefix("~") { return String(pattern.dropFirst()) }
        if pattern.hasPrefix("^") || pattern.hasSuffix("$") { return pattern }
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        return "^" + parts.map { NSRegularExpression.escapedPattern(for: String($0)) }.joined(separator: ".*") + "$"
    }
}

extension JSON {
    var numberValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}
