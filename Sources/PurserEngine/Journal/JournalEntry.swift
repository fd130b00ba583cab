/// One line of the journal: what a run is about to do, or how it went. Holds no secret.
package enum JournalEntry: Sendable, Hashable, Codable {
    case begin(Begin)
    /// Written before the call.
    case intent(Intent)
    /// The call succeeded; nil attributes when the resource is gone or only its record changed.
    case done(step: Int, attributes: Attributes?)
    case failed(step: Int, outcomeUnknown: Bool)
    case rollbackBegan
    /// The inverse of a step was carried out; the attributes now there, if it brought a resource back.
    case undone(step: Int, attributes: Attributes?)
    case undoFailed(step: Int)
    /// The outcome is settled; what remains is to bring state up to date and to remove the journal.
    case end(ApplyReport.Ending)

    package struct Begin: Sendable, Hashable, Codable {
        package let purpose: Plan.Purpose
        package let environment: String
        package let lineage: String
        /// The state's serial when the run began.
        package let serial: Int
        package let totalSteps: Int
        /// Who runs it, for the message of a later command.
        package let holder: LockHolder
        /// What the run was allowed: whoever takes it up again is allowed the same.
        package let forcesConflicts: Bool
        package let purges: Bool

        package init(
            purpose: Plan.Purpose, environment: String, lineage: String, serial: Int, totalSteps: Int,
            holder: LockHolder, forcesConflicts: Bool = false, purges: Bool = false
        ) {
            self.purpose = purpose
            self.environment = environment
            self.lineage = lineage
            self.serial = serial
            self.totalSteps = totalSteps
            self.holder = holder
            self.forcesConflicts = forcesConflicts
            self.purges = purges
        }

        /// Journals of earlier versions do not tell what the run was allowed: then it was nothing.
        package init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            purpose = try members.decode(Plan.Purpose.self, forKey: .purpose)
            environment = try members.decode(String.self, forKey: .environment)
            lineage = try members.decode(String.self, forKey: .lineage)
            serial = try members.decode(Int.self, forKey: .serial)
            totalSteps = try members.decode(Int.self, forKey: .totalSteps)
            holder = try members.decode(LockHolder.self, forKey: .holder)
            forcesConflicts = try members.decodeIfPresent(Bool.self, forKey: .forcesConflicts) ?? false
            purges = try members.decodeIfPresent(Bool.self, forKey: .purges) ?? false
        }
    }

    package struct Intent: Sendable, Hashable, Codable {
        package let step: Int
        package let address: Address
        package let kind: KindName
        package let operation: Step.Operation
        package let movedFrom: Address?
        package let inverse: Inverse
        /// What is recorded beside the attributes when the step is done.
        package let record: RecordedResource

        package init(
            step: Int, address: Address, kind: KindName, operation: Step.Operation, movedFrom: Address?,
            inverse: Inverse, record: RecordedResource
        ) {
            self.step = step
            self.address = address
            self.kind = kind
            self.operation = operation
            self.movedFrom = movedFrom
            self.inverse = inverse
            self.record = record
        }
    }
}

/// How a step is undone, captured before it runs: identifiers and attributes, never a value.
package enum Inverse: Sendable, Hashable, Codable {
    /// There was nothing: what is there now goes.
    case remove(Attributes)
    /// It was like this.
    case restore(Attributes)
    /// The step changes nothing outside.
    case nothing
}
