/// What is decided so far, resource by resource.
struct Decisions: Sendable {
    /// In the order in which they were made.
    private(set) var changes: [Change] = []
    private var positions: [Address: Int] = [:]

    mutating func reserveCapacity(_ count: Int) {
        changes.reserveCapacity(count)
        positions.reserveCapacity(count)
    }

    /// Takes the only change of a resource.
    mutating func append(_ change: Change) {
        positions[change.address] = changes.count
        changes.append(change)
    }

    mutating func modifyAll(_ body: (inout Change) -> Void) {
        for index in changes.indices { body(&changes[index]) }
    }

    func action(on address: Address) -> Action? { positions[address].map { changes[$0].action } }

    func isEffective(_ address: Address) -> Bool { positions[address].map { changes[$0].isEffective } ?? false }

    /// The value that an output will have, or `unknown`.
    func output(_ address: Address, _ name: String) -> Value {
        guard let position = positions[address], let after = changes[position].after else { return .unknown }
        return after.values[name] ?? .null
    }
}
