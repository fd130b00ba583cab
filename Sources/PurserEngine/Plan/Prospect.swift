/// What can be told beforehand of a change by looking beyond the resource's own attributes: what a chart renders, say.
package struct Prospect: Sendable, Hashable {
    /// Outputs that are known already, such as the digest of what would be installed.
    package var outputs: Attributes
    /// Differences that only this look tells.
    package var differences: [Difference]
    package var objects: ObjectChanges
    package var notes: [String]
    /// Why an action could not be undone; what the kind says of it by itself counts where nothing is said here.
    package var irreversible: [Action: String]
    /// Why an action cannot be carried out at all.
    package var obstacles: [Action: Obstacle]

    package init(
        outputs: Attributes = Attributes(), differences: [Difference] = [], objects: ObjectChanges = ObjectChanges(),
        notes: [String] = [], irreversible: [Action: String] = [:], obstacles: [Action: Obstacle] = [:]
    ) {
        self.outputs = outputs
        self.differences = differences
        self.objects = objects
        self.notes = notes
        self.irreversible = irreversible
        self.obstacles = obstacles
    }
}

/// What a change makes of the objects that stand behind a resource, as far as there is room to tell it.
package struct ObjectChanges: Sendable, Hashable {
    package var changes: [ObjectChange]
    /// How many more there are.
    package var omitted: Int

    package init(_ changes: [ObjectChange] = [], omitted: Int = 0) {
        self.changes = changes
        self.omitted = omitted
    }

    package var isEmpty: Bool { changes.isEmpty && omitted == 0 }
}

/// One object that comes, goes, or becomes another.
package struct ObjectChange: Sendable, Hashable, Codable {
    /// Which object, as its own system names it.
    package struct Identity: Sendable, Hashable, Codable, Comparable {
        package let apiVersion: String
        package let kind: String
        /// Nil if the object has none, or is where the resource itself is.
        package let namespace: String?
        package let name: String

        package init(apiVersion: String, kind: String, namespace: String?, name: String) {
            self.apiVersion = apiVersion
            self.kind = kind
            self.namespace = namespace
            self.name = name
        }

        /// `Deployment web/site`.
        package var text: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }

        package static func < (left: Identity, right: Identity) -> Bool {
            (left.kind, left.namespace ?? "", left.name, left.apiVersion)
                < (right.kind, right.namespace ?? "", right.name, right.apiVersion)
        }
    }

    package let object: Identity
    /// `create`, `update`, `delete`, or `none` for one that stays although it is no longer wanted.
    package let action: Action
    /// Field by field, of an update.
    package let differences: [Difference]
    /// How many more fields differ.
    package let omitted: Int

    package init(_ object: Identity, _ action: Action, _ differences: [Difference] = [], omitted: Int = 0) {
        self.object = object
        self.action = action
        self.differences = differences
        self.omitted = omitted
    }

    private enum CodingKeys: String, CodingKey {
        case object, action, differences
        case omitted = "omitted_differences"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        object = try members.decode(Identity.self, forKey: .object)
        action = try members.decode(Action.self, forKey: .action)
        differences = try members.decode([PlanDocument.DifferencePart].self, forKey: .differences).map(\.difference)
        omitted = try members.decodeIfPresent(Int.self, forKey: .omitted) ?? 0
    }

    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(object, forKey: .object)
        try members.encode(action, forKey: .action)
        try members.encode(differences.map(PlanDocument.DifferencePart.init), forKey: .differences)
        if omitted > 0 { try members.encode(omitted, forKey: .omitted) }
    }
}
