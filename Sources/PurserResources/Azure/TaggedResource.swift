package import PurserClients
package import PurserEngine

/// A resource of Resource Manager of which nothing but the tags can change.
package protocol TaggedResource: ResourceKind {
    static var apiVersion: String { get }
    var arm: ARMClient { get }

    func path(of attributes: Attributes) throws -> String
    func observed(_ body: JSONValue, known: Attributes, wanted: Attributes?) -> Attributes
}

extension TaggedResource {
    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        try await setTags(current, desired, operation, others: nil)
    }

    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        guard let current = try await read(former, wanted: nil, operation) else {
            return try await create(former, operation)
        }
        return try await setTags(
            current.attributes, former, operation, others: former[AzureAttributes.foreignTags] ?? [:])
    }

    /// With `others`, tags that others have set since go too.
    private func setTags(
        _ current: Attributes, _ desired: Attributes, _ operation: Operation, others: [String: String]?
    ) async throws -> Attributes {
        let path = try path(of: desired)
        let live = TagSet(try await arm.get(path, apiVersion: Self.apiVersion))
        let tags = live.updated(from: current, to: desired, owner: operation.owner, others: others)
        let answer = try await arm.patch(path, apiVersion: Self.apiVersion, body: ["tags": tags])
        return observed(answer, known: desired, wanted: desired)
    }
}
