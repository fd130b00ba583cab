/// A key vault: what is in it and who may read it, as far as known.
package struct VaultDefinition: Sendable {
    package enum Authorization: String, Sendable, Hashable {
        case policies
        case rbac
    }

    package var label: String
    /// The name in Azure.
    package var name: String
    package var tenant: String?
    /// Nil if not known.
    package var authorization: Authorization?
    package var objects: [StoredObject] = []
    /// Whether `objects` are all that can be there.
    package var hasAllObjects = false
    /// The types of which all that can be read is among `objects`, because the vault itself was asked.
    package var listedTypes: Set<ObjectType> = []
    package var grants: [Grant] = []
    /// Whether nobody else can have granted anything.
    package var hasAllGrants = false
    /// Whether it was there before, with grants that nobody has to list here.
    package var isExisting = false
    /// Whether it is not known for whom some grant is.
    package var hasGrantsToStrangers = false
    /// Whether it answers to the internet; nil if not known.
    package var isPublic: Bool?
    package var places: Places

    /// Whether all objects that can be read as a type are known.
    package func hasAll(_ type: ObjectType) -> Bool { hasAllObjects || listedTypes.contains(type) }

    package init(label: String, name: String, authorization: Authorization?, places: Places = Places()) {
        self.label = label
        self.name = name
        self.authorization = authorization
        self.places = places
    }
}

/// What a principal may do in a vault: an access policy, or a role.
package struct Grant: Sendable {
    /// The principals of the identities that the nodes have of their own, all of them.
    package static let nodesOwn = Placeholder.text("nodes", "systemAssigned")

    package var label: String
    /// The directory object that it names.
    package var principal: String
    package var model: VaultDefinition.Authorization
    /// Permissions by object type; of a role too, where the spec says it so. Nil if not known.
    package var permissions: [ObjectType: Set<String>]?
    /// Names or identifiers of roles.
    package var roles: [String] = []
    /// The one object that it is for; nil for the whole vault.
    package var object: String?
    package var places: Places

    package init(
        label: String, principal: String, model: VaultDefinition.Authorization,
        permissions: [ObjectType: Set<String>]? = [:], roles: [String] = [], places: Places = Places()
    ) {
        self.label = label
        self.principal = principal
        self.model = model
        self.permissions = permissions
        self.roles = roles
        self.places = places
    }
}

/// The provider's `objectType`: which part of a vault's object is read.
package enum ObjectType: String, Sendable, Hashable, CaseIterable {
    case secret
    case key
    case cert

    /// The list of an access policy that reading needs `get` in.
    package var permissionList: String {
        switch self {
        case .secret: "secrets"
        case .key: "keys"
        case .cert: "certificates"
        }
    }
}

/// An object of a vault by the way it was made. A certificate has a key and a secret of its name beside it.
package struct StoredObject: Sendable {
    package enum Sort: String, Sendable, Hashable, CaseIterable {
        case secret
        case certificate
        case key

        /// What can be read of it.
        package var types: Set<ObjectType> {
            switch self {
            case .secret: [.secret]
            case .certificate: [.secret, .key, .cert]
            case .key: [.key]
            }
        }
    }

    package struct Version: Sendable, Hashable {
        package var id: String
        package var isEnabled: Bool

        package init(id: String, isEnabled: Bool = true) {
            self.id = id
            self.isEnabled = isEnabled
        }
    }

    /// How a certificate's secret is stored.
    package enum Form: Sendable, Hashable {
        case pem
        case pfx
        case other(String)

        /// By content type. Source: Key Vault documentation, "About Azure Key Vault certificates".
        package init(contentType: String) {
            switch contentType {
            case "application/x-pem-file": self = .pem
            case "application/x-pkcs12": self = .pfx
            default: self = .other(contentType)
            }
        }
    }

    package var label: String
    package var name: String
    package var sort: Sort
    /// The newest first.
    package var versions: [Version] = []
    /// Whether `versions` are all there are.
    package var hasAllVersions = false
    package var isExpired = false
    package var isNotYetValid = false
    /// Of a certificate; nil if not known.
    package var form: Form?
    /// Whether a certificate's private key can be read; nil if not known.
    package var isExportable: Bool?
    /// `RSA`, `EC-HSM`, `oct-HSM`…; nil if not known.
    package var keyType: String?
    package var curve: String?
    /// What a secret's own text is, where that is known.
    package var content: FileContent = .unknown
    package var places: Places

    package init(label: String, name: String, sort: Sort, places: Places = Places()) {
        self.label = label
        self.name = name
        self.sort = sort
        self.places = places
    }

    /// Whether the newest version is enabled; nil if not known.
    package var isEnabled: Bool? { versions.first?.isEnabled }
}
