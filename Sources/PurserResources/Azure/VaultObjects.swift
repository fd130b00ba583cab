import PurserClients
import PurserEngine

/// What secrets, certificates and keys of a vault have in common: names, versions, soft deletion.
///
/// Source: Key Vault REST reference, api-version 7.4.
package struct VaultObjects: Sendable {
    let section: VaultSection
    let keyVault: KeyVaultClient
    let polling: Polling

    // MARK: Attributes

    /// Taken from the vault that an object stands in.
    static let vault = Attribute<Referenced>(
        "vault", .json, .parent(taking: ["name", "vaultURI"]), .replaces, "The vault.")
    static let objectName = Attribute<String>(
        "name", .text(AzureNames.vaultObject), .key, .replaces, "Its name in the vault; by default its name here.")
    static let id = Attribute<String>.computed("id", "Its address in the vault, without a version.")
    static let version = Attribute<String>.computed("version", "The current version, as the vault names it.")

    static let volatileOutputs: Set<String> = [version.name, AzureAttributes.foreignTags.name]

    /// Where an object is.
    package struct Place: Sendable {
        let vaultURL: String
        let name: String
    }

    func place(of attributes: Attributes) throws -> Place {
        Place(
            vaultURL: try attributes.required(Self.vault).string("vaultURI"),
            name: try attributes.required(Self.objectName))
    }

    func path(_ place: Place) -> String { "/\(section.rawValue)/\(place.name)" }

    private func deletedPath(_ place: Place) -> String { "/deleted\(section.rawValue)/\(place.name)" }

    /// What every object observes in the same way from its body.
    func observe(
        _ body: JSONValue, at place: Place, into found: inout Attributes, known: Attributes, wanted: Attributes?
    ) {
        AzureAttributes.observe(body, into: &found, known: known, wanted: wanted)
        let base = place.vaultURL.hasSuffix("/") ? String(place.vaultURL.dropLast()) : place.vaultURL
        found[Self.id] = base + path(place)
        found[Self.version] = Self.version(in: body)
    }

    /// The version is the last part of the identifier: `{vault}/secrets/{name}/{version}`. A key has it in `kid`.
    static func version(in body: JSONValue) -> String? {
        let id = body["id"]?.string ?? body.at("key", "kid")?.string
        let parts = id?.split(separator: "/").map(String.init) ?? []
        // `https:`, host, section, name, version
        return parts.count == 5 ? parts[4] : nil
    }

    // MARK: Calls

    /// What can be seen of an object.
    enum Sight<Body: Sendable>: Sendable {
        case absent
        /// The caller may not see it, so that nothing is known of it.
        case hidden(reason: String, isDisabled: Bool = false)
        case present(Body)
    }

    static func sight<Body: Sendable>(
        _ call: () async throws(ServiceError) -> Body?
    ) async throws(ServiceError) -> Sight<Body> {
        do throws(ServiceError) {
            return try await call().map(Sight.present) ?? .absent
        } catch {
            guard error.status == 403 else { throw error }
            let isDisabled = error.innerCode == "SecretDisabled"
            return .hidden(
                reason: isDisabled ? "it is disabled" : "the caller may not read it (\(error.innerCode ?? error.code))",
                isDisabled: isDisabled)
        }
    }

    static func unseenPresence(_ reason: String) -> String {
        "whether it is there already could not be seen: \(reason)"
    }

    static func unseenContent(_ reason: String) -> String {
        "the plan compares with what is recorded, because it could not be looked at: \(reason)"
    }

    func look(_ place: Place) async throws(ServiceError) -> Sight<JSONValue> {
        try await Self.sight { () async throws(ServiceError) in try await get(place) }
    }

    /// What is said of an object that the spec only uses, never with a secret's value. Throws also where the caller may
    /// not look: then it is not known whether the object is there.
    func existing(_ place: Place) async throws(ServiceError) -> JSONValue? {
        guard section == .secrets else { return try await get(place) }
        do throws(ServiceError) {
            let versions = try await keyVault.list(vaultURL: place.vaultURL, path: "\(path(place))/versions")
            let enabled = versions.filter { $0.at("attributes", "enabled")?.bool != false }
            return (enabled.isEmpty ? versions : enabled).max { Self.created($0) < Self.created($1) }
        } catch {
            if error.isNotFound { return nil }
            // Listing is a right of its own.
            guard error.status == 403 else { throw error }
            return try await keyVault.secret(vaultURL: place.vaultURL, name: place.name)?.properties
        }
    }

    private static func created(_ version: JSONValue) -> Int { version.at("attributes", "created")?.int ?? 0 }

    func get(_ place: Place, version: String? = nil) async throws(ServiceError) -> JSONValue? {
        try await keyVault.get(vaultURL: place.vaultURL, path: "\(path(place))/\(version ?? "")")
    }

    func patch(_ place: Place, version: String, _ body: JSONValue) async throws(ServiceError) -> JSONValue {
        try await keyVault.patch(vaultURL: place.vaultURL, path: "\(path(place))/\(version)", body: body)
    }

    /// Returns when the object is in the vault's recycle bin, or gone for good where that was asked for.
    func delete(_ place: Place, _ operation: Operation) async throws {
        let answer = try await settling { () async throws(ServiceError) in
            try await keyVault.delete(vaultURL: place.vaultURL, path: path(place))
        }
        guard let answer else { return }
        // A vault without soft delete says nothing of recovery.
        guard answer["recoveryId"]?.string != nil else { return }
        try await afterWrite {
            guard try await isListedAsDeleted(place), operation.purges else { return }
            try await purge(place, operation)
        }
    }

    /// Waits until the deletion has been carried out, and returns whether the deleted object may be seen.
    private func isListedAsDeleted(_ place: Place) async throws(ServiceError) -> Bool {
        try await polling.until(
            "the deletion of \(place.name)", service: .keyVault, longest: .seconds(5), timeout: .seconds(180)
        ) { () async throws(ServiceError) -> Bool? in
            switch try await lookAmongDeleted(place) {
            case .present: return true
            case .hidden: return false
            case .absent:
                try await deleteAgainIfRecovered(place)
                return nil
            }
        }
    }

    /// A recovery whose answer was lost may still be carried out, after the deletion that was to undo it.
    private func deleteAgainIfRecovered(_ place: Place) async throws(ServiceError) {
        guard case .present = try await look(place) else { return }
        do throws(ServiceError) {
            _ = try await keyVault.delete(vaultURL: place.vaultURL, path: path(place))
        } catch {
            guard Self.isPassing(error) else { throw error }
        }
    }

    /// A caller who may not purge leaves the object soft-deleted: where its vault goes too, it goes with the vault.
    private func purge(_ place: Place, _ operation: Operation) async throws(ServiceError) {
        do throws(ServiceError) {
            _ = try await settling { () async throws(ServiceError) in
                try await keyVault.delete(vaultURL: place.vaultURL, path: deletedPath(place))
            }
        } catch {
            guard error.status == 403 else { throw error }
            operation.report("'\(place.name)' stays soft-deleted: the caller may not purge \(section.rawValue)")
        }
    }

    /// The deleted object, if it carries this environment's marks. Nil also where the caller may not look.
    func deleted(_ place: Place, _ operation: Operation) async throws(ServiceError) -> JSONValue? {
        guard case .present(let body) = try await lookAmongDeleted(place), isOurs(body, operation) else { return nil }
        return body
    }

    private func lookAmongDeleted(_ place: Place) async throws(ServiceError) -> Sight<JSONValue> {
        try await Self.sight { () async throws(ServiceError) in
            try await keyVault.get(vaultURL: place.vaultURL, path: deletedPath(place))
        }
    }

    private func isOurs(_ deleted: JSONValue, _ operation: Operation) -> Bool {
        TagSet(deleted).owner?.environment == operation.environment
    }

    /// The deleted object that a plan has to reckon with, and what stands in the way of what the spec wants of it. Nil
    /// also where the caller may not look, and where it will be purged: the creation does that.
    func recoverable(
        _ place: Place, _ desired: Attributes, _ operation: Operation
    ) async throws(ServiceError) -> (body: JSONValue, hindrance: SoftDeletion.Hindrance?)? {
        guard case .present(let body) = try await lookAmongDeleted(place) else { return nil }
        let hindrance = SoftDeletion.hindrance(body, desired, isOurs: isOurs(body, operation))
        if hindrance == .protected, SoftDeletion.isPurgeable(body) { return nil }
        return (body, hindrance)
    }

    /// Purges a deleted object of the name, whoever's it is, where the user has chosen that.
    func makeRoom(_ place: Place, _ desired: Attributes, _ operation: Operation) async throws {
        guard SoftDeletion.purges(desired), case .present = try await lookAmongDeleted(place) else { return }
        operation.report("purging the soft-deleted '\(place.name)'")
        _ = try await settling { () async throws(ServiceError) in
            try await keyVault.delete(vaultURL: place.vaultURL, path: deletedPath(place))
        }
        _ = try await polling.until(
            "the purge of \(place.name)", service: .keyVault, longest: .seconds(5), timeout: .seconds(180)
        ) { () async throws(ServiceError) -> Bool? in
            if case .present = try await lookAmongDeleted(place) { return nil }
            return true
        }
    }

    /// Brings back the deleted object and waits until it can be read. Does nothing if it is there.
    func recover(_ place: Place, _ operation: Operation) async throws(ServiceError) {
        guard try await get(place) == nil else { return }
        operation.report("recovering the soft-deleted '\(place.name)'")
        do throws(ServiceError) {
            _ = try await settling { () async throws(ServiceError) in
                try await keyVault.post(
                    vaultURL: place.vaultURL, path: "\(deletedPath(place))/recover", repeatable: true)
            }
        } catch {
            // It has been recovered meanwhile.
            guard error.innerCode == "RequestNotAllowedOnNonDeletedObject" else { throw error }
        }
        _ = try await polling.until(
            "the recovery of \(place.name)", service: .keyVault, longest: .seconds(5), timeout: .seconds(180)
        ) { () async throws(ServiceError) in try await get(place) }
    }

    /// Repeats what is refused while a deletion, a recovery or another creation is still being carried out.
    func settling<Result: Sendable>(
        _ attempt: () async throws(ServiceError) -> Result
    ) async throws(ServiceError) -> Result {
        try await polling.retrying(while: Self.isPassing, longest: .seconds(5), timeout: .seconds(180), attempt)
    }

    private static func isPassing(_ error: ServiceError) -> Bool {
        ["ObjectIsBeingDeleted", "ObjectIsBeingRecovered"].contains(error.innerCode)
    }

    /// Makes sure that a name which a create wants is free or ours: returns the body of ours, which a former attempt
    /// made, or nil. A soft-deleted one of ours is recovered, unless the user wants it purged.
    func ours(_ place: Place, _ desired: Attributes, _ operation: Operation) async throws -> JSONValue? {
        var found = try await get(place)
        if found == nil, !SoftDeletion.purges(desired), try await deleted(place, operation) != nil {
            found = try await afterWrite {
                try await recover(place, operation)
                return try await get(place)
            }
        }
        guard let body = found else { return nil }
        let tags = TagSet(body)
        if body["managed"]?.bool == true { throw managed(place) }
        guard Ownership.isOurs(tags.live, operation) else {
            throw ResourceFailure.alreadyExists(
                "'\(place.name)' among the vault's \(section.rawValue)", owner: tags.owner)
        }
        return body
    }

    func managed(_ place: Place) -> ResourceFailure {
        ResourceFailure(
            .applyManagedObject, "'\(place.name)' among the vault's \(section.rawValue) belongs to a certificate",
            hint: "choose another name, or declare it under `certificates`")
    }

    func notRestorable(_ place: Place, _ why: String) -> ResourceFailure {
        ResourceFailure(.applyNotRestorable, "the former state of '\(place.name)' cannot be brought back: \(why)")
    }
}
