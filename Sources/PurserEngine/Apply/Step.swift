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

    /// Position in the plan's list of steps.
    package let id: Int
    package let address: Address
    package let kind: KindName
    package let operation: Operation
    /// The steps that must have ended before this one starts.
    package let needs: [Int]

    package init(id: Int, address: Address, kind: KindName, operation: Operation, needs: [Int]) {
        self.id = id
        self.address = address
        self.kind = kind
        self.operation = operation
        self.needs = needs
    }
}
