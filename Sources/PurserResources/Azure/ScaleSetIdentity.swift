package import PurserClients
package import PurserEngine
package import PurserSyntax

/// The binding of a managed identity to the scale sets that are the cluster's nodes.
///
/// Other identities on a scale set stay, and a set that had the binding before keeps it when ours goes.
/// Source: Azure REST reference, `Microsoft.Compute/virtualMachineScaleSets`, api-version 2024-11-01.
package struct ScaleSetIdentity: ResourceKind {
    package static let name: KindName = "azure/scaleSetIdentity"
    package static let title = "node identity"
    package static let place = SpecPlace("identities", "*", "nodes", form: .single(attribute: "scaleSets"))
    package static let identity = ["subscription", "nodeResourceGroup", "identity.id"]
    package static let marksOwnership = false
    package static let allowsExisting = true
    package static let volatileOutputs: Set<String> = [boundTo.name, added.name]

    static let all = "all"

    static let boundIdentity = Attribute<Referenced>(
        "identity", .json, .parent(taking: ["id", "principalId"]), .replaces, "The identity that is bound.")
    static let scaleSets = Attribute<Value>.required(
        "scaleSets", .either([.choice([all]), .list(.text(AzureNames.scaleSet))]), .updates,
        "`all` scale sets of the node resource group, or a list of their names. With `all`, a node pool added later is drift."
    )
    static let nodeResourceGroup = Attribute<String>(
        "nodeResourceGroup", .text(AzureNames.resourceGroup), .derived, .replaces,
        "The resource group of the cluster's scale sets, from `cluster.nodeResourceGroup` or the cluster that `cluster.aks` names."
    )
    static let subscription = AzureAttributes.subscription
    static let boundTo = Attribute<[String]>.computed("boundTo", "The scale sets that have the identity.")
    static let added = Attribute<[String]>.computed("added", "Those of them that have it from Purser.")

    package static let attributes: [any AttributeDeclaration] = [
        boundIdentity, scaleSets, nodeResourceGroup, subscription, boundTo, added,
    ]

    package static let example = AzureExample.spec(
        "node-identity",
        """
        cluster: {nodeResourceGroup: aks-nodes-west-dev}
        groups:
          demo: {name: example-group}
        identities:
          demo:
            name: example-identity
            group: demo
            nodes: all

        """)

    let scaleSetClient: ScaleSetClient

    package init(arm: ARMClient, polling: Polling) {
        scaleSetClient = ScaleSetClient(arm: arm, polling: polling)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        if case .list(let names)? = resource.known(scaleSets.name), !names.contains(where: \.containsUnknown) {
            let sorted = Set(names.compactMap(\.string)).sorted()
            resource.attributes[scaleSets.name] = .literal(.list(sorted.map(Value.string)))
        }
        resource.attributes[nodeResourceGroup.name] = NodeGroup.name(in: spec)
        if let subscription = NodeGroup.subscription(in: spec) {
            resource.attributes[AzureAttributes.subscription.name] = .literal(subscription)
        }
        NodeGroup.check(resource, spec, &diagnostics)
    }

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NodeGroup.implied(in: spec)
    }

    // MARK: Operations

    /// A set of the wanted ones without the binding shows as a difference of `scaleSets`.
    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let group = try group(of: known)
        guard let sets = try await scaleSetClient.listIfThere(group) else {
            guard known[Self.added] == nil else { return nil }
            throw ResourceFailure(
                .serviceNotFound, "there is no resource group '\(group.name)' with the cluster's nodes",
                hint: "check `cluster.nodeResourceGroup`")
        }
        let identity = try nodeIdentity(of: known)
        let choice = wanted?[Self.scaleSets] ?? known[Self.scaleSets] ?? .string(Self.all)
        let targets = Set(try names(chosen: choice, among: sets, group))
        let bound = Set(sets.filter { $0.has(identity) }.map(\.name))
        if operation.isExisting {
            guard !bound.isEmpty, targets.isSubset(of: bound) else { return nil }
            return Observation(recorded(known, boundTo: bound, added: []))
        }
        guard let added = added(known, bound: bound, targets: targets) else { return nil }
        let covered = bound.intersection(targets.union(added))
        guard !covered.isEmpty || targets.isEmpty else { return nil }
        var found = known
        found[Self.scaleSets] = covered == targets ? choice : list(covered)
        found[Self.boundTo] = bound.sorted()
        found[Self.added] = added.sorted()
        return Observation(found)
    }

    /// The sets that have the binding from us, or nil if we made none. Where only what was there before is known (a
    /// create was interrupted), the others among those wanted are ours.
    private func added(_ known: Attributes, bound: Set<String>, targets: Set<String>) -> Set<String>? {
        if let added = known[Self.added] { return Set(added) }
        guard let before = known[Self.boundTo] else { return nil }
        let ours = bound.intersection(targets).subtracting(before)
        return ours.isEmpty ? nil : ours
    }

    /// The sets that have the binding before we add ours.
    package func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let identity = try nodeIdentity(of: desired)
        var found = Attributes()
        found[Self.boundTo] = try await scaleSetClient.list(try group(of: desired)).filter { $0.has(identity) }.map(
            \.name
        )
        .sorted()
        return found
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let group = try group(of: desired)
        let sets = try await scaleSetClient.list(group)
        let identity = try nodeIdentity(of: desired)
        let targets = try names(chosen: try desired.required(Self.scaleSets), among: sets, group)
        let before = desired[Self.boundTo] ?? sets.filter { $0.has(identity) }.map(\.name)
        if targets.isEmpty { operation.report("the node resource group has no scale set yet; a later apply binds it") }
        try await bind(identity, targets, in: group, operation)
        return recorded(desired, boundTo: Set(before).union(targets), added: Set(targets).subtracting(before))
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let group = try group(of: desired)
        let sets = try await scaleSetClient.list(group)
        let identity = try nodeIdentity(of: desired)
        let targets = Set(try names(chosen: try desired.required(Self.scaleSets), among: sets, group))
        let bound = Set(sets.filter { $0.has(identity) }.map(\.name))
        let missing = targets.subtracting(bound)
        let ours = Set(current[Self.added] ?? []).union(missing)
        try await bind(identity, missing.sorted(), in: group, operation)
        try await unbind(identity, ours.subtracting(targets).sorted(), in: group, operation)
        let left = ours.intersection(targets)
        return recorded(
            desired, boundTo: bound.union(targets).subtracting(ours.subtracting(targets)), added: left)
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let group = try group(of: recorded)
        let identity = try nodeIdentity(of: recorded)
        try await unbind(identity, recorded[Self.added] ?? [], in: group, operation)
    }

    /// Exactly the former sets have the binding again.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let group = try group(of: former)
        let identity = try nodeIdentity(of: former)
        let sets = try await scaleSetClient.list(group)
        let bound = Set(sets.filter { $0.has(identity) }.map(\.name))
        let wanted = Set(former[Self.boundTo] ?? former[Self.added] ?? []).intersection(sets.map(\.name))
        try await bind(identity, wanted.subtracting(bound).sorted(), in: group, operation)
        try await unbind(identity, bound.subtracting(wanted).sorted(), in: group, operation)
        return former
    }

    // MARK: Parts

    private func bind(
        _ identity: NodeIdentity, _ names: [String], in group: ScaleSetClient.Group, _ operation: Operation
    ) async throws {
        for name in names {
            operation.report("binding the identity to the scale set \(name)")
            try await afterWrite { try await scaleSetClient.bind(identity, to: name, in: group) }
        }
    }

    private func unbind(
        _ identity: NodeIdentity, _ names: [String], in group: ScaleSetClient.Group, _ operation: Operation
    ) async throws {
        for name in names {
            operation.report("taking the identity off the scale set \(name)")
            try await afterWrite { try await scaleSetClient.unbind(identity, from: name, in: group) }
        }
    }

    private func names(
        chosen choice: Value, among sets: [ScaleSet], _ group: ScaleSetClient.Group
    ) throws -> [String] {
        let existing = sets.map(\.name).sorted()
        guard let chosen = choice.list?.compactMap(\.string) else { return existing }
        return try chosen.map { name in
            if let found = existing.first(where: { AzurePaths.areEqual($0, name) }) { return found }
            throw ResourceFailure(
                .serviceNotFound, "the resource group '\(group.name)' has no scale set '\(name)'",
                hint: existing.isEmpty ? "it has none" : "it has \(existing.joined(separator: ", "))")
        }
    }

    private func list(_ names: Set<String>) -> Value { .list(names.sorted().map(Value.string)) }

    private func recorded(_ desired: Attributes, boundTo: Set<String>, added: Set<String>) -> Attributes {
        var result = desired
        result[Self.boundTo] = boundTo.sorted()
        result[Self.added] = added.sorted()
        return result
    }

    private func group(of attributes: Attributes) throws -> ScaleSetClient.Group {
        ScaleSetClient.Group(
            subscription: try attributes.required(Self.subscription),
            name: try attributes.required(Self.nodeResourceGroup))
    }

    private func nodeIdentity(of attributes: Attributes) throws -> NodeIdentity {
        let bound = try attributes.required(Self.boundIdentity)
        return NodeIdentity(id: try bound.string("id"), principal: try? bound.string("principalId"))
    }
}

extension ScaleSetIdentity: RightsDeclaring {
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let scope = AzurePaths.group(
            subscription: try attributes.required(subscription), name: try attributes.required(nodeResourceGroup))
        let sets = "Microsoft.Compute/virtualMachineScaleSets"
        switch use {
        case .read: return [.action("\(sets)/read", at: scope)]
        case .delete: return [.action("\(sets)/write", at: scope)]
        case .create, .update:
            let identity = try attributes.required(boundIdentity).string("id")
            return [
                .action("\(sets)/write", at: scope),
                .action("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", at: identity),
            ]
        }
    }
}
