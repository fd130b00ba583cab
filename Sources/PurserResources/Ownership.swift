import PurserClients
import PurserEngine

/// The marks by which everything created says whose it is. Azure carries them as tags.
enum Ownership {
    static let environmentTag = "purser-environment"
    static let addressTag = "purser-address"

    /// Tag names are compared without regard to case, as Azure Resource Manager does.
    static func isMark(_ tag: String) -> Bool {
        let tag = tag.lowercased()
        return tag == environmentTag || tag == addressTag
    }

    /// Whose the carrier of these tags is, if they say so.
    static func owner(in tags: [String: String]) -> Owner? {
        func mark(_ name: String) -> String? { tags.first { $0.key.lowercased() == name }?.value }
        return mark(environmentTag).map { Owner(environment: $0, address: mark(addressTag).map { Address($0) }) }
    }

    static func marks(of owner: Owner) -> [String: String] {
        var marks = [environmentTag: owner.environment]
        marks[addressTag] = owner.address?.description
        return marks
    }

    /// Whether what carries these tags was made for the operation's own resource.
    static func isOurs(_ tags: [String: String], _ operation: Operation) -> Bool {
        owner(in: tags) == operation.owner
    }
}

/// The tags of an Azure resource, apart by who set them: the spec, Purser's marks, and others.
struct TagSet: Sendable, Equatable {
    let live: [String: String]

    /// From a resource's body; no tags at all where it has none.
    init(_ body: JSONValue?) {
        live = body?["tags"]?.object?.compactMapValues(\.string) ?? [:]
    }

    var owner: Owner? { Ownership.owner(in: live) }

    /// All tags but the marks.
    var unmarked: [String: String] { live.filter { !Ownership.isMark($0.key) } }

    /// The tags whose names the record or the spec knows; without either, all of them.
    func managed(known: Attributes, wanted: Attributes?) -> [String: String] {
        let names = [known, wanted].compactMap { $0?[AzureAttributes.tags] }.flatMap(\.keys)
        if names.isEmpty, known[AzureAttributes.tags] == nil, wanted == nil { return unmarked }
        let managed = Set(names)
        return unmarked.filter { managed.contains($0.key) }
    }

    /// What to send so that the spec's tags are as `desired` says, and those of others stay.
    ///
    /// A tag that `current` manages and `desired` does not have goes. `others`, the record of others' tags in a former
    /// state, restores that state: a tag that it does not have was set since, and goes too.
    func updated(
        from current: Attributes, to desired: Attributes, owner: Owner, others: [String: String]? = nil
    ) -> JSONValue {
        let dropped = Set((current[AzureAttributes.tags] ?? [:]).keys)
        var tags = unmarked.filter { !dropped.contains($0.key) && (others == nil || others?[$0.key] != nil) }
        tags.merge(desired[AzureAttributes.tags] ?? [:]) { _, wanted in wanted }
        return Self.json(tags.merging(Ownership.marks(of: owner)) { _, mark in mark })
    }

    /// The tags of a new resource.
    static func created(_ desired: Attributes, owner: Owner) -> JSONValue {
        json((desired[AzureAttributes.tags] ?? [:]).merging(Ownership.marks(of: owner)) { _, mark in mark })
    }

    static func json(_ tags: [String: String]) -> JSONValue { .object(tags.mapValues { .string($0) }) }
}
