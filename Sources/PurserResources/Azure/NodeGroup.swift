import PurserEngine
import PurserSyntax

/// The resource group of the cluster's scale sets, as the settings tell it or the AKS cluster that they name.
enum NodeGroup {
    private static let setting = "cluster.nodeResourceGroup"

    static func name(in spec: Declarations) -> Expression? {
        spec.settings[setting].map(Expression.literal)
            ?? ManagedCluster.output(ManagedCluster.nodeResourceGroup, in: spec)
    }

    /// The subscription of the cluster, where it is not that of the environment.
    static func subscription(in spec: Declarations) -> Value? {
        spec.settings["cluster.subscription"] ?? spec.settings["azure.subscription"]
    }

    /// Subscription and name; nil unless both are told.
    static func reference(in spec: Declarations) -> Expression? {
        guard let name = name(in: spec), let subscription = subscription(in: spec) else { return nil }
        return .object(["subscription": .literal(subscription), "name": name])
    }

    static func implied(in spec: Declarations) -> [DeclaredResource] {
        spec.settings[setting] == nil ? ManagedCluster.implied(in: spec) : []
    }

    static func check(_ resource: DeclaredResource, _ spec: Declarations, _ diagnostics: inout Diagnostics) {
        guard name(in: spec) == nil else { return }
        diagnostics.append(
            .missingField, "\(resource.address) needs the setting '\(setting)'", at: resource.range,
            hint: "add it, or `aks`, to the section `cluster`", address: resource.address.description)
    }
}
