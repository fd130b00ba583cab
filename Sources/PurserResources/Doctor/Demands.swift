import PurserClients
import PurserEngine

/// What the resources of an environment need, each right once, with the answers.
struct Demands: Sendable {
    enum Answer: Sendable, Hashable {
        case allowed
        /// `grantAt` says where it has to be granted, of actions in Azure.
        case denied(grantAt: String?)
        case unknown(String)
        /// The run itself grants it.
        case granted(by: PurserEngine.Address)
    }

    /// One right of one resource.
    struct Demand: Sendable {
        let address: PurserEngine.Address
        let use: ResourceUse
        let right: Right
        var answer = Answer.unknown("it was not asked")
    }

    private(set) var all: [Demand] = []
    /// Resources of which nobody can tell yet what they need, with the reason.
    private var unforeseen: [PurserEngine.Address: String] = [:]
    private var uses: [PurserEngine.Address: [ResourceUse]] = [:]
    private let scope: DoctorScope
    private let foreseen: ForeseenAttributes

    static func declaring(_ name: KindName, _ catalog: ResourceCatalog) -> (any RightsDeclaring.Type)? {
        catalog[name].flatMap { type(of: $0) as? any RightsDeclaring.Type }
    }

    /// With clients, what an existing AKS cluster says of itself is read: other resources take it.
    static func all(in scope: DoctorScope, clients: Clients?) async -> Demands {
        var found: [PurserEngine.Address: Attributes] = [:]
        if let clients, let cluster = scope.graph[ManagedCluster.address] {
            let known = ForeseenAttributes(scope.graph, recorded: scope.recorded, catalog: scope.catalog)
            // A cluster has no secret that could be read.
            let operation = Operation(
                environment: scope.graph.environment, address: cluster.address,
                secrets: SecretSources(specPath: "", processEnvironment: [:]), isExisting: true)
            let attributes = known[cluster.address] ?? Attributes()
            let seen = try? await ManagedCluster(arm: clients.arm).read(attributes, wanted: nil, operation)
            found[cluster.address] = seen?.attributes
        }
        return Demands(scope, found: found)
    }

    init(_ scope: DoctorScope, found: [PurserEngine.Address: Attributes] = [:]) {
        self.scope = scope
        foreseen = ForeseenAttributes(
            scope.graph, recorded: scope.recorded, catalog: scope.catalog, found: found)
        for address in scope.graph.order {
            guard let resource = scope.graph[address], let kind = Self.declaring(resource.kind, scope.catalog) else {
                continue
            }
            let uses = resource.isExisting ? [ResourceUse.read] : ResourceUse.allCases
            add(kind, address, uses, foreseen[address] ?? Attributes())
        }
        for (address, record) in scope.recorded.resources.sorted(by: { $0.key < $1.key })
        where scope.graph[address] == nil && !record.isExisting && record.onDestroy == .delete {
            guard let kind = Self.declaring(record.kind, scope.catalog) else { continue }
            add(kind, address, [.read, .delete], record.attributes)
        }
    }

    private mutating func add(
        _ kind: any RightsDeclaring.Type, _ address: PurserEngine.Address, _ uses: [ResourceUse],
        _ attributes: Attributes
    ) {
        self.uses[address] = uses
        do {
            for use in uses {
                all += try kind.rights(for: use, of: attributes).map { Demand(address: address, use: use, right: $0) }
            }
        } catch {
            unforeseen[address] = "what it needs is known later: \(error)"
        }
    }

    // MARK: Answers

    /// Without Azure or a cluster, what they would be asked stays unknown.
    mutating func answer(
        azure: (caller: CallerIdentity, clients: Clients)?, cluster: ClusterExamination?, hasHelm: Bool
    ) async {
        var reviews: Set<ClusterAccess> = []
        for case .inCluster(let access) in all.map(\.right.demand) { reviews.insert(access) }
        let reviewed = await cluster?.answers(to: reviews) ?? [:]
        for index in all.indices {
            switch all[index].right.demand {
            case .helm: all[index].answer = hasHelm ? .allowed : .unknown("helm is not there")
            case .inCluster(let access):
                all[index].answer = reviewed[access].map(Answer.init) ?? .unknown("the cluster could not be asked")
            case .action, .inVault: all[index].answer = .unknown("nobody is signed in to Azure")
            }
        }
        guard let azure else { return }
        let survey = PermissionSurvey(arm: azure.clients.arm)
        await ask(survey, [:])
        // Only now it is known whether the run may give itself rights in vaults.
        let vaults = await vaults(azure.caller, azure.clients.arm)
        await ask(survey, vaults)
    }

