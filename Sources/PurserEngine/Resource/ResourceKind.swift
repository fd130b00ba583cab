package import PurserSyntax

/// One kind of resource: all that the engine must know about, e.g., a Key Vault.
///
/// A kind sees only plain values: references are resolved to the attributes they take before its methods run.
package protocol ResourceKind: Sendable {
    static var name: KindName { get }
    /// What people call it, in lower case within a sentence: "key vault".
    static var title: String { get }
    /// Where the spec lists resources of this kind.
    static var place: SpecPlace { get }
    static var attributes: [any AttributeDeclaration] { get }
    /// Dotted paths of the attributes that tell which real object this is (`group.name`, `name`). When all are known a
    /// resource without a record can be looked up, and a resource found under a new address is recognised as moved.
    static var identity: [String] { get }
    /// Attributes that tell it as well, in place of `identity`; empty where there are none.
    static var otherIdentity: [String] { get }
    /// Whether `existing: true` may be written: looked up, used, never changed or deleted.
    static var allowsExisting: Bool { get }
    /// Whether `read` tells whose a resource is. What exists unrecorded and is not marked as ours is never taken over;
    /// without marks (an access policy, a binding) `create` merges with what is there.
    static var marksOwnership: Bool { get }
    /// Outputs that change with every write and that no other resource keeps: a secret's version. They may differ from
    /// the record after a rollback.
    static var volatileOutputs: Set<String> { get }
    /// Attributes in which a part that is null or empty says something else than one that is absent: a chart's values.
    static var attributesWithEmptyParts: Set<String> { get }
    /// Whether `prospect` may tell something.
    static var hasProspects: Bool { get }
    /// A small complete spec with one resource of this kind, shown in the docs and run by the conformance suite.
    static var example: String { get }

    /// Completes what the spec says: derived attributes, links to what the resource needs without naming it, and checks
    /// that need the other resources. Pure; problems go to `diagnostics`.
    static func derive(_ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics)
    /// Resources that follow from this one without being written (a vault's access for the one who runs Purser).
    static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource]
    /// What a difference at a dotted path below an attribute means; by default what the attribute says.
    static func effect(of path: String, _ attribute: any AttributeDeclaration) -> ChangeEffect
    /// The same where it depends on the rest of the resource (a job's template cannot change, a deployment's can).
    static func effect(
        of path: String, _ attribute: any AttributeDeclaration, from recorded: Attributes, to desired: Attributes
    ) -> ChangeEffect
    /// Why this change could not be undone, or nil.
    static func irreversibility(of action: Action, recorded: Attributes?, desired: Attributes?) -> String?
    /// Why the service would refuse this update or replacement in any case, or why what exists (`read`) does not serve, or
    /// nil: an error of the plan.
    static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle?
    /// What whoever approves the change should know beside its differences, each a sentence without a full stop.
    static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String]
    /// For a resource on whose rights others rely: attributes that grant what `current` grants and what `desired` does,
    /// if something is taken away. What relied on it goes before it is. Nil when nothing is.
    static func widened(_ current: Attributes, to desired: Attributes) -> Attributes?
    /// What the service keeps by nature although a step was undone ("a version with the former value"), or nil.
    static func trace(ofUndoing operation: Step.Operation) -> String?

    /// Returns what exists now, or nil if it does not. Must not change anything. `known` has at least the identity;
    /// `wanted` is what the spec asks for, if it asks: sensitive attributes are compared with it, in memory.
    func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation?
    /// Looks at what `wanted` would make of the resource, or at what its removal would take away where nothing is wanted.
    /// `current` is what is there, or what is recorded if that could not be seen; nil when nothing is. Changes nothing;
    /// what cannot be told is a note. The same world gives the same answer.
    func prospect(_ current: Attributes?, wanted: Attributes?, _ operation: Operation) async -> Prospect?
    /// Returns the soft-deleted resource of this identity that `recover` would bring back, or nil.
    func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes?
    /// What has to be remembered of the world before `create`, so that deleting leaves what was there before: the
    /// permissions that a principal had already. Changes nothing. It is journaled with the intent, and is part of the
    /// attributes that `create` and, after a crash, `delete` are given.
    func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes
    /// Returns all attributes, outputs included, only when what depends on the resource may use it. Calling it again
    /// after a crash must be safe: what an earlier call made is completed, not made twice.
    func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes
    /// Brings back a soft-deleted resource, with the desired attributes.
    func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes
    func update(_ current: Attributes, to desired: Attributes, _ operation: Operation) async throws -> Attributes
    /// Succeeds if the resource is already absent.
    func delete(_ recorded: Attributes, _ operation: Operation) async throws
    /// Undoes an update or a delete: afterwards the resource is as `former` says. Safe to call again.
    func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes
}

