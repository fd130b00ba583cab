import PurserEngine

/// What becomes of the objects behind a resource, as lines.
struct ObjectLines {
    struct Object {
        let head: PlanLine
        let fields: [PlanLine]
    }

    /// One per object, and a last one where not all are told.
    let objects: [Object]

    init(_ changes: ObjectChanges, catalog: ResourceCatalog) {
        let lines = PlanLines(catalog: catalog)
        var objects = changes.changes.map { change in
            var fields = change.differences.flatMap(lines.lines)
            if change.omitted > 0 {
                fields.append(PlanLine(sign: .plain, path: "", text: "(and \(change.omitted) more fields)"))
            }
            return Object(head: Self.head(change), fields: fields)
        }
        if changes.omitted > 0 {
            let text = "and \(changes.omitted) more objects"
            objects.append(Object(head: PlanLine(sign: .plain, path: "", text: text), fields: []))
        }
        self.objects = objects
    }

    private static func head(_ change: ObjectChange) -> PlanLine {
        let text = TerminalText.visible(change.object.text)
        switch change.action {
        case .create: return PlanLine(sign: .added, path: "", text: text)
        case .delete: return PlanLine(sign: .removed, path: "", text: text)
        case .none: return PlanLine(sign: .plain, path: "", text: "\(text) (no longer part of it, and stays)")
        default: return PlanLine(sign: .changed, path: "", text: text)
        }
    }
}
