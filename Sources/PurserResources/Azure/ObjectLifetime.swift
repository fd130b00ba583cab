import PurserClients
import PurserEngine
import PurserSyntax

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whether a version of a secret may be read, and from when until when it is meant to be used.
///
/// Key Vault counts in seconds since 1970; it does not refuse to read what is not valid yet or any more. Source: Key Vault
/// REST reference, `SecretAttributes`, api-version 7.4.
enum ObjectLifetime {
    static let enabled = Attribute<Bool>.optional(
        "enabled", default: true, .updates, "Whether it can be read. Pods cannot mount what is disabled.")
    static let notBefore = Attribute<String>.optional(
        "notBefore", .text(timeRule), .updates, "From when on it is meant to be used. Not enforced by the vault.")
    static let expires = Attribute<String>.optional(
        "expires", .text(timeRule), .updates, "Until when it is meant to be used. Not enforced by the vault.")

    static let times = Attribute<[String: Int]>.computed(
        "times", "Its times as the vault has them, whoever set them: seconds since 1970.")

    private static let timeRule = TextRule("a day, or a time of UTC, such as 2027-01-31 or 2027-01-31T08:00:00Z") {
        text in
        seconds(text) == nil ? "is no day and no time of UTC" : nil
    }

    /// Seconds since 1970 of a day's beginning or a time of UTC; nil for other texts.
    static func seconds(_ text: String) -> Int? {
        let full = text.count == 10 ? "\(text)T00:00:00Z" : text
        guard full.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil,
            let date = try? Date(full, strategy: .iso8601)
        else { return nil }
        return Int(date.timeIntervalSince1970)
    }

    static func text(_ seconds: Int) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    // MARK: Spec

    /// Brings times into one form, and checks them against each other.
    static func derive(_ resource: inout DeclaredResource, _ diagnostics: inout Diagnostics) {
        for name in [notBefore.name, expires.name] {
            guard let time = resource.known(name)?.string.flatMap(seconds) else { continue }
            resource.attributes[name] = .literal(.string(text(time)))
        }
        guard let from = resource.known(notBefore.name)?.string.flatMap(seconds),
            let until = resource.known(expires.name)?.string.flatMap(seconds), from >= until
        else { return }
        diagnostics.append(
            .specContradiction, "\(resource.address) expires before it may be used",
            at: resource.range(of: expires.name), hint: "write a later time", address: resource.address.description)
    }

    // MARK: Wire

    /// Times that the spec leaves out are not sent: the service keeps what it has.
    static func json(_ desired: Attributes) -> JSONValue {
        var members: JSONValue = ["enabled": .bool(desired[enabled] ?? true)]
        members["nbf"] = desired[notBefore].flatMap(seconds).map(JSONValue.integer)
        members["exp"] = desired[expires].flatMap(seconds).map(JSONValue.integer)
        return members
    }

    /// Whether the live version says all that is wanted.
    static func isAsWanted(_ body: JSONValue, _ desired: Attributes) -> Bool {
        let live = body["attributes"]
        let wanted = json(desired)
        return (live?["enabled"]?.bool ?? true) == wanted["enabled"]?.bool
            && ["nbf", "exp"].allSatisfy { wanted[$0] == nil || wanted[$0]?.int == live?[$0]?.int }
    }

    /// Whether a time that was there is to go: only a new version is without one.
    static func drops(_ current: Attributes, _ desired: Attributes) -> Bool {
        [notBefore, expires].contains { current[$0] != nil && desired[$0] == nil }
    }

    /// What a former version's times were, as if the spec had asked for them.
    static func restoring(_ former: Attributes) -> Attributes {
        guard let times = former[times] else { return former }
        var result = former
        result[notBefore] = times["nbf"].map(text)
        result[expires] = times["exp"].map(text)
        return result
    }

    /// Whether the live version has a time that the former one had not: only a new version is without it.
    static func hasMore(_ body: JSONValue, than former: Attributes) -> Bool {
        guard let times = former[times] else { return false }
        return ["nbf", "exp"].contains { times[$0] == nil && body.at("attributes", $0)?.int != nil }
    }

    /// Times count only where the record or the spec knows them.
    static func observe(_ body: JSONValue, into found: inout Attributes, known: Attributes, wanted: Attributes?) {
        let live = body["attributes"]
        found[enabled] = live?["enabled"]?.bool ?? true
        for (attribute, member) in [(notBefore, "nbf"), (expires, "exp")] {
            let counts = known[attribute] != nil || wanted?[attribute] != nil
            found[attribute] = counts ? live?[member]?.int.map(text) : nil
        }
        let known: [(String, Int)] = ["nbf", "exp"].compactMap { name in live?[name]?.int.map { (name, $0) } }
        found[times] = Dictionary(uniqueKeysWithValues: known)
    }
}
