package import PurserEngine

/// A kind whose objects hold a pod's spec with mounts in it: a pod, and what makes pods from a template.
package protocol PodCarrier: ResourceKind {
    static var mounts: Attribute<[Value]> { get }
    static var spec: Attribute<Value> { get }
    static var uid: Attribute<String> { get }

    var cluster: Cluster { get }

    static func object(of attributes: Attributes) throws -> ObjectName
    static func manifest(of attributes: Attributes, _ owner: Owner) throws -> Value
    /// Member names from the object's `spec` to the pod's.
    static func podSpecPath(of attributes: Attributes) throws -> [String]

    /// What else the live object tells.
    static func note(_ live: Value, in observed: inout Attributes)
    /// Called when there is no such object.
    func checkAbsent(_ name: ObjectName) async throws
    /// Waits until the applied object is ready; returns all attributes.
    func ready(_ name: ObjectName, _ desired: Attributes, _ operation: Operation) async throws -> Attributes
}

extension PodCarrier {
    package static func note(_ live: Value, in observed: inout Attributes) {}
    package func checkAbsent(_ name: ObjectName) async throws {}

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let name = try Self.object(of: known)
        guard let live = try await cluster.getLasting(name) else {
            try await checkAbsent(name)
            return nil
        }
        var observed = known.observingMetadata(of: live, wanted: wanted)
        if let spec = known[Self.spec] {
            let mounts = try presentMounts(known, spec, live)
            if mounts != known[Self.mounts] ?? [] { observed[Self.mounts] = mounts }
            observed[Self.spec] = LiveProjection.project(live["spec"], onto: spec)
        }
        Self.note(live, in: &observed)
        observed[Self.uid] = live.uid
        var observation = Observation(observed, owner: ObjectOwner.of(live))
        guard let wanted, let spec = wanted[Self.spec] else { return observation }
        let manifest = try Self.manifest(of: wanted, operation.owner)
        if let comparison = try await cluster.comparison(of: manifest, named: name, operation) {
            observed[Self.spec] = LiveProjection.project(
                live["spec"], applied: comparison.applied["spec"], onto: spec, known: known[Self.spec])
            observation.compared = observed
            observation.conflicts = comparison.conflicts
        }
        return observation
    }

    /// The known mounts that are still there.
    private func presentMounts(_ known: Attributes, _ spec: Value, _ live: Value) throws -> [Value] {
        let path = try Self.podSpecPath(of: known)
        return MountObservation.mounts(
            known[Self.mounts] ?? [], podSpec: path.reduce(spec) { $0[$1] ?? .object([:]) },
            live: path.reduce(live["spec"]) { $0?[$1] })
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let name = try Self.object(of: desired)
        try await checkAbsent(name)
        _ = try await cluster.create(try Self.manifest(of: desired, operation.owner), named: name, operation)
        return try await afterWrite { try await ready(name, desired, operation) }
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        let name = try Self.object(of: desired)
        _ = try await cluster.update(try Self.manifest(of: desired, operation.owner), named: name, operation)
        return try await afterWrite { try await ready(name, desired, operation) }
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        try await cluster.delete(Self.object(of: recorded), uid: recorded[Self.uid], operation)
    }
}
