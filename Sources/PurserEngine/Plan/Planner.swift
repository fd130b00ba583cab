package import PurserSyntax

/// Decides what is to be done. Pure: spec, record and findings in, plan out.
package struct Planner: Sendable {
    package struct Options: Sendable {
        /// Resources to replace although nothing about them differs.
        package var replaced: Set<Address> = []
        /// If not empty: only these, what lies below them, and what they need.
        package var targets: Set<Address> = []
        /// Not these, nor what needs them.
        package var excluded: Set<Address> = []
        /// Whether fields that others own are taken from them.
        package var forcesConflicts = false
        /// Whether specs are compared and nothing is to be done, so that nothing can be in the way of it.
        var isComparison = false

        package init() {}
    }

    let catalog: ResourceCatalog
    let graph: ResourceGraph
    let recorded: StateSnapshot
    let observations: Observations
    let renames: [Address: Address]
    let options: Options
    private var decided = Decisions()
    private var drift: [Change] = []
    private var diagnostics = Diagnostics()

    private init(
        catalog: ResourceCatalog, graph: ResourceGraph, recorded: StateSnapshot, observations: Observations,
        renames: [Address: Address], options: Options
    ) {
        self.catalog = catalog
        self.graph = graph
        self.recorded = recorded
        self.observations = observations
        self.renames = renames
        self.options = options
    }

    /// Throws every reason why there can be no plan: a protected resource in the way, a name that somebody else has.
    package static func plan(
        _ purpose: Plan.Purpose, catalog: ResourceCatalog, graph: ResourceGraph, specDigest: String,
        recorded: StateSnapshot, observations: Observations, renames: [Address: Address], options: Options,
        remarks: Diagnostics = Diagnostics()
    ) throws(Diagnostics) -> Plan {
        var planner = Planner(
            catalog: catalog, graph: graph, recorded: recorded, observations: observations, renames: renames,
            options: options)
        planner.decideAll(purpose)
        planner.diagnostics.merge(remarks)
        if planner.diagnostics.hasErrors { throw planner.diagnostics }
        return Plan(
            environment: recorded.environment, purpose: purpose, specDigest: specDigest, lineage: recorded.lineage,
            serial: recorded.serial, changes: planner.decided.changes.sorted { $0.address < $1.address },
            drift: planner.drift.sorted { $0.address < $1.address }, remarks: planner.diagnostics)
    }

    private mutating func decideAll(_ purpose: Plan.Purpose) {
        decided.reserveCapacity(graph.order.count + recorded.resources.count)
        for address in graph.order {
            guard let resource = graph[address], let kind = catalog[resource.kind] else { continue }
            decided.append(change(of: resource, type(of: kind)))
        }
        let moved = Set(renames.values)
        for (address, record) in recorded.resources where graph[address] == nil && !moved.contains(address) {
            decided.append(removal(of: record, at: address, purpose))
        }
        diagnostics.append(missed: observations.missed, in: graph)
        restrict()
        if !options.isComparison { for change in decided.changes { check(change) } }
    }

    // MARK: A resource that the spec has

    private mutating func change(of resource: DeclaredResource, _ kind: any ResourceKind.Type) -> Change {
        let address = resource.address
        let record = recorded.resources[renames[address] ?? address]
        let desired = desired(resource)
        var change = Change(
            address: address, kind: resource.kind, action: .none, movedFrom: renames[address], after: desired,
            range: resource.range)
        switch observations[address] {
        case .present(let observation):
            change.before = observation.attributes
            // What was used as it is does not become the environment's own by a word in the spec.
            decide(&change, resource, kind, observation, desired, isRecorded: record.map { !$0.isExisting } ?? false)
            if let record, let found = AttributeComparison(kind).drift(of: observation, from: record, resource) {
                drift.append(found)
            }
        case .softDeleted(let deleted):
            change.before = deleted
            change.action = .recover
            change.reasons = [.softDeleted]
            change.after = withUnknownOutputs(desired, kind)
        case .absent:
            change.action = .create
            change.reasons = [record == nil ? .notRecorded : .goneFromService]
            change.after = withUnknownOutputs(desired, kind)
        case .unknown, .unreadable:
            decideUnseen(&change, resource, kind, record, desired)
        }
        if resource.isExisting {
            asExisting(&change, resource, desired)
        } else {
            compareRules(&change, resource, record)
        }
        if let from = renames[address], change.action == .none || change.action == .update {
            change.reasons.insert(.renamed(from: from), at: 0)
            if kind.marksOwnership { change.action = .update }
        }
        if options.replaced.contains(address), change.action == .update || change.action == .none {
            change.reasons.append(.requested)
            replace(&change, desired, kind)
        }
        if case .present(let observation) = observations[address] {
            reportConflicts(observation.conflicts, &change, resource)
        }
        change.irreversible = kind.irreversibility(of: change.action, recorded: change.before, desired: change.after)
        change.notes += kind.cautions(on: change.action, recorded: change.before, desired: change.after)
        foresee(&change, kind)
        reportObstacle(to: change, resource, kind)
        return change
    }

    private mutating func reportObstacle(
        to change: Change, _ resource: DeclaredResource?, _ kind: any ResourceKind.Type
    ) {
        guard !options.isComparison, let obstacle = obstacle(to: change, kind) else { return }
        let path = change.differences.first { $0.effect == .replaces }?.path ?? change.differences.first?.path ?? ""
        diagnostics.append(
            .obstacle, "\(change.address): \(obstacle.message)", at: resource?.range(of: path), hint: obstacle.hint,
            address: change.address.description)
    }

    private func obstacle(to change: Change, _ kind: any ResourceKind.Type) -> Obstacle? {
        if let foreseen = observations.prospects[change.address]?.obstacles[change.action] { return foreseen }
        if case .present(let observation) = observations[change.address],
            let found = observation.obstacles[change.action]
        {
            return found
        }
        guard [.update, .replace, .read, .recover].contains(change.action), let before = change.before,
            let after = change.after
        else { return nil }
        return kind.obstacle(to: change.action, recorded: before, desired: after)
    }

    /// What could be told beforehand of a change that is to be made.
    private func foresee(_ change: inout Change, _ kind: any ResourceKind.Type) {
        guard kind.hasProspects, !options.isComparison, change.action != .read, change.action != .forget else { return }
        guard let prospect = observations.prospects[change.address] else {
            if change.isEffective { change.notes.append("what it would make of its objects was not looked at") }
            return
        }
        change.notes += prospect.notes
        guard change.isEffective, !change.changesOnlyRecord else { return }
        for (name, value) in prospect.outputs.values where change.after != nil { change.after?.values[name] = value }
        change.objects = prospect.objects
        change.irreversible = prospect.irreversible[change.action] ?? change.irreversible
    }

    /// A resource that is made anew has no fields of others any more.
    private mutating func reportConflicts(
        _ conflicts: [FieldConflict], _ change: inout Change, _ resource: DeclaredResource
    ) {
        guard !conflicts.isEmpty, change.action == .update || change.action == .adopt else { return }
        guard !options.forcesConflicts else {
            change.notes += conflicts.map { "takes \($0.field) from \($0.owner)" }
            return
        }
        diagnostics.append(
            .fieldConflict, "\(resource.address) wants fields otherwise than their owners", at: resource.range,
            hint:
                "leave these fields out of the spec, have the owner give them up, or take them with --force-conflicts",
            address: resource.address.description,
            notes: conflicts.map { Diagnostic.Note("\($0.field) is owned by \($0.owner)") })
    }

    /// What is to happen on destroy is recorded too, since the spec is not there any more when it is asked for.
    private func compareRules(_ change: inout Change, _ resource: DeclaredResource, _ record: RecordedResource?) {
        guard let record, change.action == .none || change.action == .update else { return }
        let rules: [(String, Value, Value)] = [
            ("protect", .bool(record.isProtected), .bool(resource.isProtected)),
            ("onDestroy", .string(record.onDestroy.rawValue), .string(resource.onDestroy.rawValue)),
        ]
        for (name, before, after) in rules where before != after {
            change.differences.append(Difference(path: name, before: before, after: after, effect: .informs))
            if change.action == .none { change.reasons.append(.differs) }
            change.action = .update
        }
    }

    private mutating func decideUnseen(
        _ change: inout Change, _ resource: DeclaredResource, _ kind: any ResourceKind.Type,
        _ record: RecordedResource?, _ desired: Attributes
    ) {
        if case .unreadable(let failure) = observations[resource.address] {
            diagnostics.append(unreadable: failure, resource, isRecorded: record != nil)
        }
        guard let record, !parentIsGone(resource, kind) else {
            change.action = .create
            change.reasons = [record == nil ? .notRecorded : .goneFromService]
            change.after = withUnknownOutputs(desired, kind)
            return
        }
        change.before = record.attributes
        let owner = record.isExisting ? nil : Owner(environment: graph.environment, address: nil)
        let unseen = Observation(record.attributes, owner: owner)
        decide(&change, resource, kind, unseen, desired, isRecorded: !record.isExisting)
    }

    private func parentIsGone(_ resource: DeclaredResource, _ kind: any ResourceKind.Type) -> Bool {
        let action = kind.place.parent(of: resource.address).flatMap(decided.action)
        return action == .create || action == .recover
    }

    private mutating func decide(
        _ change: inout Change, _ resource: DeclaredResource, _ kind: any ResourceKind.Type,
        _ observation: Observation, _ desired: Attributes, isRecorded: Bool
    ) {
        AttributeComparison(kind).compare(observation, with: desired, in: &change)
        change.differences += observations.prospects[resource.address]?.differences ?? []
        change.after = keepingOutputs(of: observation.attributes, desired, kind, changes: !change.differences.isEmpty)
        let isForced = isForced(&change, resource, kind)
        if change.differences.contains(where: { $0.effect == .replaces }) || isForced {
            for difference in change.differences where difference.effect == .replaces {
                change.reasons.append(.immutable(path: difference.path))
            }
            replace(&change, desired, kind)
        } else if !change.differences.isEmpty {
            change.action = .update
            explainUpdate(&change, resource)
        }
        if !isRecorded, !resource.isExisting { takeOver(&change, resource, kind, observation) }
    }

    /// Something is there that state does not know.
    private mutating func takeOver(
        _ change: inout Change, _ resource: DeclaredResource, _ kind: any ResourceKind.Type, _ observation: Observation
    ) {
        guard kind.marksOwnership else {
            change.action = .create
            change.reasons = [.notRecorded]
            return
        }
        guard observation.owner?.environment == graph.environment || options.isComparison else {
            let owner = observation.owner.map { " and belongs to the environment '\($0.environment)'" } ?? ""
            diagnostics.append(
                .alreadyExists, "\(resource.address) exists already\(owner)", at: resource.range,
                hint: kind.allowsExisting
                    ? "write `existing: true` to use it as it is, or choose another name"
                    : "choose another name, or delete it first")
            return
        }
        change.action = change.action == .replace ? .replace : .adopt
        change.reasons.insert(.foundUnrecorded, at: 0)
    }

    private mutating func asExisting(
        _ change: inout Change, _ resource: DeclaredResource, _ desired: Attributes
    ) {
        change.action = .read
        change.reasons = []
        change.differences = []
        switch observations[resource.address] {
        case .absent, .softDeleted:
            diagnostics.append(
                .existingNotFound, "\(resource.address) is said to exist, but does not", at: resource.range,
                // What the spec does not list stands for what it names elsewhere, and cannot be made.
                hint: resource.range == nil
                    ? "check its name, its group and its subscription"
                    : "check its name, or remove `existing: true` to have it created")
        case .present(let observation):
            change.after = desired.merging(observation.attributes)
        case .unknown, .unreadable: break
        }
    }

    // MARK: Reasons

    private mutating func isForced(
        _ change: inout Change, _ resource: DeclaredResource, _ kind: any ResourceKind.Type
    ) -> Bool {
        let forcing = resource.references.filter { path, address in
            let name = String(path.prefix { $0 != "." && $0 != "[" })
            return decided.action(on: address) == .replace && kind.attribute(name)?.effect == .replaces
        }
        for address in Set(forcing.values).sorted() { change.reasons.append(.forced(by: address)) }
        return !forcing.isEmpty
    }

    private func replace(_ change: inout Change, _ desired: Attributes, _ kind: any ResourceKind.Type) {
        change.action = .replace
        change.after = withUnknownOutputs(desired, kind)
    }

    private func explainUpdate(_ change: inout Change, _ resource: DeclaredResource) {
        let following = change.differences.filter { $0.after?.containsUnknown == true }
        let causes = Set(following.compactMap { cause(of: $0, resource) })
        change.reasons += causes.sorted().map(Reason.follows)
        let known = change.differences.contains { $0.after?.containsUnknown != true }
        if known, !change.reasons.contains(where: { if case .comparedAtApply = $0 { true } else { false } }) {
            change.reasons.append(hasDriftedOnly(change) ? .driftedFromRecord : .differs)
        }
    }

    private func cause(of difference: Difference, _ resource: DeclaredResource) -> Address? {
        let name = String(difference.path.prefix { $0 != "." && $0 != "[" })
        return resource.attributes[name]?.addresses.sorted().first(where: decided.isEffective)
    }

    /// Whether the record is what the spec asks for, so that only somebody else can have made the difference.
    private func hasDriftedOnly(_ change: Change) -> Bool {
        guard let record = recorded.resources[change.movedFrom ?? change.address], let after = change.after else {
            return false
        }
        return change.differences.allSatisfy { difference in
            let name = String(difference.path.prefix { $0 != "." && $0 != "[" })
            return !difference.isSensitive
                && ValueDifference.paths(from: record.attributes.values[name], to: after.values[name], below: name)
                    .isEmpty
        }
    }

    // MARK: Values

    private func desired(_ resource: DeclaredResource) -> Attributes {
        // Not by `self`, which the closures would copy.
        let decided = decided
        return Attributes(resource.attributes.mapValues { $0.value { decided.output($0, $1) } })
    }

    private func withUnknownOutputs(_ desired: Attributes, _ kind: any ResourceKind.Type) -> Attributes {
        var result = desired
        for attribute in kind.attributes where attribute.isComputed { result.values[attribute.name] = .unknown }
        return result
    }

    private func keepingOutputs(
        of current: Attributes, _ desired: Attributes, _ kind: any ResourceKind.Type, changes: Bool
    ) -> Attributes {
        var result = desired
        for attribute in kind.attributes where attribute.isComputed {
            let changesToo = changes && kind.volatileOutputs.contains(attribute.name)
            result.values[attribute.name] = changesToo ? .unknown : current.values[attribute.name]
        }
        return result
    }

    // MARK: A resource that only state has

    private mutating func removal(of record: RecordedResource, at address: Address, _ purpose: Plan.Purpose) -> Change {
        var change = Change(
            address: address, kind: record.kind, action: .delete,
            reasons: [purpose == .destroy ? .environmentDestroyed : .removedFromSpec], before: record.attributes)
        if record.isExisting || record.onDestroy == .retain || catalog[record.kind] == nil { change.action = .forget }
        switch observations[address] {
        case .absent, .softDeleted:
            change.action = .forget
            change.reasons.append(.goneFromService)
        case .present(let observation): change.before = observation.attributes
        case .unreadable(let failure):
            diagnostics.append(unreadable: failure, undeclared: address)
        case .unknown: break
        }
        if let kind = catalog[record.kind] {
            change.irreversible = type(of: kind).irreversibility(
                of: change.action, recorded: change.before, desired: nil)
            if change.action == .delete {
                foresee(&change, type(of: kind))
                reportObstacle(to: change, nil, type(of: kind))
            }
        }
        return change
    }

    // MARK: The whole

    /// Leaves out what `targets` and `excluded` leave out.
    private mutating func restrict() {
        guard !options.targets.isEmpty || !options.excluded.isEmpty else { return }
        let selection = Selection(graph: graph, recorded: recorded, options: options)
        decided.modifyAll { change in
            guard change.isEffective, !selection.contains(change.address) else { return }
            change.action = .none
            change.movedFrom = nil
            change.reasons = []
            change.differences = []
            change.objects = ObjectChanges()
            change.after = change.before
            change.notes.append("left out by --target or --exclude")
        }
    }

    private mutating func check(_ change: Change) {
        guard change.action == .delete || change.action == .replace else { return }
        let isProtected =
            graph[change.address]?.isProtected ?? recorded.resources[change.address]?.isProtected ?? false
        guard isProtected else { return }
        let verb = change.action == .delete ? "deleted" : "replaced"
        let why = change.reasons.map(\.sentence).joined(separator: "; ")
        diagnostics.append(
            .protectedResource, "\(change.address) is protected, and would be \(verb): \(why)", at: change.range,
            hint: "apply `protect: false` first if it is really to go")
    }
}
