/// What differs between a resource as it is and as it is wanted or recorded, attribute by attribute.
struct AttributeComparison {
    private let kind: any ResourceKind.Type

    init(_ kind: any ResourceKind.Type) { self.kind = kind }

    /// Adds to a change what differs, and what of the values nobody may read could not be compared.
    func compare(_ observation: Observation, with desired: Attributes, in change: inout Change) {
        let present = observation.compared ?? observation.attributes
        for attribute in kind.attributes where !attribute.isComputed && attribute.effect != .informs {
            if attribute.isSensitive {
                compareSensitive(attribute, observation, with: desired, in: &change)
                continue
            }
            let found = ValueDifference.paths(
                from: present.values[attribute.name], to: desired.values[attribute.name], below: attribute.name,
                countsEmpty: kind.attributesWithEmptyParts.contains(attribute.name))
            change.differences += found.map {
                Difference(
                    path: $0.path, before: $0.before, after: $0.after,
                    effect: kind.effect(of: $0.path, attribute, from: present, to: desired))
            }
        }
    }

    private func compareSensitive(
        _ attribute: any AttributeDeclaration, _ observation: Observation, with desired: Attributes,
        in change: inout Change
    ) {
        guard desired.values[attribute.name] != nil else { return }
        let difference = Difference(
            path: attribute.name, before: nil, after: nil, isSensitive: true, effect: attribute.effect)
        switch observation.sensitive[attribute.name] {
        case .same?: break
        case .different?: change.differences.append(difference)
        case .undecided(let reason)?:
            change.differences.append(difference)
            change.reasons.append(.comparedAtApply(path: attribute.name))
            change.notes.append("'\(attribute.name)' could not be compared: \(reason)")
        case nil:
            if observation.attributes.values[attribute.name] != desired.values[attribute.name] {
                change.differences.append(difference)
            } else {
                change.notes.append("'\(attribute.name)' was not compared with what is there")
            }
        }
    }

    /// What others changed since it was recorded; nil if nothing.
    func drift(of observation: Observation, from record: RecordedResource, _ resource: DeclaredResource) -> Change? {
        var change = Change(
            address: resource.address, kind: resource.kind, action: .update, reasons: [.driftedFromRecord],
            before: record.attributes, after: observation.attributes, range: resource.range)
        for attribute in kind.attributes where !attribute.isSensitive && !kind.volatileOutputs.contains(attribute.name)
        {
            let found = ValueDifference.paths(
                from: record.attributes.values[attribute.name], to: observation.attributes.values[attribute.name],
                below: attribute.name, countsEmpty: kind.attributesWithEmptyParts.contains(attribute.name))
            change.differences += found.map {
                Difference(path: $0.path, before: $0.before, after: $0.after, effect: .informs)
            }
        }
        return change.differences.isEmpty ? nil : change
    }
}
