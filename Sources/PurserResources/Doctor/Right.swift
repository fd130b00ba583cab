package import PurserClients
package import PurserEngine

/// Something that the one who runs Purser must be allowed to do.
package struct Right: Sendable, Hashable {
    package enum Demand: Sendable, Hashable {
        /// An action of Resource Manager at a scope: a subscription, a resource group or a resource.
        case action(String, scope: String)
        /// What access policies call a permission on a section of the vault that holds the resource.
        case inVault(section: String, permission: String)
        case inCluster(ClusterAccess)
        /// The `helm` binary.
        case helm
    }

    package let demand: Demand
    /// What is lost without it, where all else goes on: a clause. Nil if the operation fails without it.
    package let otherwise: String?

    init(_ demand: Demand, otherwise: String? = nil) {
        self.demand = demand
        self.otherwise = otherwise
    }

    static func action(_ action: String, at scope: String, otherwise: String? = nil) -> Right {
        Right(.action(action, scope: scope), otherwise: otherwise)
    }

    static func vault(_ section: VaultSection, _ permissions: [String], otherwise: String? = nil) -> [Right] {
        permissions.map { Right(.inVault(section: section.rawValue, permission: $0), otherwise: otherwise) }
    }

    static func cluster(
        _ kind: ObjectKind, _ verbs: [String], in namespace: String?, otherwise: String? = nil
    ) -> [Right] {
        verbs.map { verb in
            let access = ClusterAccess(
                verb: verb, group: kind.group, resource: kind.resource, namespace: namespace)
            return Right(.inCluster(access), otherwise: otherwise)
        }
    }
}

/// What is done with a resource over its life.
package enum ResourceUse: String, Sendable, Hashable, CaseIterable {
    case read
    case create
    case update
    case delete
}

/// A kind that says which rights its operations need, so that they can be asked for before anything is done.
package protocol RightsDeclaring: ResourceKind {
    /// What the operation calls, no more: Azure's names of the actions, Kubernetes' verbs. Pure.
    ///
    /// Throws `AttributeError` where it depends on an attribute that is not known yet.
    static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right]

    /// The identifier that the resource has, or will have, in Resource Manager; nil where it has none.
    static func resourceID(of attributes: Attributes) throws -> String?
}

extension RightsDeclaring {
    package static func resourceID(of attributes: Attributes) throws -> String? { nil }
}

extension Right {
    /// What server-side apply, waiting and deletion need of objects of one kind.
    ///
    /// An apply of what is not there yet is checked as a creation too. Source: Kubernetes documentation, "Server-Side
    /// Apply" and "Authorization Overview".
    static func objects(_ kind: ObjectKind, for use: ResourceUse, in namespace: String?) -> [Right] {
        switch use {
        case .read:
            cluster(kind, ["get"], in: namespace)
                + cluster(
                    kind, ["patch"], in: namespace,
                    otherwise: "plan compares with the record instead of asking the cluster by a dry run")
        case .create: cluster(kind, ["get", "create", "patch"], in: namespace)
        case .update: cluster(kind, ["patch"], in: namespace)
        case .delete: cluster(kind, ["get", "list", "watch", "delete"], in: namespace)
        }
    }

    /// What `verify` needs to look at pods, and a run that waits for them.
    static func watchingPods(in namespace: String) -> [Right] {
        cluster(.pod, ["get", "list"], in: namespace)
            + cluster(ObjectKind("Event", "events"), ["list"], in: namespace)
            + cluster(.secretProviderClassPodStatus, ["get"], in: namespace)
    }
}
