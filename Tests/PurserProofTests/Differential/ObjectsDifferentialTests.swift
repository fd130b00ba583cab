import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserProof
@testable import PurserSandbox

/// Two readers of `objects`, over texts that are broken in every way that chance finds.
@Suite struct ObjectsDifferentialTests {
    private static let cases = 5_000

    @Test func `both readers take and refuse the same texts in the same words`() {
        var generator = SeededGenerator(for: "objects texts")
        var refused = 0
        var wrong = 0
        for number in 0..<Self.cases {
            var draw = Draw(generator: generator.split())
            let text = ObjectsMutation.text(&draw)
            let problem = Self.difference(text, &refused)
            guard let problem else { continue }
            wrong += 1
            if wrong <= 10 { Issue.record("text \(number):\n\(text)\n\(problem)") }
        }
        print("objects: \(Self.cases) texts, \(refused) refused, \(wrong) read differently")
        #expect(wrong == 0)
        #expect(refused > 1_000 && refused < 4_500)
    }

    private static func difference(_ text: String, _ refused: inout Int) -> String? {
        let definition = ClassDefinition(
            label: "class", name: "class", namespace: "shop", parameters: ["a": "b"], objects: .text(text))
        var analysis = MountAnalysis()
        ObjectListRules.check(MountSubject(definition, SceneIndex(Scene())), &analysis)
        let stages: [MountStage] = [.objects, .entries]
        let foretold =
            analysis.problems.filter { $0.stage.map { stages.contains($0) } ?? false }.isEmpty
            ? nil : analysis.failure
        do throws(ProviderFailure) {
            let requests = try ObjectsParameter.requests(in: text)
            if let foretold { return "foretold: \(foretold)" }
            let own = analysis.objects.map { [$0.name, $0.type, $0.alias, $0.version, "\($0.history)", "\($0.mode)"] }
            let other = requests.map { [$0.name, $0.type, $0.alias, $0.version, "\($0.history)", "\($0.mode)"] }
            return own == other ? nil : "\(own)\n\(other)"
        } catch {
            guard case .failed(let words) = error else { return "no deadline is met here" }
            refused += 1
            return foretold == words ? nil : "foretold: \(foretold ?? "nothing")\nbut: \(words)"
        }
    }
}

/// Sound texts with some of their lines and characters changed.
enum ObjectsMutation {
    private static let sound = [
        ["objectName: a", "objectName: 12", "objectName: \"q\""],
        ["objectType: secret", "objectType: secret", "objectType: true"],
        ["objectAlias: x/y", "objectAlias: ''"], ["objectVersion: 007", "objectVersion: latest", "objectVersion: ~"],
        [
            "objectVersionHistory: 3", "objectVersionHistory: 0x10", "objectVersionHistory: 010",
            "objectVersionHistory: 2.9", "objectVersionHistory: 1e1", "objectVersionHistory: ~",
            "objectVersionHistory: -4",
        ], ["objectFormat: PFX", "objectFormat: pem"], ["filePermission: 0600", "filePermission: 9"],
        ["other: 1", "# comment"],
    ]
    private static let broken = [
        "objectName: {a: b}", "objectAlias: ../x", "objectVersionHistory: '3'", "objectVersionHistory: true",
        "objectVersionHistory: 99999999999", "objectFormat: der", "objectFormat: pfx", "objectEncoding: hex",
        "objectEncoding: utf-16", "filePermission: [1]", "objectName: a b: c", "- x", "objectName:", "objectName: a",
        "objectType: cert",
    ]
    private static let characters = Array("-|>:{}[]'\"#&*!%@,\n\t ?ab0")

    static func text(_ draw: inout Draw) -> String {
        var text = "array:\n"
        for _ in 0..<draw.weighted([(5, 0), (45, 1), (30, 2), (20, 3)]) {
            text += draw.weighted([(80, "  - |\n"), (8, "- |\n"), (6, "  - >\n"), (6, "  -\n")])
            for choices in sound.shuffled(using: &draw.generator).prefix(1 + draw.number(5)) {
                text += "    \(draw.pick(choices))\n"
            }
            if draw.chance(15) { text += "    \(draw.pick(broken))\n" }
        }
        var scalars = Array(text)
        for _ in 0..<draw.weighted([(75, 0), (15, 1), (10, 2)]) {
            guard !scalars.isEmpty else { break }
            let place = draw.number(scalars.count)
            switch draw.number(3) {
            case 0: scalars.remove(at: place)
            case 1: scalars.insert(draw.pick(characters), at: place)
            default: scalars[place] = draw.pick(characters)
            }
        }
        return String(scalars)
    }
}