    /// What Resource Manager answers; without vaults, only on its own actions.
    private mutating func ask(_ survey: PermissionSurvey, _ vaults: [PurserEngine.Address: VaultSight]) async {
        let open = all.indices.filter { index in
            if case .inVault = all[index].right.demand { !vaults.isEmpty } else { vaults.isEmpty }
        }
        let questions = Dictionary(
            uniqueKeysWithValues: open.compactMap { index in
                question(all[index], vaults).map { (index, $0) }
            })
        let answers = await survey.answers(to: Set(questions.values))
        for index in open {
            if let question = questions[index] {
                if let answer = answers[question] { all[index].answer = Answer(answer) }
            } else if let vault = vaults[all[index].vault] {
                all[index].answer = vault.answer(all[index].right)
            }
        }
    }

    /// What Resource Manager is asked; nil for what the vault's policies tell.
    private func question(
        _ demand: Demand, _ vaults: [PurserEngine.Address: VaultSight]
    ) -> PermissionSurvey.Question? {
        switch demand.right.demand {
        case .action(let action, let scope): return .init(action: action, scope: scope)
        case .inVault(let section, let permission):
            guard case .roles(let id)? = vaults[demand.vault] else { return nil }
            let action = RoleChoice.dataAction(section: section, permission: permission)
            return .init(action: action, scope: id, isData: true)
        case .inCluster, .helm: return nil
        }
    }

    /// How the vaults in which something is needed decide about it.
    private func vaults(_ caller: CallerIdentity, _ arm: ARMClient) async -> [PurserEngine.Address: VaultSight] {
        var result: [PurserEngine.Address: VaultSight] = [:]
        let needed = Set(all.filter { if case .inVault = $0.right.demand { true } else { false } }.map(\.vault))
        for address in needed.sorted() {
            let deployer = DeployerAccess.address(in: address)
            if scope.graph[deployer] != nil, mayMake(deployer) {
                result[address] = .granted(by: deployer)
            } else {
                let attributes = foreseen[address] ?? scope.recorded.resources[address]?.attributes
                result[address] = await VaultSight.look(attributes ?? Attributes(), caller, arm)
            }
        }
        return result
    }

    private func mayMake(_ address: PurserEngine.Address) -> Bool {
        !all.contains { demand in
            guard demand.address == address, demand.use == .create, case .denied = demand.answer else { return false }
            return true
        }
    }

    // MARK: Table

    /// One row for each resource, in the order in which they are made.
    var rows: [DoctorReport.Row] {
        let byAddress = Dictionary(grouping: all, by: \.address)
        let leftovers = scope.recorded.resources.keys.filter { scope.graph[$0] == nil }.sorted()
        return (scope.graph.order + leftovers).compactMap { address in
            if let reason = unforeseen[address] { return .init(.resource, "\(address)", .unknown, reason) }
            guard let uses = uses[address], let demands = byAddress[address], !demands.isEmpty else { return nil }
            return ResourceVerdict(address: address, uses: uses, demands: demands).row
        }
    }

    /// Namespaces that the run makes first: nothing can be granted in them yet.
    private var comingNamespaces: Set<String> {
        Set(
            scope.graph.order.compactMap { address in
                guard let resource = scope.graph[address], resource.kind == Namespace.name, !resource.isExisting,
                    scope.recorded.resources[address] == nil
                else { return nil }
                return foreseen[address]?[Namespace.objectName]
            })
    }

    func remedies(for caller: CallerIdentity?, user: String?) -> [DoctorReport.Remedy] {
        RemedyList(caller: caller, user: user, demands: all, coming: comingNamespaces).remedies
    }
}

extension Demands.Demand {
    /// The vault that holds the resource.
    var vault: PurserEngine.Address { address.holder }
}

extension Demands.Answer {
    init(_ answer: PermissionSurvey.Answer) {
        switch answer {
        case .allowed: self = .allowed
        case .conditional: self = .unknown("only an assignment with a condition allows it")
        case .denied(let scope): self = .denied(grantAt: scope)
        case .unknown(let why): self = .unknown(why)
        }
    }

    init(_ answer: ClusterExamination.Answer) {
        switch answer {
        case .allowed: self = .allowed
        case .denied: self = .denied(grantAt: nil)
        case .unknown(let why): self = .unknown(why)
        }
    }
}
