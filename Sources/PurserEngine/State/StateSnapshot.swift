/// What is recorded of an environment. Holds no secret and nothing computed from one.
package struct StateSnapshot: Sendable, Hashable {
    /// The newest format that this version reads and the one it writes.
    package static let currentFormat = 1

    package let environment: String
    /// Made once when the first state of an environment is written; tells unrelated states apart.
    package var lineage: String
    /// Counts the writes of this lineage.
    package var serial: Int
    package var resources: [Address: RecordedResource]

    package init(environment: String, lineage: String, serial: Int = 0, resources: [Address: RecordedResource] = [:]) {
        self.environment = environment
        self.lineage = lineage
        self.serial = serial
        self.resources = resources
    }
}

/// One resource as it was when Purser last looked after writing it.
package struct RecordedResource: Sendable, Hashable, Codable {
    package let kind: KindName
    package var attributes: Attributes
    package var dependencies: [Address]
    package var isExisting: Bool
    package var isProtected: Bool
    package var onDestroy: DestroyRule

    package init(
        kind: KindName, attributes: Attributes, dependencies: [Address] = [], isExisting: Bool = false,
        isProtected: Bool = false, onDestroy: DestroyRule = .delete
    ) {
        self.kind = kind
        self.attributes = attributes
        self.dependencies = dependencies
        self.isExisting = isExisting
        self.isProtected = isProtected
        self.onDestroy = onDestroy
    }
}

extension StateSnapshot: Codable {
    private enum Key: String, CodingKey { case formatVersion, environment, lineage, serial, resources }

    private struct Entry: Codable {
        let address: Address
        let resource: RecordedResource

        init(address: Address, resource: RecordedResource) {
            self.address = address
            self.resource = resource
        }

        private enum Key: String, CodingKey { case address }

        init(from decoder: any Decoder) throws {
            address = try decoder.container(keyedBy: Key.self).decode(Address.self, forKey: .address)
            resource = try RecordedResource(from: decoder)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(address, forKey: .address)
            try resource.encode(to: encoder)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        environment = try container.decode(String.self, forKey: .environment)
        lineage = try container.decode(String.self, forKey: .lineage)
        serial = try container.decode(Int.self, forKey: .serial)
        let entries = try container.decode([Entry].self, forKey: .resources)
        resources = Dictionary(entries.map { ($0.address, $0.resource) }) { first, _ in first }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.currentFormat, forKey: .formatVersion)
        try container.encode(environment, forKey: .environment)
        try container.encode(lineage, forKey: .lineage)
        try container.encode(serial, forKey: .serial)
        let sorted = resources.sorted { $0.key < $1.key }
        try container.encode(sorted.map { Entry(address: $0.key, resource: $0.value) }, forKey: .resources)
    }
}
