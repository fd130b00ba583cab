import PurserClients
import PurserEngine
import PurserSyntax

/// The access of a cluster's nodes by the identities that their scale sets have of their own.
///
/// Each scale set has a principal of its own, and each of them has an entry like that of any other identity. What is
/// recorded of an entry stands under its principal; a principal that was only seen, and has nothing of ours, stands there
/// too, with what it had before.
/// Source: Azure REST reference, `VirtualMachineScaleSetIdentity`, `principalId`, api-version 2024-11-01.
struct NodeGrants: Sendable {
    let policy: AccessPolicy
    let scaleSets: ScaleSetClient

    init(_ policy: AccessPolicy) {
        self.policy = policy
        scaleSets = ScaleSetClient(arm: policy.arm, polling: policy.polling)
    }

    static let systemAssigned = "systemAssigned"

    // MARK: Operations

    /// A scale set without the access shows as a difference of `nodes`.
    func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        guard let sets = try await scaleSets.listIfThere(try group(of: known)) else { return nil }
        if operation.isExisting { return try await existing(wanted ?? known, sets, operation) }
        var records = known.nodeRecords
        guard !records.isEmpty else {
            let isRecorded = known[AccessPolicy.nodeGrants] != nil && sets.isEmpty
            return isRecorded ? Observation(observed(known, words: known, [:], [])) : nil
        }
        var found: Attributes?
        for (principal, record) in records.sorted(by: { $0.key < $1.key }) {
            let entry = entry(known, principal, record)
            let seen = try await policy.read(
                entry, wanted: wanted.map { self.entry($0, principal, nil) }, operation)
            records[principal] = seen.map { Self.record($0.attributes) } ?? memory(record)
            guard let seen = seen?.attributes else { continue }
            // The one that differs from the record tells more.
            if found == nil || !Self.haveSameWords(seen, known) { found = seen }
        }
        guard let found else { return nil }
        for set in sets {
            guard let principal = set.principalId, records[principal] == nil else { continue }
            records[principal] = Self.record(
                try await policy.remembered(before: entry(known, principal, nil), operation))
        }
        return Observation(observed(known, words: found, records, sets))
    }

    private func existing(
        _ wanted: Attributes, _ sets: [ScaleSet], _ operation: Operation
    ) async throws -> Observation? {
        var records: [String: Attributes] = [:]
        for set in sets {
            guard let principal = set.principalId,
                let seen = try await policy.read(entry(wanted, principal, nil), wanted: nil, operation)
            else { return nil }
            records[principal] = Self.record(seen.attributes)
        }
        return records.isEmpty ? nil : Observation(observed(wanted, words: wanted, records, sets))
    }

    /// What each principal has before we add ours.
    func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        var records: [String: Attributes] = [:]
        for set in try await scaleSets.list(try group(of: desired)) {
            guard let principal = set.principalId else { continue }
            records[principal] = try await policy.remembered(before: entry(desired, principal, nil), operation)
        }
        var found = Attributes()
        found.nodeRecords = records
        return found
    }

    func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        try await update(desired, to: desired, operation)
    }

    func update(_ current: Attributes, to desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let sets = try await scaleSets.list(try group(of: desired))
        let principals = try principals(of: sets, desired)
        if sets.isEmpty {
            operation.report("the node resource group has no scale set yet; a later apply gives it access")
        }
        var records: [String: Attributes] = [:]
        var begun = false
        for principal in principals {
            let record = current.nodeRecords[principal]
            records[principal] = Self.record(
                try await Self.marking(begun) {
                    operation.report("giving access to the scale set \(sets.name(of: principal))")
                    return try await give(principal, record, current, desired, operation)
                })
            begun = true
        }
        // Scale sets that are gone leave their entries behind.
        for (principal, record) in current.nodeRecords where records[principal] == nil && record.isGranted {
            try await Self.marking(begun) { try await policy.delete(entry(current, principal, record), operation) }
            begun = true
        }
        return observed(desired, words: desired, records, sets)
    }

    private func give(
        _ principal: String, _ record: Attributes?, _ current: Attributes, _ desired: Attributes,
        _ operation: Operation
    ) async throws -> Attributes {
        let wanted = entry(desired, principal, nil)
        if let record, record.isGranted {
            return try await policy.update(entry(current, principal, record), to: wanted, operation)
        }
        var fresh = wanted
        fresh[AccessPolicy.preexisting] = record?[AccessPolicy.preexisting]
        return try await policy.create(fresh, operation)
    }

    func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        for (principal, record) in recorded.nodeRecords.sorted(by: { $0.key < $1.key }) where record.isGranted {
            try await policy.delete(entry(recorded, principal, record), operation)
        }
    }

    /// Each principal has again exactly what it had; of one that had nothing of ours, ours goes.
    func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        for (principal, record) in former.nodeRecords.sorted(by: { $0.key < $1.key }) {
            let entry = entry(former, principal, record)
            if record.isGranted {
                _ = try await policy.restore(entry, operation)
            } else {
                try await policy.delete(Self.withEverything(entry), operation)
            }
        }
        return former
    }

    /// An entry whose removal leaves only what the principal had before.
    private static func withEverything(_ entry: Attributes) -> Attributes {
        var result = entry
        for section in VaultSection.allCases { result[AccessPolicy.permissions(section)] = section.permissions }
        result[AccessPolicy.roles] = KeyVaultRole.allCases.map(\.rawValue)
        return result
    }

    /// What fails after something was done has an outcome that is not known.
    private static func marking<Result>(_ begun: Bool, _ work: () async throws -> Result) async throws -> Result {
        begun ? try await afterWrite(work) : try await work()
    }

    // MARK: Parts

    /// A principal's entry as if the spec had named its identity.
    private func entry(_ attributes: Attributes, _ principal: String, _ record: Attributes?) -> Attributes {
        var entry = attributes.merging(record ?? Attributes())
        for name in [AccessPolicy.nodes.name, AccessPolicy.nodeGroup.name, AccessPolicy.nodeGrants.name] {
            entry.values[name] = nil
        }
        entry.values[AccessPolicy.grantee.name] = ["principalId": .string(principal)]
        return entry
    }

    private static let words = [
        AccessPolicy.secrets.name, AccessPolicy.keys.name, AccessPolicy.certificates.name, AccessPolicy.roles.name,
    ]

    private static func haveSameWords(_ left: Attributes, _ right: Attributes) -> Bool {
        words.allSatisfy { left.values[$0] == right.values[$0] }
    }

    /// What is kept of an entry beside what all of them share.
    private static func record(_ entry: Attributes) -> Attributes {
        let kept = words + [AccessPolicy.objectId.name, AccessPolicy.preexisting.name, AccessPolicy.effective.name]
        return Attributes(entry.values.filter { kept.contains($0.key) })
    }

    /// What remains of a record whose grant is gone.
    private func memory(_ record: Attributes) -> Attributes {
        Attributes(record.values.filter { $0.key == AccessPolicy.preexisting.name })
    }

    private func observed(
        _ attributes: Attributes, words: Attributes, _ records: [String: Attributes], _ sets: [ScaleSet]
    ) -> Attributes {
        var found = attributes
        for name in Self.words { found.values[name] = words.values[name] }
        let granted = sets.filter { $0.principalId.flatMap { records[$0]?.isGranted } ?? false }.map(\.name)
        found[AccessPolicy.nodes] =
            granted.count == sets.count
            ? Self.systemAssigned : "\(Self.systemAssigned) of \(granted.sorted().joined(separator: ", "))"
        found.nodeRecords = records
        return found
    }

    private func principals(of sets: [ScaleSet], _ attributes: Attributes) throws -> [String] {
        let without = sets.filter { $0.principalId == nil }.map(\.name).sorted()
        guard without.isEmpty else {
            let group = try group(of: attributes).name
            throw ResourceFailure(
                .applyNodesWithoutIdentity,
                "the scale set\(without.count == 1 ? "" : "s") \(without.joined(separator: ", ")) of '\(group)' "
                    + "\(without.count == 1 ? "has" : "have") no identity of \(without.count == 1 ? "its" : "their") own",
                hint: "az vmss identity assign --resource-group \(group.shellWord) --name \(without[0].shellWord), or "
                    + "give access to an identity that is bound to the nodes")
        }
        return sets.compactMap(\.principalId).sorted()
    }

    private func group(of attributes: Attributes) throws -> ScaleSetClient.Group {
        let group = try attributes.required(AccessPolicy.nodeGroup)
        guard let subscription = group["subscription"]?.string, let name = group["name"]?.string else {
            throw AttributeError(name: AccessPolicy.nodeGroup.name, found: group)
        }
        return ScaleSetClient.Group(subscription: subscription, name: name)
    }
}

extension [ScaleSet] {
    fileprivate func name(of principal: String) -> String { first { $0.principalId == principal }?.name ?? principal }
}

extension Attributes {
    /// By principal. Empty where nothing is recorded.
    fileprivate(set) var nodeRecords: [String: Attributes] {
        get { self[AccessPolicy.nodeGrants]?.object?.mapValues { Attributes($0.object ?? [:]) } ?? [:] }
        set { self[AccessPolicy.nodeGrants] = .object(newValue.mapValues { .object($0.values) }) }
    }

    fileprivate var isGranted: Bool { self[AccessPolicy.objectId] != nil }
}
