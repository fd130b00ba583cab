import Foundation

/// A principal of the tenant: an application's service principal or a managed identity.
struct Principal: Sendable {
    enum Kind: String, Sendable {
        case application = "Application"
        case managedIdentity = "ManagedIdentity"
    }

    let clientID: String
    let objectID: String
    let displayName: String
    let kind: Kind
    /// Only applications have one.
    let secret: String?
    /// From when the secret is no longer taken, in seconds since 1970; nil for never.
    var secretExpiry: Double?
    /// Certificates that are registered with the application, DER in base64.
    var certificates: [String] = []
    /// From when, in seconds since 1970, other services' replicas of the directory know it.
    let visibleFrom: Double

    var document: JSON {
        var document: JSON = [
            "clientId": .string(clientID), "objectId": .string(objectID), "displayName": .string(displayName),
            "kind": .string(kind.rawValue), "visibleFrom": .double(visibleFrom),
        ]
        if let secret { document["secret"] = .string(secret) }
        if let secretExpiry { document["secretExpiry"] = .double(secretExpiry) }
        if !certificates.isEmpty { document["certificates"] = .array(certificates.map { .string($0) }) }
        return document
    }
}

extension Principal {
    init?(_ document: JSON) {
        guard let clientID = document["clientId"]?.stringValue, let objectID = document["objectId"]?.stringValue,
            let kind = document["kind"]?.stringValue.flatMap(Kind.init)
        else { return nil }
        self.init(
            clientID: clientID, objectID: objectID, displayName: document["displayName"]?.stringValue ?? clientID,
            kind: kind, secret: document["secret"]?.stringValue, secretExpiry: document["secretExpiry"]?.numberValue,
            certificates: document["certificates"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            visibleFrom: document["visibleFrom"]?.numberValue ?? 0)
    }
}

/// The tenant's principals, by application id.
enum Directory {
    static let collection = "principals"

    static func principal(clientID: String, in store: isolated Store) -> Principal? {
        store.get(collection, clientID.lowercased()).flatMap(Principal.init)
    }

    static func principal(objectID: String, in store: isolated Store) -> Principal? {
        principals(in: store).first { $0.objectID.lowercased() == objectID.lowercased() }
    }

    static func principals(in store: isolated Store) -> [Principal] {
        store.list(collection).compactMap { Principal($0.value) }
    }

    static func add(_ principal: Principal, in store: isolated Store) throws {
        try store.put(collection, principal.clientID.lowercased(), principal.document)
    }

    static func remove(clientID: String, in store: isolated Store) throws {
        try store.remove(collection, clientID.lowercased())
    }
}
