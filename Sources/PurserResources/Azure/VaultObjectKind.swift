package import PurserClients
package import PurserEngine

/// What secrets, certificates and keys do in the same way: taking a name that is free or ours, soft deletion, recovery.
package protocol VaultObjectKind: ResourceKind {
    var objects: VaultObjects { get }

    /// Makes the object, whose name is free.
    func make(
        _ desired: Attributes, _ place: VaultObjects.Place, _ operation: Operation
    ) async throws -> Attributes

    /// The attributes that a body of the service tells.
    func observed(
        _ body: JSONValue, _ place: VaultObjects.Place, _ known: Attributes, _ wanted: Attributes?
    ) -> Attributes
}

extension VaultObjectKind {
    package static var identity: [String] { ["vault.vaultURI", "name"] }
    package static var allowsExisting: Bool { true }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        if let body = try await objects.ours(place, desired, operation) {
            return try await afterWrite {
                try await update(observed(body, place, desired, desired), to: desired, operation)
            }
        }
        try await objects.makeRoom(place, desired, operation)
        return try await make(desired, place, operation)
    }

    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? {
        let place = try objects.place(of: desired)
        guard let (body, hindrance) = try await objects.recoverable(place, desired, operation) else { return nil }
        var found = observed(body, place, desired, desired)
        found[SoftDeletion.hindrance] = hindrance?.rawValue
        return found
    }

    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let place = try objects.place(of: desired)
        return try await afterWrite {
            try await objects.recover(place, operation)
            return try await update(desired, to: desired, operation)
        }
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await objects.delete(try objects.place(of: recorded), operation)
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        action == .recover ? SoftDeletion.obstacle(title, recorded) : nil
    }

    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] {
        SoftDeletion.cautions(title, on: action, desired)
    }
}

/// What becomes of a soft-deleted object whose name is wanted.
enum SoftDeletion {
    static let whenDeleted = Attribute<String>.optional(
        "whenDeleted", .choice(["recover", "purge"]), .informs,
        "What becomes of a soft-deleted object of this name: it is recovered, or purged, for good, to make room. Where nothing is written, one of this environment is recovered and one of others stops the plan."
    )

    /// Only while a plan is made, and no attribute of the kinds: a plan with a hindrance is none.
    static let hindrance = Attribute<String>.computed("hindrance", "What stands in the way of the spec's choice.")

    enum Hindrance: String {
        /// It belongs to somebody else, and the spec does not say what to do with it.
        case foreign
        /// It is to be purged, and its vault does not allow that.
        case protected
        /// It is the face of a deleted certificate.
        case managed
    }

    static func purges(_ desired: Attributes) -> Bool { desired[whenDeleted] == "purge" }

    static func hindrance(_ deleted: JSONValue, _ desired: Attributes, isOurs: Bool) -> Hindrance? {
        if deleted["managed"]?.bool == true { return .managed }
        if purges(desired) { return .protected }
        return isOurs || desired[whenDeleted] == "recover" ? nil : .foreign
    }

    /// Whether purging is allowed. Source: Key Vault REST reference, `DeletionRecoveryLevel`: it is where the level says
    /// `Purgeable`.
    static func isPurgeable(_ deleted: JSONValue) -> Bool {
        deleted.at("attributes", "recoveryLevel")?.string?.contains("Purgeable") ?? true
    }

    static func obstacle(_ title: String, _ deleted: Attributes) -> Obstacle? {
        switch deleted[hindrance].flatMap(Hindrance.init) {
        case .foreign:
            Obstacle(
                "there is a soft-deleted \(title) of this name that is not this environment's",
                hint: "write `whenDeleted: recover` to take it over, `whenDeleted: purge` to make room, or another name"
            )
        case .protected:
            Obstacle(
                "the soft-deleted \(title) of this name cannot be purged: its vault has purge protection",
                hint: "write `whenDeleted: recover`, or give it another name")
        case .managed:
            Obstacle(
                "a soft-deleted certificate has the name of this \(title)",
                hint: "recover or purge that certificate, or give the \(title) another name")
        case nil: nil
        }
    }

    static func cautions(_ title: String, on action: Action, _ desired: Attributes?) -> [String] {
        guard action == .create, let desired, purges(desired) else { return [] }
        return ["if there is a soft-deleted \(title) of this name, it is purged first, for good"]
    }
}

extension SoftDeletion {
    /// The permission that what the spec wants of a soft-deleted object takes.
    static func permission(_ desired: Attributes) -> String { purges(desired) ? "purge" : "recover" }
}
