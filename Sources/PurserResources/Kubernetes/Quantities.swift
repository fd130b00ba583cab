import PurserEngine

/// The amounts in a pod's spec, as texts: a spec may say `cpu: 1`, and API servers before 1.22 take only `cpu: "1"` in a
/// server-side apply. Source: Kubernetes API reference, "Quantity".
enum Quantities {
    /// The pod's spec with the amounts of its containers and of its volumes as texts.
    static func asTexts(in podSpec: Value) -> Value {
        var spec = podSpec
        for field in MountInjection.containerFields {
            spec = spec.changingEach(field) { container in
                amountFields.reduce(container) { container, amounts in
                    container.changing("resources") { $0.changing(amounts, texts) }
                }
            }
        }
        return spec.changing("overhead", texts)
            .changingEach("volumes") { $0.changing("emptyDir") { $0.changing("sizeLimit", text) } }
    }

    private static let amountFields = ["limits", "requests"]

    private static func texts(_ amounts: Value) -> Value {
        guard case .object(let members) = amounts else { return amounts }
        return .object(members.mapValues(text))
    }

    private static func text(_ amount: Value) -> Value {
        switch amount {
        case .integer, .number: amount.scalarText.map { .string($0) } ?? amount
        default: amount
        }
    }
}

extension Value {
    /// The object with the member changed, if it has it.
    fileprivate func changing(_ name: String, _ change: (Value) -> Value) -> Value {
        guard case .object(var members) = self, let member = members[name] else { return self }
        members[name] = change(member)
        return .object(members)
    }

    fileprivate func changingEach(_ name: String, _ change: (Value) -> Value) -> Value {
        changing(name) { list in
            guard case .list(let elements) = list else { return list }
            return .list(elements.map(change))
        }
    }
}
