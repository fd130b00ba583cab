import PurserClients
import PurserEngine
package import PurserSyntax

/// Attributes that the kinds of Azure have in common.
enum AzureAttributes {
    static let subscription = Attribute<String>(
        "subscription", .text(AzureNames.guid), .setting("azure.subscription"), .replaces,
        "The subscription, from `azure.subscription`.")
    static let location = Attribute<String>(
        "location", .text(AzureNames.location), .optionalSetting("azure.location"), .replaces,
        "The Azure region; by default `azure.location`.")
    static let group = Attribute<Referenced>.required(
        "group", .reference(to: ["groups"], taking: ["name"]), .replaces, "The resource group that holds it.")
    static let resourceId = Attribute<String>.optional(
        "resourceId", .text(AzureNames.resourceID), .replaces,
        "Of an existing one: its identifier, in place of group and name, also in another subscription.")
    static let tags = Attribute<[String: String]>.optional(
        "tags", .map(keys: AzureNames.tagName, .text(AzureNames.tagValue)), .updates,
        "Azure tags. Tags that others set stay as they are.")
    static let foreignTags = Attribute<[String: String]>.computed(
        "foreignTags", "Tags that others have set.")
    static let id = Attribute<String>.computed("id", "The Azure resource identifier.")

    /// Brings the location into the form by which Azure compares.
    static func deriveLocation(_ resource: inout DeclaredResource) {
        guard let written = resource.known(location.name)?.string else { return }
        resource.attributes[location.name] = .literal(.string(AzureNames.normalisedLocation(written)))
    }

    /// What is made in a group of another subscription is of that subscription.
    static func followGroup(_ resource: inout DeclaredResource, from spec: Declarations) {
        guard let group = resource.reference(at: group.name).flatMap({ spec[$0] }), let place = GroupPlace(of: group)
        else { return }
        resource.attributes[subscription.name] = .literal(.string(place.subscription))
    }

    /// How many tags a resource of Resource Manager, and an object in a vault, may have, Purser's two among them.
    /// Sources: Azure documentation, "Use tags to organize your Azure resources"; Key Vault REST reference.
    enum TagLimit: Int {
        case resource = 50
        case vaultObject = 15
    }

    /// An identifier says of an existing resource alone where it is.
    static func checkResourceID(
        _ resource: DeclaredResource, _ type: String, _ diagnostics: inout Diagnostics
    ) {
        let place = resource.range(of: resourceId.name)
        if resource.attributes[resourceId.name] != nil, !resource.isExisting {
            diagnostics.append(
                .specContradiction, "'resourceId' is of what exists, and \(resource.address) is to be made", at: place,
                hint: "write `existing: true`, or `group` and `name`", address: resource.address.description)
        }
        if let id = resource.known(resourceId.name)?.string, !id.lowercased().contains("/\(type.lowercased())/") {
            diagnostics.append(
                .invalidValue, "'\(id)' is no identifier of type \(type)", at: place,
                address: resource.address.description)
        }
    }

    static func checkTags(
        _ resource: DeclaredResource, _ limit: TagLimit, _ diagnostics: inout Diagnostics
    ) {
        let address = resource.address.description
        let allowed = limit.rawValue - 2
        if let count = resource.known(tags.name)?.object?.count, count > allowed {
            diagnostics.append(
                .invalidValue, "\(resource.address) has \(count) tags, and Azure allows \(allowed) beside Purser's two",
                at: resource.range(of: tags.name), address: address)
        }
        if address.count > 256 {
            diagnostics.append(
                .invalidValue, "the address of this resource has \(address.count) characters, and a tag holds 256",
                at: resource.range, hint: "shorten the names under which the spec lists it", address: address)
        }
    }

    /// What every kind with tags observes in the same way.
    static func observe(_ body: JSONValue, into found: inout Attributes, known: Attributes, wanted: Attributes?) {
        let tags = TagSet(body)
        let managed = tags.managed(known: known, wanted: wanted)
        found[Self.tags] = managed.isEmpty ? nil : managed
        let others = tags.unmarked.filter { managed[$0.key] == nil }
        found[foreignTags] = others
        if let place = body["location"]?.string { found[location] = AzureNames.normalisedLocation(place) }
    }
}

extension Attributes {
    /// The identifier of the resource group that holds the resource: known before the group is there.
    func groupID() throws(AttributeError) -> String {
        AzurePaths.group(
            subscription: try required(AzureAttributes.subscription),
            name: try required(AzureAttributes.group).string("name"))
    }
}

extension DiagnosticCode {
    package static let specAmbiguousAccess = DiagnosticCode("spec/ambiguous-access")
    package static let specContradiction = DiagnosticCode("spec/contradiction")
}