extension ResourceKind {
    package static var otherIdentity: [String] { [] }
    package static var allowsExisting: Bool { false }
    package static var marksOwnership: Bool { true }
    package static var volatileOutputs: Set<String> { [] }
    package static var attributesWithEmptyParts: Set<String> { [] }
    package static var hasProspects: Bool { false }
    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {}
    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] { [] }
    package static func effect(of path: String, _ attribute: any AttributeDeclaration) -> ChangeEffect {
        attribute.effect
    }
    package static func effect(
        of path: String, _ attribute: any AttributeDeclaration, from recorded: Attributes, to desired: Attributes
    ) -> ChangeEffect {
        effect(of: path, attribute)
    }
    package static func irreversibility(of action: Action, recorded: Attributes?, desired: Attributes?) -> String? {
        nil
    }
    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? { nil }
    package static func cautions(on action: Action, recorded: Attributes?, desired: Attributes?) -> [String] { [] }
    package static func widened(_ current: Attributes, to desired: Attributes) -> Attributes? { nil }
    package static func trace(ofUndoing operation: Step.Operation) -> String? { nil }
    package func prospect(
        _ current: Attributes?, wanted: Attributes?, _ operation: Operation
    ) async -> Prospect? { nil }
    package func readDeleted(_ desired: Attributes, _ operation: Operation) async throws -> Attributes? { nil }
    package func remembered(before desired: Attributes, _ operation: Operation) async throws -> Attributes {
        Attributes()
    }
    package func recover(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        try await create(desired, operation)
    }
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        if let current = try await read(former, wanted: nil, operation) {
            return try await update(current.attributes, to: former, operation)
        }
        if try await readDeleted(former, operation) != nil { return try await recover(former, operation) }
        return try await create(former, operation)
    }

    /// "a secret", "an access policy".
    package static var titleWithArticle: String {
        let startsWithVowel = title.first.map { "aeiou".contains($0) } ?? false
        return (startsWithVowel ? "an " : "a ") + title
    }

    /// Whether the attributes tell which real object is meant.
    package static func isIdentified(by attributes: Attributes) -> Bool {
        let isTold = !otherIdentity.isEmpty && otherIdentity.allSatisfy { attributes.isKnown(at: $0) }
        return isTold || identity.allSatisfy { attributes.isKnown(at: $0) }
    }

    package static func attribute(_ name: String) -> (any AttributeDeclaration)? {
        attributes.first { $0.name == name }
    }
}

/// Where a kind stands in the spec.
package struct SpecPlace: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        /// A mapping of names to bodies.
        case named
        /// The field is itself the resource (`identities/demo/nodes`); a body that is no mapping is this attribute.
        case single(attribute: String)
    }

    /// Section names from the top, `*` for a name: `["vaults", "*", "secrets"]`.
    package let path: [String]
    package let form: Form

    package init(_ path: String..., form: Form = .named) {
        self.path = path
        self.form = form
    }

    /// The place of the resource that holds this one, or nil at the top level.
    package var parentPath: [String]? { path.count > 2 ? Array(path.dropLast(2)) : nil }

    /// The address of the resource that holds the one at `address`, or nil at the top level.
    package func parent(of address: Address) -> Address? {
        guard path.count > 2 else { return nil }
        return form == .named ? address.holder : Address(address.section)
    }
}

