package import PurserSyntax

/// What `apply` or `destroy` would do, decided from spec, state and what was found.
///
/// Deterministic: the same inputs give the same plan. It holds no secret and no time.
package struct Plan: Sendable {
    package enum Purpose: String, Sendable, Codable {
        case apply
        case destroy
    }

    package let environment: String
    package let purpose: Purpose
    /// SHA-256 of the spec's files and of the variables' values, in hex.
    package let specDigest: String
    /// Which state the plan was made against.
    package let lineage: String
    package let serial: Int
    /// One per resource that the spec or state has, in order of address.
    package var changes: [Change]
    /// What was found to be other than recorded, whether or not the plan acts on it, in order of address.
    package var drift: [Change]
    /// Warnings and notes about the spec and about what could not be seen.
    package var remarks: Diagnostics
    /// Findings among the remarks that were allowed, and why.
    package var allowed: AllowedFindings

    package init(
        environment: String, purpose: Purpose, specDigest: String, lineage: String, serial: Int, changes: [Change],
        drift: [Change] = [], remarks: Diagnostics = Diagnostics(), allowed: AllowedFindings = AllowedFindings()
    ) {
        self.environment = environment
        self.purpose = purpose
        self.specDigest = specDigest
        self.lineage = lineage
        self.serial = serial
        self.changes = changes
        self.drift = drift
        self.remarks = remarks
        self.allowed = allowed
    }

    package var isEmpty: Bool { !changes.contains(where: \.isEffective) }

    package func count(of action: Action) -> Int { changes.count { $0.action == action } }

    /// How many resources each action concerns that concerns any.
    package var actionCounts: [Action: Int] { changes.reduce(into: [:]) { $0[$1.action, default: 0] += 1 } }
}
