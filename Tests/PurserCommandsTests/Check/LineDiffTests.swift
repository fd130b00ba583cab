import PurserCommands
import PurserTestSupport
import Testing

@Suite struct LineDiffTests {
    private func lines(_ numbers: ClosedRange<Int>) -> String { numbers.map { "line \($0)\n" }.joined() }

    @Test func `equal texts have no difference`() {
        #expect(LineDiff(from: "a\nb\n", to: "a\nb\n").isEmpty)
        #expect(LineDiff(from: "a\nb\n", to: "a\nb\n").unified(path: "x") == "")
    }

    @Test func `a changed line is shown with three lines around it`() {
        let old = lines(1...9)
        let new = old.replacing("line 5\n", with: "line five\nline 5b\n")
        let expected = """
            --- a/x.yaml
            +++ b/x.yaml
            @@ -2,7 +2,8 @@
             line 2
             line 3
             line 4
            -line 5
            +line five
            +line 5b
             line 6
             line 7
             line 8

            """
        #expect(LineDiff(from: old, to: new).unified(path: "x.yaml") == expected)
    }

    @Test func `changes far from each other stand apart, near ones together`() {
        let old = lines(1...20)
        let apart = old.replacing("line 2\n", with: "two\n").replacing("line 18\n", with: "")
        let text = LineDiff(from: old, to: apart).unified(path: "x") ?? ""
        #expect(text.contains("@@ -1,5 +1,5 @@\n line 1\n-line 2\n+two\n line 3\n"))
        #expect(text.contains("@@ -15,6 +15,5 @@\n line 15\n"))
        let near = old.replacing("line 2\n", with: "two\n").replacing("line 6\n", with: "six\n")
        #expect(LineDiff(from: old, to: near).unified(path: "x")?.ranges(of: "@@ -").count == 1)
    }

    @Test func `an insertion before the first line and one behind the last`() {
        #expect(
            LineDiff(from: "a\n", to: "b\na\n").unified(path: "x", context: 0)?.contains("@@ -0,0 +1 @@\n+b\n") == true)
        #expect(
            LineDiff(from: "a\n", to: "a\nb\n").unified(path: "x", context: 0)?.contains("@@ -1,0 +2 @@\n+b\n") == true)
    }

    @Test func `a line that must not be shown ends what is shown around a change`() {
        let old = lines(1...9)
        let new = old.replacing("line 5\n", with: "five\n")
        let text = LineDiff(from: old, to: new).unified(path: "x") { $0 == 3 || $0 == 7 }
        #expect(text?.contains("line 3") == false)
        #expect(text?.contains("line 7") == false)
        #expect(text?.contains("@@ -4,3 +4,3 @@") == true)
        #expect(LineDiff(from: old, to: new).unified(path: "x") { $0 == 5 } == nil)
    }

    /// Applies the hunks, as `patch` would.
    private func applied(_ diff: LineDiff, to old: String) -> String {
        var lines = old.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        for hunk in diff.hunks.reversed() {
            lines.replaceSubrange(hunk.oldStart - 1..<hunk.oldStart - 1 + hunk.removed.count, with: hunk.added)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    @Test(arguments: 0..<200)
    func `the hunks lead from one text to the other`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func text() -> String {
            (0..<Int.random(in: 0...15, using: &random)).map { _ in "\(Int.random(in: 0...3, using: &random))\n" }
                .joined()
        }
        let (old, new) = (text(), text())
        #expect(applied(LineDiff(from: old, to: new), to: old) == new, "seed \(seed)")
    }
}