/// Why a change cannot be made at all.
package struct Obstacle: Sendable, Hashable {
    /// What is in the way, as a sentence without a full stop.
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// What was found of a resource.
package struct Observation: Sendable, Hashable {
    package var attributes: Attributes
    /// How each sensitive attribute compares with what is wanted.
    package var sensitive: [String: SensitiveComparison]
    /// Environment and address that the resource says it belongs to, if it says so (tags, labels).
    package var owner: Owner?
    /// What to compare with what is wanted, where the service itself has told what applying that would change: then its
    /// defaults, and values that it writes in another way, are no difference. `attributes` if nil.
    package var compared: Attributes?
    /// Fields that applying what is wanted would take from others.
    package var conflicts: [FieldConflict]
    /// Why an action cannot be carried out at all, as far as only the service tells.
    package var obstacles: [Action: Obstacle]

    package init(
        _ attributes: Attributes, sensitive: [String: SensitiveComparison] = [:], owner: Owner? = nil,
        compared: Attributes? = nil, conflicts: [FieldConflict] = [], obstacles: [Action: Obstacle] = [:]
    ) {
        self.attributes = attributes
        self.sensitive = sensitive
        self.owner = owner
        self.compared = compared
        self.conflicts = conflicts
        self.obstacles = obstacles
    }
}

/// A field that is wanted otherwise than its owner has it.
package struct FieldConflict: Sendable, Hashable {
    /// In the service's words, such as `.spec.replicas`.
    package let field: String
    package let owner: String

    package init(field: String, owner: String) {
        self.field = field
        self.owner = owner
    }
}

/// Whose a resource is: written as Azure tags and as Kubernetes label and annotation on everything created.
package struct Owner: Sendable, Hashable, Codable {
    package let environment: String
    package let address: Address?

    package init(environment: String, address: Address?) {
        self.environment = environment
        self.address = address
    }
}

/// How a secret's wanted value compares with the one that is there.
package enum SensitiveComparison: Sendable, Hashable {
    case same
    case different
    /// Not readable by the caller now: the comparison is made at apply.
    case undecided(reason: String)
}

/// What a kind's method may use besides its attributes.
package struct Operation: Sendable {
    package let environment: String
    package let address: Address
    package let secrets: any SecretInputs
    /// Whether the resource is one that the spec says exists: read is then what anybody made, and whether all that the
    /// spec says of it holds.
    package let isExisting: Bool
    /// Whether deleting also purges what would stay soft-deleted.
    package let purges: Bool
    /// Whether fields that others own are taken from them.
    package let forcesConflicts: Bool
    /// Whether the user wants to stop: calls that are under way end, but nothing is waited for any longer.
    package let isInterrupted: @Sendable () -> Bool
    /// Tells the user what a long operation waits for.
    package let report: @Sendable (String) -> Void
    /// Tells what a reading went without because the caller may not see it, as a sentence without a full stop.
    package let missed: @Sendable (String) -> Void
    /// Tells the user what is waited for, and for how long from now at most.
    package let waiting: @Sendable (String, Duration) -> Void

    package init(
        environment: String, address: Address, secrets: any SecretInputs, isExisting: Bool = false,
        purges: Bool = false, forcesConflicts: Bool = false,
        report: @escaping @Sendable (String) -> Void = { _ in },
        missed: @escaping @Sendable (String) -> Void = { _ in },
        waiting: @escaping @Sendable (String, Duration) -> Void = { _, _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.environment = environment
        self.address = address
        self.secrets = secrets
        self.isExisting = isExisting
        self.purges = purges
        self.forcesConflicts = forcesConflicts
        self.isInterrupted = isInterrupted
        self.report = report
        self.missed = missed
        self.waiting = waiting
    }

    package var owner: Owner { Owner(environment: environment, address: address) }
}

/// A failure of an operation, in the words that the report shows.
package protocol OperationFailure: Error {
    /// Which exit code the failure asks for.
    var category: FailureCategory { get }
    var diagnosticCode: DiagnosticCode { get }
    var summary: String { get }
    var hint: String? { get }
    /// What led to the failure, a line each: the ways that were tried.
    var details: [String] { get }
    /// Identifiers that the service's support asks for, as `name: value`.
    var traceIDs: [String] { get }
    /// Whether the operation may have been carried out although it failed.
    var outcomeUnknown: Bool { get }
}

extension OperationFailure {
    package var details: [String] { [] }
}

package enum FailureCategory: String, Sendable, Hashable, Codable {
    case failed
    /// No token could be had: nothing else can work either.
    case notSignedIn
    case notAllowed
    case timedOut
}
