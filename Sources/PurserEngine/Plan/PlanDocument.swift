import PurserSyntax

/// The JSON of a saved plan, field by field.
struct PlanDocument: Codable {
    struct SpecPart: Codable {
        let path: String
        let digest: String
    }

    struct StatePart: Codable {
        let lineage: String
        let serial: Int
    }

    struct StepPart: Codable {
        let id: Int
        let address: Address
        let type: KindName
        let operation: Step.Operation
        let part: Step.Part?
        let needs: [Int]

        init(_ step: Step) {
            id = step.id
            address = step.address
            type = step.kind
            operation = step.operation
            part = step.part == .whole ? nil : step.part
            needs = step.needs
        }

        var step: Step {
            Step(id: id, address: address, kind: type, operation: operation, part: part ?? .whole, needs: needs)
        }
    }

    struct RemarkPart: Codable {
        let severity: Diagnostic.Severity
        let code: DiagnosticCode
        let summary: String
        let hint: String?
        let address: String?
        let range: SourceRange?

        init(_ diagnostic: Diagnostic) {
            severity = diagnostic.severity
            code = diagnostic.code
            summary = diagnostic.message
            hint = diagnostic.hint
            address = diagnostic.address
            range = diagnostic.range
        }

        var diagnostic: Diagnostic {
            Diagnostic(code, summary, at: range, hint: hint, address: address, severity: severity)
        }
    }

    let format_version: String
    let environment: String
    let purpose: Plan.Purpose
    let spec: SpecPart
    let state: StatePart
    let request: PlanFile.Request
    let applyable: Bool
    let errored: Bool
    let resource_changes: [ResourceChange]
    let resource_drift: [ResourceChange]
    let steps: [StepPart]
    let remarks: [RemarkPart]
    /// What was found and let pass, and why; absent if nothing was.
    let allowed_findings: AllowedFindings?
    /// Names of sensitive attributes by kind.
    let sensitive_attributes: [String: [String]]

    init(_ file: PlanFile, sensitive: [KindName: Set<String>]) {
        let plan = file.plan
        format_version = PlanFile.formatVersion
        environment = plan.environment
        purpose = plan.purpose
        spec = SpecPart(path: file.request.specPath, digest: plan.specDigest)
        state = StatePart(lineage: plan.lineage, serial: plan.serial)
        request = file.request
        applyable = !plan.isEmpty
        errored = false
        resource_changes = plan.changes.map { ResourceChange($0, sensitive: sensitive[$0.kind] ?? []) }
        resource_drift = plan.drift.map { ResourceChange($0, sensitive: sensitive[$0.kind] ?? []) }
        steps = file.steps.map(StepPart.init)
        remarks = plan.remarks.map(RemarkPart.init)
        allowed_findings = plan.allowed.isEmpty ? nil : plan.allowed
        let used = Set((plan.changes + plan.drift).map(\.kind))
        sensitive_attributes = Dictionary(
            uniqueKeysWithValues: used.map { ($0.text, (sensitive[$0] ?? []).sorted()) })
    }

    var plan: Plan {
        Plan(
            environment: environment, purpose: purpose, specDigest: spec.digest, lineage: state.lineage,
            serial: state.serial, changes: resource_changes.map(\.decoded), drift: resource_drift.map(\.decoded),
            remarks: Diagnostics(remarks.map(\.diagnostic)), allowed: allowed_findings ?? AllowedFindings())
    }

    var sensitive: [KindName: Set<String>] {
        Dictionary(sensitive_attributes.map { (KindName($0.key), Set($0.value)) }) { first, _ in first }
    }
}

extension PlanDocument {
    struct ResourceChange: Codable {
        let address: Address
        let previous_address: Address?
        let mode: String
        let type: KindName
        let name: String
        let provider_name: String
        let change: ChangePart
        let action_reason: String?
        /// The action in Purser's own words, of which Terraform's have fewer.
        let action: Action
        let reasons: [ReasonPart]
        let differences: [DifferencePart]
        let source: SourceRange?
        let irreversible: String?
        let notes: [String]
        /// What becomes of the objects behind the resource; absent where nothing is told of them.
        let objects: [ObjectChange]?
        let omitted_objects: Int?

