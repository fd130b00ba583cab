package import PurserSyntax

/// What a plan does with one resource, and why.
package struct Change: Sendable, Hashable {
    package let address: Address
    package let kind: KindName
    package var action: Action
    /// The address under which state knows the resource, when the spec renamed it.
    package var movedFrom: Address?
    package var reasons: [Reason]
    package var differences: [Difference]
    /// What is there now as far as Purser manages it; nil when nothing is.
    package var before: Attributes?
    /// What will be there; outputs that are not known yet are `unknown`; nil when nothing will be.
    package var after: Attributes?
    /// The name in the spec, or nil when the spec does not have the resource (any more).
    package var range: SourceRange?
    /// Why rollback could not undo the change, or nil when it could.
    package var irreversible: String?
    /// Remarks that call for no action, such as a secret that could not be compared.
    package var notes: [String]
    /// What becomes of the objects behind the resource, where that can be told beforehand.
    package var objects = ObjectChanges()

    package init(
        address: Address, kind: KindName, action: Action, movedFrom: Address? = nil, reasons: [Reason] = [],
        differences: [Difference] = [], before: Attributes? = nil, after: Attributes? = nil, range: SourceRange? = nil,
        irreversible: String? = nil, notes: [String] = []
    ) {
        self.address = address
        self.kind = kind
        self.action = action
        self.movedFrom = movedFrom
        self.reasons = reasons
        self.differences = differences
        self.before = before
        self.after = after
        self.range = range
        self.irreversible = irreversible
        self.notes = notes
    }

    /// Whether nothing outside changes: only what is recorded does, such as `protect`.
    package var changesOnlyRecord: Bool {
        action == .update && movedFrom == nil && differences.allSatisfy { $0.effect == .informs }
    }

    /// Whether applying the change calls a service or changes state.
    package var isEffective: Bool {
        movedFrom != nil || (action != .none && action != .read)
    }
}

/// Why a change is made.
package enum Reason: Sendable, Hashable {
    case notRecorded
    /// State has it, but it is gone.
    case goneFromService
    case differs
    case driftedFromRecord
    case softDeleted
    case foundUnrecorded
    case removedFromSpec
    case environmentDestroyed
    case renamed(from: Address)
    /// An attribute cannot be changed in place.
    case immutable(path: String)
    /// Another resource is replaced or deleted, and this one cannot outlive it.
    case forced(by: Address)
    /// An output that this resource uses will change.
    case follows(Address)
    case comparedAtApply(path: String)
    case requested

    package var sentence: String {
        switch self {
        case .notRecorded: "is not there yet"
        case .goneFromService: "is recorded but no longer exists"
        case .differs: "differs from the spec"
        case .driftedFromRecord: "was changed outside Purser"
        case .softDeleted: "is soft-deleted and will be recovered with what it held"
        case .foundUnrecorded: "exists and is this environment's, but state does not know it"
        case .removedFromSpec: "is no longer in the spec"
        case .environmentDestroyed: "the environment is destroyed"
        case .renamed(let address): "was \(address) before"
        case .immutable(let path): "'\(path)' cannot be changed in place"
        case .forced(let address): "cannot outlive \(address), which is replaced"
        case .follows(let address): "uses an output of \(address), which changes"
        case .comparedAtApply(let path): "'\(path)' is compared at apply"
        case .requested: "replacement was asked for"
        }
    }

    /// Terraform's `action_reason` of the nearest meaning.
    package var code: String {
        switch self {
        case .notRecorded: "create_because_not_recorded"
        case .goneFromService: "create_because_gone"
        case .differs: "update_because_different"
        case .driftedFromRecord: "update_because_drifted"
        case .softDeleted: "recover_because_soft_deleted"
        case .foundUnrecorded: "adopt_because_ours"
        case .removedFromSpec: "delete_because_no_resource_config"
        case .environmentDestroyed: "delete_because_destroy"
        case .renamed: "move_because_renamed"
        case .immutable: "replace_because_cannot_update"
        case .forced: "replace_because_dependency_replaced"
        case .follows: "update_because_dependency_changes"
        case .comparedAtApply: "update_compared_at_apply"
        case .requested: "replace_by_request"
        }
    }
}

/// One attribute, or one part of it, that will be another than it is.
package struct Difference: Sendable, Hashable {
    /// Dotted path below the resource: `labels.environment`, `spec.containers[0].image`.
    package let path: String
    /// Nil when it is not there. Of a sensitive attribute both are nil; of a sensitive field of an object behind the
    /// resource, null says that it is there.
    package let before: Value?
    package let after: Value?
    package let isSensitive: Bool
    package let effect: ChangeEffect

    package init(path: String, before: Value?, after: Value?, isSensitive: Bool = false, effect: ChangeEffect) {
        self.path = path
        self.before = before
        self.after = after
        self.isSensitive = isSensitive
        self.effect = effect
    }
}
