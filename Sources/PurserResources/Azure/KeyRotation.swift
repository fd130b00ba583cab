import PurserClients
import PurserEngine
import PurserSyntax

/// When a vault makes the next version of a key by itself, or tells that it is time to.
///
/// Source: Key Vault REST reference, keys, `KeyRotationPolicy`, api-version 7.4; limits: Azure documentation, "Configure
/// cryptographic key auto-rotation".
struct KeyRotation: Sendable, Equatable {
    /// All in days.
    var rotateAfter: Int?
    var rotateBefore: Int?
    var notifyBefore: Int?
    /// After how many days a version expires.
    var expiresAfter: Int?

    static let attribute = Attribute<Value>.optional(
        "rotation",
        .record([
            Field("rotateAfter", .duration, "So long after it was made the vault replaces a version by the next."),
            Field("rotateBefore", .duration, "So long before a version expires the vault replaces it."),
            Field("notifyBefore", .duration, "So long before a version expires the vault tells subscribers."),
            Field("expiresAfter", .duration, "How long each new version is meant to be used."),
        ]), .updates,
        "When the vault makes the next version by itself. Counts for the key, not for a version; a change makes none.")

    static func path(_ key: String) -> String { "\(key)/rotationpolicy" }

    // MARK: Spec

    init(spec record: Value) {
        func days(_ name: String) -> Int? { record[name]?.string.flatMap(Self.days(in:)) }
        rotateAfter = days("rotateAfter")
        rotateBefore = days("rotateBefore")
        notifyBefore = days("notifyBefore")
        expiresAfter = days("expiresAfter")
    }

    /// In the spec's words, in the reference's spelling of a time where that means the same.
    func record(like reference: Value?) -> Value {
        var members: [String: Value] = [:]
        let all = [
            ("rotateAfter", rotateAfter), ("rotateBefore", rotateBefore), ("notifyBefore", notifyBefore),
            ("expiresAfter", expiresAfter),
        ]
        for (name, days) in all {
            guard let days else { continue }
            let written = reference?[name]?.string
            members[name] = .string(written.flatMap(Self.days(in:)) == days ? written ?? "" : "\(days)d")
        }
        return .object(members)
    }

    /// Whole days alone can be told to the service.
    static func days(in duration: String) -> Int? {
        guard let number = Int(duration.dropLast()), number > 0 else { return nil }
        switch duration.last {
        case "d": return number
        case "h" where number % 24 == 0: return number / 24
        default: return nil
        }
    }

    static func check(_ resource: DeclaredResource, _ diagnostics: inout Diagnostics) {
        guard let record = resource.known(attribute.name), record.object != nil else { return }
        for problem in problems(record) {
            diagnostics.append(
                .invalidValue, problem.text, at: resource.range(of: "\(attribute.name).\(problem.field)"),
                hint: problem.hint, address: resource.address.description)
        }
        let expires = ObjectLifetime.expires.name
        if KeyRotation(spec: record).expiresAfter != nil, resource.attributes[expires] != nil {
            diagnostics.append(
                .specContradiction, "both '\(expires)' and 'rotation.expiresAfter' say when the key expires",
                at: resource.range(of: expires), hint: "write one of them", address: resource.address.description)
        }
    }

    private struct Problem {
        let field: String
        let text: String
        var hint: String?
    }

    private static func problems(_ record: Value) -> [Problem] {
        var found = (record.object ?? [:]).keys.sorted().filter { days(in: record[$0]?.string ?? "") == nil }.map {
            Problem(
                field: $0, text: "'\($0)' is no number of whole days", hint: "write a number of days, such as 90d")
        }
        let rotation = KeyRotation(spec: record)
        if record["rotateAfter"] != nil, record["rotateBefore"] != nil {
            found.append(
                Problem(
                    field: "rotateBefore", text: "'rotation' says both 'rotateAfter' and 'rotateBefore'",
                    hint: "write one of them"))
        }
        if record["rotateBefore"] != nil, record["expiresAfter"] == nil {
            found.append(
                Problem(
                    field: "rotateBefore", text: "'rotateBefore' counts from an expiry, and versions have none",
                    hint: "write 'expiresAfter' as well, or 'rotateAfter'"))
        }
        if let days = rotation.expiresAfter, days < 28 {
            found.append(Problem(field: "expiresAfter", text: "versions last at least 28 days, not \(days)"))
        }
        for (field, days) in [("rotateAfter", rotation.rotateAfter), ("rotateBefore", rotation.rotateBefore)] {
            guard let days else { continue }
            if days < 7 { found.append(Problem(field: field, text: "'\(field)' is at least 7 days, not \(days)")) }
            if let all = rotation.expiresAfter, days > all - 7 {
                found.append(
                    Problem(field: field, text: "'\(field)' leaves less than 7 of the \(all) days that a version lasts")
                )
            }
        }
        return found
    }

    // MARK: Wire

    init(answer policy: JSONValue) {
        for action in policy["lifetimeActions"]?.array ?? [] {
            let after = action.at("trigger", "timeAfterCreate")?.string.flatMap(Self.days(ofPeriod:))
            let before = action.at("trigger", "timeBeforeExpiry")?.string.flatMap(Self.days(ofPeriod:))
            if action.at("action", "type")?.string?.lowercased() == "rotate" {
                rotateAfter = after
                rotateBefore = before
            } else {
                notifyBefore = before
            }
        }
        expiresAfter = policy.at("attributes", "expiryTime")?.string.flatMap(Self.days(ofPeriod:))
    }

    var json: JSONValue {
        func action(_ type: String, _ trigger: String, _ days: Int?) -> JSONValue? {
            days.map { ["trigger": .object([trigger: .string("P\($0)D")]), "action": ["type": .string(type)]] }
        }
        let actions = [
            action("Rotate", "timeAfterCreate", rotateAfter), action("Rotate", "timeBeforeExpiry", rotateBefore),
            action("Notify", "timeBeforeExpiry", notifyBefore),
        ]
        var attributes: JSONValue = [:]
        attributes["expiryTime"] = expiresAfter.map { .string("P\($0)D") }
        return ["lifetimeActions": .array(actions.compactMap(\.self)), "attributes": attributes]
    }

    /// What a key has of which nobody has said anything: no rotation, and word thirty days before it expires.
    static let usual = KeyRotation(answer: [
        "lifetimeActions": [["trigger": ["timeBeforeExpiry": "P30D"], "action": ["type": "Notify"]]]
    ])

    /// Days of a period of ISO 8601; a year counts 365 and a month 30 days.
    static func days(ofPeriod text: String) -> Int? {
        guard let match = text.wholeMatch(of: /P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?/) else { return nil }
        func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
        let (_, years, months, weeks, days) = match.output
        return number(years) * 365 + number(months) * 30 + number(weeks) * 7 + number(days)
    }
}
