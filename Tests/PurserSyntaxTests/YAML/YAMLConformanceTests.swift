import Foundation
import PurserSyntax
import PurserTestSupport
import Testing

/// The tree builder against libyaml's own verdict: they may differ only where a spec is deliberately held to less than
/// all of YAML.
@Suite struct YAMLConformanceTests {
    /// What a spec may not use although YAML has it.
    private static let restrictions: Set<DiagnosticCode> = Set(
        [
            "several-documents", "custom-tag", "tag-mismatch", "duplicate-key", "composite-key", "empty-key",
            "unknown-alias", "recursive-alias", "invalid-merge",
            // A byte order mark within the text, which nobody can see.
            "control-character",
        ].map { DiagnosticCode("syntax/\($0)") })

    @Test func `the tree agrees with libyaml on all cases of our own`() throws {
        let cases = try YAMLConformanceCase.own()
        #expect(cases.count > 150)
        let tally = tally(of: cases)
        print("own cases: \(tally)")
        #expect(tally.agreeing + tally.restricted == cases.count)
        expectGolden(listing(of: cases), "YAML/events.txt")
    }

    @Test(.enabled(if: YAMLConformanceCase.suiteDirectory != nil))
    func `the tree agrees with libyaml on yaml-test-suite`() throws {
        let directory = try #require(YAMLConformanceCase.suiteDirectory)
        let cases = try YAMLConformanceCase.suite(at: directory)
        #expect(cases.count > 300)
        let tally = tally(of: cases)
        print("yaml-test-suite: \(tally)")
        #expect(tally.agreeing + tally.restricted == cases.count)
    }

    private func tally(of cases: [YAMLConformanceCase]) -> YAMLTally {
        var tally = YAMLTally()
        for item in cases {
            let verdict = YAMLVerdict(item.text)
            tally.count += 1
            tally.count(libyaml: verdict, against: item)
            compare(item, verdict, &tally)
        }
        return tally
    }

    private func compare(_ item: YAMLConformanceCase, _ verdict: YAMLVerdict, _ tally: inout YAMLTally) {
        do throws(Diagnostics) {
            let root = try YAMLParser.parse(SourceFile(path: "case.yaml", text: item.text))
            let isSame = !verdict.isError && isSameContent(root, verdict)
            #expect(isSame, "\(item.name): libyaml \(verdict.isError ? "fails" : "reads otherwise")\n\(item.text)")
            tally.agreeing += isSame ? 1 : 0
        } catch {
            let codes = Set(error.map(\.code))
            if verdict.isError {
                tally.agreeing += 1
            } else {
                let isDeliberate = codes.isSubset(of: Self.restrictions)
                #expect(isDeliberate, "\(item.name): libyaml accepts it\n\(item.text)\n\(error)")
                tally.restricted += isDeliberate ? 1 : 0
                if let code = error.first(where: { _ in true })?.code { tally.byCode[code, default: 0] += 1 }
            }
        }
    }

    /// Merge keys change the content, so that documents with them are left to the tests of merge keys.
    private func isSameContent(_ root: YAMLNode?, _ verdict: YAMLVerdict) -> Bool {
        let content = verdict.content
        guard let root else { return content == nil || content == .text("") }
        let merges = verdict.events.contains { $0.kind == .scalar("<<", .plain) }
        return merges || YAMLContent(root) == content
    }

    /// Each case with libyaml's events, to be read against the specification when it changes.
    private func listing(of cases: [YAMLConformanceCase]) -> String {
        cases.map { item in
            let verdict = YAMLVerdict(item.text)
            let end = verdict.isError ? "ERROR\n" : ""
            let remark =
                verdict.isError == item.isForbidden ? "" : " (YAML \(item.isForbidden ? "forbids" : "allows") it)"
            return "=== \(item.name)\(remark)\n\(verdict.notation)\(end)"
        }.joined()
    }
}

/// How many cases agree.
private struct YAMLTally: CustomStringConvertible {
    var count = 0
    /// Cases that libyaml and the tree accept with the same content, or both refuse.
    var agreeing = 0
    /// Cases that libyaml accepts and a spec may not use.
    var restricted = 0
    var byCode: [DiagnosticCode: Int] = [:]
    private var libyamlAsSpecified = 0

    mutating func count(libyaml verdict: YAMLVerdict, against item: YAMLConformanceCase) {
        let isRight = verdict.isError == item.isForbidden
        let hasEvents = verdict.isError || item.events.map { $0 == verdict.notation } ?? true
        libyamlAsSpecified += isRight && hasEvents ? 1 : 0
    }

    var description: String {
        let codes = byCode.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
        return """
            \(count) cases; tree and libyaml agree on \(agreeing), \(restricted) deliberately refused (\(codes)); \
            libyaml as the specification has it: \(libyamlAsSpecified)
            """
    }
}
