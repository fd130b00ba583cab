import PurserEngine

/// The manifest of a pod, from its attributes. Pure.
enum PodManifest {
    static func manifest(of attributes: Attributes, _ owner: Owner) throws(AttributeError) -> Value {
        let mounts = try Mount.all(in: attributes, Pod.mounts)
        return [
            "apiVersion": .string(ObjectKind.pod.apiVersion),
            "kind": .string(ObjectKind.pod.name),
            "metadata": ObjectOwner.metadata(
                name: try attributes.required(Pod.objectName), namespace: try attributes.required(Pod.namespace),
                labels: attributes[Pod.labels] ?? [:], annotations: attributes[Pod.annotations] ?? [:], owner: owner),
            "spec": Quantities.asTexts(in: MountInjection.spec(try attributes.required(Pod.spec), with: mounts)),
        ]
    }
}

/// Which of the known mounts a live pod, or a live template, still has.
enum MountObservation {
    /// The mounts whose volume, and whose place in every container, are there.
    static func mounts(_ known: [Value], podSpec: Value, live: Value?) -> [Value] {
        guard let mounts = try? known.map({ try Mount($0) }) else { return known }
        let own = podSpec["volumes"]?.list?.compactMap { $0["name"]?.string } ?? []
        let volumes = MountVolumes(for: mounts, taken: Set(own))
        return zip(known, mounts).filter { isThere($1, volumes, podSpec, live) }.map(\.0)
    }

    private static func isThere(_ mount: Mount, _ volumes: MountVolumes, _ podSpec: Value, _ live: Value?) -> Bool {
        guard let volume = volumes.volume(for: mount), has(live?["volumes"], volume) else { return false }
        return MountInjection.containers(of: podSpec, for: mount).allSatisfy { field, name in
            let container = live?[field]?.list?.first { $0["name"]?.string == name }
            return has(container?["volumeMounts"], MountInjection.volumeMount(volume["name"], mount))
        }
    }

    private static func has(_ live: Value?, _ item: Value) -> Bool {
        LiveProjection.project(live, onto: .list([item])) == .list([item])
    }
}
