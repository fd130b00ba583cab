import PurserEngine
import PurserSyntax

/// A plan with a change of every action, built by hand.
enum SampleChanges {
    static let box: KindName = "test/box"
    static let item: KindName = "test/item"

    static func range(_ line: Int) -> SourceRange {
        let start = PurserSyntax.SourceLocation(file: "plans/test/environment.yaml", line: line, column: 3)
        let end = PurserSyntax.SourceLocation(file: "plans/test/environment.yaml", line: line, column: 8)
        return SourceRange(start: start, end: end)
    }

    static var plan: Plan {
        Plan(
            environment: "test", purpose: .apply, specDigest: String(repeating: "ab", count: 32),
            lineage: "6f1c2f3e-0000-4000-8000-000000000001", serial: 4, changes: all.sorted { $0.address < $1.address },
            drift: [drift], remarks: Diagnostics([remark]))
    }

    static var all: [Change] {
        [created, updated, replaced, forced, deleted, recovered, adopted, looked, forgotten, moved, untouched]
    }

    static let created = Change(
        address: Address("boxes/created"), kind: box, action: .create, reasons: [.notRecorded],
        after: Attributes([
            "name": "created", "size": 3, "key": ["env": "KEY"],
            "labels": ["app": "web", "app.kubernetes.io/name": "web"],
            "label": "first line\nsecond line\n", "needs": [["id": .unknown]], "id": .unknown, "version": .unknown,
        ]), range: range(4))

    static let updated = Change(
        address: Address("boxes/updated"), kind: box, action: .update,
        reasons: [.differs, .follows(Address("boxes/replaced"))],
        differences: [
            Difference(path: "size", before: 1, after: 2, effect: .updates),
            Difference(path: "labels.gone", before: "x", after: nil, effect: .updates),
            Difference(path: "labels.new", before: nil, after: "y", effect: .updates),
            Difference(path: "needs[0].id", before: "replaced-1", after: .unknown, effect: .updates),
            Difference(path: "key", before: nil, after: nil, isSensitive: true, effect: .updates),
            Difference(path: "label", before: "a\nb\nc\nd\ne\nf", after: "a\nb\nc\nD\ne\nf", effect: .updates),
        ],
        before: Attributes(["name": "updated", "size": 1]), after: Attributes(["name": "updated", "size": 2]),
        range: range(9), notes: ["'key' was not compared with what is there"])

    static let replaced = Change(
        address: Address("boxes/replaced"), kind: box, action: .replace, reasons: [.immutable(path: "colour")],
        differences: [Difference(path: "colour", before: "red", after: "blue", effect: .replaces)],
        before: Attributes(["name": "replaced", "colour": "red", "id": "replaced-1"]),
        after: Attributes(["name": "replaced", "colour": "blue", "id": .unknown]), range: range(14),
        irreversible: "a sealed box cannot be made again")

    static let forced = Change(
        address: Address("boxes/replaced/items/inner"), kind: item, action: .replace,
        reasons: [.forced(by: Address("boxes/replaced"))], before: Attributes(["name": "inner"]),
        after: Attributes(["name": "inner"]), range: range(16))

    static let deleted = Change(
        address: Address("boxes/deleted"), kind: box, action: .delete, reasons: [.removedFromSpec],
        before: Attributes(["name": "deleted", "size": 1]))

    static let recovered = Change(
        address: Address("boxes/updated/items/recovered"), kind: item, action: .recover, reasons: [.softDeleted],
        before: Attributes(["name": "recovered", "content": "old"]),
        after: Attributes(["name": "recovered", "content": "new", "id": .unknown]), range: range(11))

    static let adopted = Change(
        address: Address("boxes/adopted"), kind: box, action: .adopt, reasons: [.foundUnrecorded],
        differences: [Difference(path: "size", before: 7, after: 1, effect: .updates)],
        before: Attributes(["name": "adopted", "size": 7]), after: Attributes(["name": "adopted", "size": 1]),
        range: range(20))

    static let looked = Change(
        address: Address("boxes/existing"), kind: box, action: .read, before: Attributes(["name": "existing"]),
        after: Attributes(["name": "existing"]), range: range(22))

    static let forgotten = Change(
        address: Address("boxes/forgotten"), kind: box, action: .forget, reasons: [.removedFromSpec],
        before: Attributes(["name": "forgotten"]))

    static let moved = Change(
        address: Address("boxes/new-name"), kind: box, action: .none, movedFrom: Address("boxes/old-name"),
        reasons: [.renamed(from: Address("boxes/old-name"))], before: Attributes(["name": "same"]),
        after: Attributes(["name": "same"]), range: range(24))

    static let untouched = Change(
        address: Address("boxes/untouched"), kind: box, action: .none, before: Attributes(["name": "untouched"]),
        after: Attributes(["name": "untouched"]), range: range(26), notes: ["left out by --target or --exclude"])

    static let drift = Change(
        address: Address("boxes/updated"), kind: box, action: .update, reasons: [.driftedFromRecord],
        differences: [Difference(path: "size", before: 5, after: 1, effect: .informs)],
        before: Attributes(["size": 5]), after: Attributes(["size": 1]), range: range(9))

    static let remark = Diagnostic(
        DiagnosticCode("plan/not-seen"), "boxes/existing could not be looked at", at: range(22),
        hint: "the plan compares with what is recorded", severity: .warning)

    /// Texts that try to be Markdown, HTML, a mention or a terminal's orders.
    static let hostile = Change(
        address: Address("boxes/`</code>@everyone"), kind: box, action: .update,
        reasons: [.differs],
        differences: [
            Difference(
                path: "label", before: "\u{1B}[2J",
                after: "```\n</details><script>alert(1)</script> @org/team [x](http://y)",
                effect: .updates)
        ],
        before: Attributes(["label": "x"]), after: Attributes(["label": "y"]), range: range(30),
        irreversible: "<img src=x onerror=alert(1)> ![x](y) @admin")

    static var many: Plan {
        let created = (0..<400).map { number in
            Change(
                address: Address("boxes/b\(number)"), kind: box, action: .create, reasons: [.notRecorded],
                after: Attributes([
                    "name": .string("b\(number)"), "label": .string(String(repeating: "long text ", count: 20)),
                ]), range: range(number + 1))
        }
        let deleted = (0..<5).map { number in
            Change(
                address: Address("boxes/d\(number)"), kind: box, action: .delete, reasons: [.removedFromSpec],
                before: Attributes(["name": "d"]))
        }
        return Plan(
            environment: "test", purpose: .apply, specDigest: "", lineage: "", serial: 0,
            changes: (created + deleted).sorted { $0.address < $1.address })
    }
}
