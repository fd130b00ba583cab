/// One call that a run makes, as plain data.
package struct Step: Sendable, Hashable {
    package enum Operation: String, Sendable, Hashable, Codable {
        case create
        case recover
        case adopt
        case update
        case delete
        case read
        /// Only the record changes: the resource has another address, or is no longer managed.
        case record
    }

    /// Which part of an update a step makes, when others rely on what the update takes away.
    package enum Part: String, Sendable, Hashable, Codable {
        case whole
        /// What is wanted is added; what is not wanted any more stays until nobody relies on it.
        case widening
        case narrowing
    }

    /// Position in the plan's list of steps.
    package let id: Int
    package let address: Address
    package let kind: KindName
    package let operation: Operation
    package let part: Part
    /// The steps that must have ended before this one starts.
    package let needs: [Int]

    package init(id: Int, address: Address, kind: KindName, operation: Operation, part: Part = .whole, needs: [Int]) {
        self.id = id
        self.address = address
        self.kind = kind
        self.operation = operation
        self.part = part
        self.needs = needs
    }
}