        init(_ change: Change, sensitive: Set<String>) {
            address = change.address
            previous_address = change.movedFrom
            mode = change.action == .read ? "data" : "managed"
            type = change.kind
            name = change.address.key
            provider_name = "purser/\(change.kind.text.prefix { $0 != "/" })"
            self.change = ChangePart(change, sensitive: sensitive)
            action_reason = change.reasons.first?.code
            action = change.action
            reasons = change.reasons.map(ReasonPart.init)
            differences = change.differences.map(DifferencePart.init)
            source = change.range
            irreversible = change.irreversible
            notes = change.notes
            objects = change.objects.isEmpty ? nil : change.objects.changes
            omitted_objects = change.objects.omitted == 0 ? nil : change.objects.omitted
        }

        var decoded: Change {
            var result = Change(
                address: address, kind: type, action: action, movedFrom: previous_address,
                reasons: reasons.compactMap(\.reason), differences: differences.map(\.difference),
                before: change.before.map(Attributes.init),
                after: change.after.map { Attributes($0.restoringUnknown(change.after_unknown)) },
                range: source, irreversible: irreversible, notes: notes)
            result.objects = ObjectChanges(objects ?? [], omitted: omitted_objects ?? 0)
            return result
        }
    }

    struct ChangePart: Codable {
        let actions: [String]
        let before: [String: Value]?
        let after: [String: Value]?
        let after_unknown: [String: Value]
        let before_sensitive: [String: Bool]
        let after_sensitive: [String: Bool]
        let replace_paths: [[String]]

        private enum CodingKeys: String, CodingKey {
            case actions, before, after, after_unknown, before_sensitive, after_sensitive, replace_paths
        }

        init(_ change: Change, sensitive: Set<String>) {
            actions = change.action.terraformActions
            before = change.before?.values
            after = change.after?.values.filter { $0.value != .unknown }
            after_unknown = (change.after?.values ?? [:]).compactMapValues(\.unknownParts)
            before_sensitive = Self.marks(sensitive, in: change.before)
            after_sensitive = Self.marks(sensitive, in: change.after)
            replace_paths = change.differences.filter { $0.effect == .replaces && change.action == .replace }
                .map { $0.path.split(separator: ".").map(String.init) }
        }

        private static func marks(_ sensitive: Set<String>, in attributes: Attributes?) -> [String: Bool] {
            (attributes?.values ?? [:]).filter { sensitive.contains($0.key) }.mapValues { _ in true }
        }

