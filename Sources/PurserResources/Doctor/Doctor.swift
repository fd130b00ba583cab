package import PurserClients
import PurserEngine

/// Finds out who runs Purser and whether that is enough for an environment. Reads only, reads no secret, and asks each
/// question once.
package struct Doctor: Sendable {
    private let clients: Clients

    package init(clients: Clients) { self.clients = clients }

    package func examine(_ scope: DoctorScope) async -> DoctorReport {
        var report = DoctorReport(environment: scope.graph.environment)
        let kinds = RequiredServices(scope)
        let azure = AzureExamination(clients: clients, scope: scope)
        let caller = kinds.needsAzure ? await azure.signIn(&report) : nil
        if !kinds.needsAzure { report.rows.append(.init(.signIn, "", .notNeeded, "nothing of it is in Azure")) }
        if caller != nil { await azure.look(providers: kinds.providers, &report) }
        let cluster = ClusterExamination(clients: clients)
        let reachesCluster = kinds.needsCluster ? await cluster.look(&report) : false
        if !kinds.needsCluster { report.rows.append(.init(.cluster, "", .notNeeded, "nothing of it is in a cluster")) }
        let hasHelm = await helm(kinds, &report)
        var demands = await Demands.all(in: scope, clients: caller == nil ? nil : clients)
        await demands.answer(
            azure: caller.map { ($0, clients) }, cluster: reachesCluster ? cluster : nil, hasHelm: hasHelm)
        report.rows += demands.rows
        report.remedies += demands.remedies(for: caller, user: reachesCluster ? await cluster.user() : nil)
        return report
    }

    private func helm(_ kinds: RequiredServices, _ report: inout DoctorReport) async -> Bool {
        guard kinds.needsHelm else {
            report.rows.append(.init(.helm, "", .notNeeded, "no release is declared"))
            return false
        }
        do throws(ServiceError) {
            report.rows.append(.init(.helm, "", .ok, "version \(try await clients.helm.version())"))
            return true
        } catch {
            report.miss(.helm, "", error, hint: "install Helm 3 or 4 (https://helm.sh/docs/intro/install)")
            return false
        }
    }
}

extension DoctorReport {
    /// Something that is not there or refuses: a row, and what to do about it.
    mutating func miss(_ subject: Subject, _ name: String, _ error: ServiceError, hint: String? = nil) {
        rows.append(Row(subject, name, .missing, error.description))
        remedies.append(
            Remedy(missing: [name.isEmpty ? subject.title : "\(subject.title) \(name)"], advice: hint ?? error.hint))
    }
}

/// Which services the resources of an environment are made with.
struct RequiredServices: Sendable {
    private(set) var needsAzure = false
    private(set) var needsCluster = false
    private(set) var needsHelm = false
    /// Resource providers in which something is written.
    private(set) var providers: Set<String> = []

    init(_ scope: DoctorScope) {
        let foreseen = ForeseenAttributes(scope.graph, recorded: scope.recorded, catalog: scope.catalog)
        for address in scope.graph.order {
            guard let resource = scope.graph[address], let kind = Demands.declaring(resource.kind, scope.catalog) else {
                continue
            }
            for use in resource.isExisting ? [ResourceUse.read] : ResourceUse.allCases {
                for right in (try? kind.rights(for: use, of: foreseen[address] ?? Attributes())) ?? [] {
                    note(right, use)
                }
            }
        }
        for address in scope.recorded.resources.keys where scope.graph[address] == nil {
            guard let record = scope.recorded.resources[address], !record.isExisting,
                let kind = Demands.declaring(record.kind, scope.catalog)
            else { continue }
            for right in (try? kind.rights(for: .delete, of: record.attributes)) ?? [] { note(right, .delete) }
        }
    }

    private mutating func note(_ right: Right, _ use: ResourceUse) {
        switch right.demand {
        case .action(let action, _):
            needsAzure = true
            let provider = action.split(separator: "/").first.map(String.init) ?? ""
            // These two are registered everywhere. Source: Azure documentation, "Azure resource providers and types".
            let isRegistered = ["Microsoft.Resources", "Microsoft.Authorization"].contains(provider)
            if use == .create, !isRegistered { providers.insert(provider) }
        case .inVault: needsAzure = true
        case .inCluster: needsCluster = true
        case .helm: needsHelm = true
        }
    }
}
