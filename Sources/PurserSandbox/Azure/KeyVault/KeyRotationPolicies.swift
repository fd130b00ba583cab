/// When a key's next version comes. The policy is kept and counts for the expiry of versions; the sandbox makes none by
/// itself.
/// Source: Azure REST reference, Key Vault keys, `KeyRotationPolicy`, api-version 7.4.
struct KeyRotationPolicies: Sendable {
    let call: VaultCall

    func respond(_ name: String, in store: isolated Store) throws -> SandboxResponse {
        let changes = call.method == "PUT"
        try VaultAccess(call: call).require(
            changes ? "setrotationpolicy" : "getrotationpolicy", on: .keys, named: name, in: store)
        var object = try VaultObject.live(.keys, name, call, in: store)
        guard !object.isManaged else { throw VaultDeletion.managed(object, "rotate") }
        if changes {
            var policy = try Self.checked(try call.object())
            let former = object.document["rotationPolicy"]
            policy[path: "attributes", "created"] = former?[path: "attributes", "created"] ?? .int(call.now)
            policy[path: "attributes", "updated"] = .int(call.now)
            object.document["rotationPolicy"] = policy
            try object.save(call, in: store)
        }
        var answer = object.document["rotationPolicy"] ?? Self.usual
        answer["id"] = .string("\(object.id(call))/rotationpolicy")
        return .json(answer)
    }

    private static let usual: JSON = [
        "lifetimeActions": [["trigger": ["timeBeforeExpiry": "P30D"], "action": ["type": "Notify"]]],
        "attributes": [:],
    ]

    /// The policy with every action in the spelling of the reference.
    /// - Throws: 400 `BadParameter`.
    private static func checked(_ asked: JSON) throws -> JSON {
        let expiry = try asked[path: "attributes", "expiryTime"].flatMap { try days($0) }
        if let expiry, expiry < 28 { throw bad("expiryTime is at least P28D.") }
        let actions = try (asked["lifetimeActions"]?.arrayValue ?? []).map { action -> JSON in
            let type = (action[path: "action", "type"]?.stringValue ?? "").lowercased()
            guard ["rotate", "notify"].contains(type) else { throw bad("An action is Rotate or Notify.") }
            let after = try action[path: "trigger", "timeAfterCreate"].flatMap { try days($0) }
            let before = try action[path: "trigger", "timeBeforeExpiry"].flatMap { try days($0) }
            guard (after == nil) != (before == nil) else { throw bad("A trigger has one time.") }
            guard type == "rotate" || before != nil else { throw bad("Notify is triggered by timeBeforeExpiry.") }
            if type == "rotate", before != nil, expiry == nil { throw bad("timeBeforeExpiry needs expiryTime.") }
            if let time = after ?? before, time < 7 || time > (expiry ?? .max) - 7, type == "rotate" {
                throw bad("A rotation is at least P7D after the creation and P7D before the expiry.")
            }
            return ["trigger": action["trigger"] ?? [:], "action": ["type": type == "rotate" ? "Rotate" : "Notify"]]
        }
        var attributes: JSON = [:]
        attributes["expiryTime"] = asked[path: "attributes", "expiryTime"]
        return ["lifetimeActions": .array(actions), "attributes": attributes]
    }

    /// Days after which a new version of the key expires.
    static func expiry(of object: VaultObject) -> Int? {
        object.document[path: "rotationPolicy", "attributes", "expiryTime"].flatMap { try? days($0) }
    }

    private static func days(_ period: JSON) throws -> Int? {
        if period.isNull { return nil }
        guard let text = period.stringValue,
            let match = text.wholeMatch(of: /P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?/), text != "P"
        else { throw bad("A time is a period of ISO 8601 in years, months or days.") }
        func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
        return number(match.output.1) * 365 + number(match.output.2) * 30 + number(match.output.3)
    }

    private static func bad(_ message: String) -> AzureError { AzureError(400, "BadParameter", message) }
}