        /// Written out where the field must be there although it is null: policies test `before == null`.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(actions, forKey: .actions)
            try container.encode(before, forKey: .before)
            try container.encode(after, forKey: .after)
            try container.encode(after_unknown, forKey: .after_unknown)
            try container.encode(before_sensitive, forKey: .before_sensitive)
            try container.encode(after_sensitive, forKey: .after_sensitive)
            if !replace_paths.isEmpty { try container.encode(replace_paths, forKey: .replace_paths) }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            actions = try container.decode([String].self, forKey: .actions)
            before = try container.decodeIfPresent([String: Value].self, forKey: .before)
            after = try container.decodeIfPresent([String: Value].self, forKey: .after)
            after_unknown = try container.decode([String: Value].self, forKey: .after_unknown)
            before_sensitive = try container.decode([String: Bool].self, forKey: .before_sensitive)
            after_sensitive = try container.decode([String: Bool].self, forKey: .after_sensitive)
            replace_paths = try container.decodeIfPresent([[String]].self, forKey: .replace_paths) ?? []
        }
    }

    struct DifferencePart: Codable {
        let path: String
        let before: Value?
        let after: Value?
        let after_unknown: Value?
        let sensitive: Bool
        /// `updates`, `replaces` or `informs`.
        let effect: String

        private enum CodingKeys: String, CodingKey { case path, before, after, after_unknown, sensitive, effect }

        init(_ difference: Difference) {
            path = difference.path
            before = difference.before
            after = difference.after == .unknown ? nil : difference.after
            after_unknown = difference.after?.unknownParts
            sensitive = difference.isSensitive
            effect = difference.effect.word
        }

        /// A null that is written is a value, and not the absence of one.
        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            func value(_ key: CodingKeys) throws -> Value? {
                guard members.contains(key) else { return nil }
                return try members.decode(Value.self, forKey: key)
            }
            path = try members.decode(String.self, forKey: .path)
            before = try value(.before)
            after = try value(.after)
            after_unknown = try value(.after_unknown)
            sensitive = try members.decode(Bool.self, forKey: .sensitive)
            effect = try members.decode(String.self, forKey: .effect)
        }

        var difference: Difference {
            let whole = after_unknown.map { (after ?? .null).restoringUnknown($0) } ?? after
            return Difference(
                path: path, before: before, after: whole, isSensitive: sensitive, effect: ChangeEffect(word: effect))
        }
    }

    struct ReasonPart: Codable {
        let code: String
        let sentence: String
        let address: Address?
        let path: String?

        init(_ reason: Reason) {
            code = reason.code
            sentence = reason.sentence
            switch reason {
            case .renamed(let other), .forced(let other), .follows(let other):
                address = other
                path = nil
            case .immutable(let name), .comparedAtApply(let name):
                address = nil
                path = name
            case .notRecorded, .goneFromService, .differs, .driftedFromRecord, .softDeleted, .foundUnrecorded,
                .removedFromSpec, .environmentDestroyed, .requested:
                address = nil
                path = nil
            }
        }

        var reason: Reason? {
            let other = address ?? Address("")
            let all: [Reason] = [
                .notRecorded, .goneFromService, .differs, .driftedFromRecord, .softDeleted, .foundUnrecorded,
                .removedFromSpec, .environmentDestroyed, .requested, .renamed(from: other), .forced(by: other),
                .follows(other), .immutable(path: path ?? ""), .comparedAtApply(path: path ?? ""),
            ]
            return all.first { $0.code == code }
        }
    }
}

extension ChangeEffect {
    fileprivate var word: String {
        switch self {
        case .updates: "updates"
        case .replaces: "replaces"
        case .informs: "informs"
        }
    }

    /// A word that this version does not know tells of no change.
    fileprivate init(word: String) {
        self = word == "updates" ? .updates : word == "replaces" ? .replaces : .informs
    }
}

extension Action {
    /// The nearest of Terraform's actions.
    package var terraformActions: [String] {
        switch self {
        case .create, .recover: ["create"]
        case .update, .adopt: ["update"]
        case .replace: ["delete", "create"]
        case .delete: ["delete"]
        case .read: ["read"]
        case .forget: ["forget"]
        case .none: ["no-op"]
        }
    }
}

// MARK: Unknown parts

extension Value {
    /// The shape of what is unknown: true for an unknown value, members and items for a collection that has some; nil
    /// if all is known.
    fileprivate var unknownParts: Value? {
        switch self {
        case .unknown: return .bool(true)
        case .object(let members):
            let parts = members.compactMapValues(\.unknownParts)
            return parts.isEmpty ? nil : .object(parts)
        case .list(let items):
            return containsUnknown ? .list(items.map { $0.unknownParts ?? .bool(false) }) : nil
        default: return nil
        }
    }

    fileprivate func restoringUnknown(_ parts: Value) -> Value {
        switch (self, parts) {
        case (_, .bool(true)): return .unknown
        case (.object(let members), .object(let unknown)): return .object(members.restoringUnknown(unknown))
        case (.list(let items), .list(let unknown)) where items.count == unknown.count:
            return .list(zip(items, unknown).map { $0.restoringUnknown($1) })
        default: return self
        }
    }
}

extension [String: Value] {
    fileprivate func restoringUnknown(_ parts: [String: Value]) -> [String: Value] {
        merging(parts.map { name, part in (name, (self[name] ?? .null).restoringUnknown(part)) }) { _, restored in
            restored
        }
    }
}
