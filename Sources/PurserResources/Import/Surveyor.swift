package import PurserClients
import PurserEngine
import PurserSyntax

/// Looks at what is there, from the pods to the vault, and says it in the words of a spec. Reads only, and reads no
/// secret's value.
package struct Surveyor: Sendable {
    private let clients: Clients

    package init(clients: Clients) { self.clients = clients }

    /// Throws `ServiceError` where a service does not answer, and `Diagnostics` where there is nothing to begin with.
    package func survey(_ scope: SurveyScope) async throws -> Survey {
        var remarks = Diagnostics()
        let cluster = ClusterSurvey(client: clients.kubernetes, scope: scope)
        let chosen = try await cluster.chosen(&remarks)
        try remarks.throwIfErrors()
        var classes: [ClassReading] = []
        for object in chosen.classes {
            do throws(ClassReading.Refusal) {
                classes.append(try ClassReading(object, &remarks))
            } catch {
                let name = "\(ClusterSurvey.namespace(of: object))/\(ClusterSurvey.name(of: object))"
                remarks.append(
                    .importClassLeftOut, "SecretProviderClass \(name) is left out: \(error.reason)", at: nil,
                    hint: "it stays as it is; its pods are written without it", severity: .warning)
            }
        }
        guard !classes.isEmpty || !chosen.pods.isEmpty else {
            remarks.append(
                .importNothing, "there is no SecretProviderClass of the Azure provider, and no pod that mounts one",
                at: nil,
                hint: "name a namespace, a pod or a class that has one")
            throw remarks
        }
        let place = try await place(of: scope, cluster, &remarks)
        let azure = AzureSurvey(
            arm: clients.arm, keyVault: clients.keyVault, polling: clients.polling, subscription: place.subscription)
        var draft = SurveyDraft(
            chosen: chosen, classes: classes, azure: azure, nodeResourceGroup: place.group, remarks: remarks)
        try await draft.addAzure()
        try await draft.addReleases(ReleaseSurvey(helm: clients.helm))
        draft.addCluster()
        return draft.survey
    }

    /// Where in Azure the nodes are, as far as it is not given.
    private func place(
        of scope: SurveyScope, _ cluster: ClusterSurvey, _ remarks: inout Diagnostics
    ) async throws -> (subscription: String, group: String?) {
        if let subscription = scope.subscription, let group = scope.nodeResourceGroup { return (subscription, group) }
        var nodes: (subscription: String, group: String)?
        do throws(ServiceError) {
            nodes = try await cluster.nodePlace()
        } catch {
            guard error.isDenied else { throw error }
            remarks.append(
                .importNotSeen, "the cluster's nodes could not be looked at: \(error.description)", at: nil,
                hint: "give --node-resource-group and --subscription", severity: .warning)
        }
        guard let subscription = scope.subscription ?? nodes?.subscription else {
            remarks.append(
                .importNotSeen, "no node tells in which subscription the cluster is", at: nil,
                hint: "give --subscription")
            throw remarks
        }
        // Nodes of another subscription say nothing of groups in this one.
        let isSame = nodes?.subscription.lowercased() == subscription.lowercased()
        return (subscription, scope.nodeResourceGroup ?? (isSame ? nodes?.group : nil))
    }
}
