import Foundation

/// A plan as it is saved and shown to machines.
///
/// The form is that of Terraform's plan representation, format 1.x (`resource_changes[].change.actions`, `before`,
/// `after`, `after_unknown`, `before_sensitive`, `after_sensitive`, `replace_paths`, `resource_drift`), so that policies
/// written for it can be used; what Purser adds stands beside it. Source: Terraform's documentation, "JSON Output
/// Format". Minor versions add fields; a reader refuses another major version.
package struct PlanFile: Sendable {
    package static let formatVersion = "1.0"

    /// What the plan was asked for, so that it can be made again.
    package struct Request: Sendable, Hashable, Codable {
        /// The spec's file or directory, as it was given.
        package var specPath: String
        /// Names of variables that were given, with their values.
        package var variables: [String: String]
        /// Names of environment variables that the spec may read beside the usual ones.
        package var readableEnvironment: [String]
        package var refreshes: Bool
        package var purges: Bool
        /// Whether fields that others own are taken from them.
        package var forcesConflicts: Bool
        package var targets: [Address]
        package var excluded: [Address]
        package var replaced: [Address]
        /// Findings that were allowed; plans of older versions have none.
        package var allowed: AllowedFindings?

        package init(
            specPath: String, variables: [String: String] = [:], readableEnvironment: [String] = [],
            refreshes: Bool = true, purges: Bool = false, forcesConflicts: Bool = false, targets: [Address] = [],
            excluded: [Address] = [], replaced: [Address] = [], allowed: AllowedFindings? = nil
        ) {
            self.specPath = specPath
            self.variables = variables
            self.readableEnvironment = readableEnvironment
            self.refreshes = refreshes
            self.purges = purges
            self.forcesConflicts = forcesConflicts
            self.targets = targets
            self.excluded = excluded
            self.replaced = replaced
            self.allowed = allowed
        }

        /// Plans of the first version do not say whether conflicts are forced: they are not.
        package init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            specPath = try members.decode(String.self, forKey: .specPath)
            variables = try members.decode([String: String].self, forKey: .variables)
            readableEnvironment = try members.decode([String].self, forKey: .readableEnvironment)
            refreshes = try members.decode(Bool.self, forKey: .refreshes)
            purges = try members.decode(Bool.self, forKey: .purges)
            forcesConflicts = try members.decodeIfPresent(Bool.self, forKey: .forcesConflicts) ?? false
            targets = try members.decode([Address].self, forKey: .targets)
            excluded = try members.decode([Address].self, forKey: .excluded)
            replaced = try members.decode([Address].self, forKey: .replaced)
            allowed = try members.decodeIfPresent(AllowedFindings.self, forKey: .allowed)
        }
    }

    package let plan: Plan
    package let request: Request
    package let steps: [Step]
    /// Attributes of each kind that are marked as sensitive.
    private let sensitive: [KindName: Set<String>]

    package init(plan: Plan, request: Request, steps: [Step], catalog: ResourceCatalog) {
        self.plan = plan
        self.request = request
        self.steps = steps
        sensitive = Dictionary(
            catalog.kinds.map { kind in
                (type(of: kind).name, Set(type(of: kind).attributes.filter(\.isSensitive).map(\.name)))
            }
        ) { first, _ in first }
    }

    /// Why `other`, the same plan made anew, is not this one; nil if it is.
    package func staleness(against other: PlanFile) -> PlanStaleness? {
        let mine = plan
        let theirs = other.plan
        if mine.specDigest != theirs.specDigest { return .specChanged }
        if mine.lineage != theirs.lineage { return .otherState }
        if mine.serial != theirs.serial { return .stateChanged(planned: mine.serial, now: theirs.serial) }
        let planned = Dictionary(mine.changes.map { ($0.address, $0) }) { first, _ in first }
        let now = Dictionary(theirs.changes.map { ($0.address, $0) }) { first, _ in first }
        let differing = Set(planned.keys).union(now.keys).sorted().filter { address in
            planned[address]?.essence != now[address]?.essence
        }
        if !differing.isEmpty { return .changesDiffer(differing) }
        return steps == other.steps ? nil : .stepsDiffer
    }
}

/// Why a saved plan is not what would be planned now.
package enum PlanStaleness: Sendable, Hashable {
    case specChanged
    case otherState
    case stateChanged(planned: Int, now: Int)
    /// What is there, or what a variable of the environment says, is not what it was.
    case changesDiffer([Address])
    case stepsDiffer

    package var message: String {
        switch self {
        case .specChanged: "the spec, or a variable's value, has changed since the plan was made"
        case .otherState: "the plan was made for another state: the lineages differ"
        case .stateChanged(let planned, let now):
            "the state has changed since the plan was made: its serial was \(planned) and is \(now)"
        case .changesDiffer(let addresses):
            "what would be done now is not what was planned, for "
                + addresses.prefix(5).map(\.description).joined(separator: ", ")
                + (addresses.count > 5 ? " and \(addresses.count - 5) more" : "")
        case .stepsDiffer: "the steps would be others, or in another order, than planned"
        }
    }
}

extension Change {
    /// The change without remarks and places, which do not alter what is done.
    fileprivate var essence: Change {
        var result = self
        result.notes = []
        result.range = nil
        return result
    }
}

/// Why a file is not a plan that can be read.
package enum PlanFileError: Error, Sendable, Hashable {
    case notAPlan(detail: String)
    case newerFormat(String)

    package var message: String {
        switch self {
        case .notAPlan(let detail): "it is not a saved plan: \(detail)"
        case .newerFormat(let version): "it has format \(version); this version reads \(PlanFile.formatVersion)"
        }
    }
}

// MARK: Bytes

extension PlanFile {
    /// The same plan gives the same bytes.
    package var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return [UInt8](try encoder.encode(PlanDocument(self, sensitive: sensitive))) + [UInt8(ascii: "\n")]
        }
    }

    /// Throws `PlanFileError`.
    package init(bytes: [UInt8]) throws {
        let decoder = JSONDecoder()
        struct Head: Decodable { let format_version: String }
        let head: Head
        do {
            head = try decoder.decode(Head.self, from: Data(bytes))
        } catch {
            throw PlanFileError.notAPlan(detail: "it is not JSON with a format_version")
        }
        guard head.format_version.prefix(while: { $0 != "." }) == Self.formatVersion.prefix(while: { $0 != "." }) else {
            throw PlanFileError.newerFormat(head.format_version)
        }
        do {
            let document = try decoder.decode(PlanDocument.self, from: Data(bytes))
            plan = document.plan
            request = document.request
            steps = document.steps.map(\.step)
            sensitive = document.sensitive
        } catch let error as DecodingError {
            throw PlanFileError.notAPlan(detail: error.shortDescription)
        }
    }

    /// The change as it stands in the document, for those who show a plan piece by piece.
    package static func document(of change: Change, catalog: ResourceCatalog) -> some Encodable {
        let sensitive = catalog[change.kind].map { kind in
            Set(type(of: kind).attributes.filter(\.isSensitive).map(\.name))
        }
        return PlanDocument.ResourceChange(change, sensitive: sensitive ?? [])
    }
}
