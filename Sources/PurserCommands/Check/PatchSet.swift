package import PurserProof
import PurserSyntax

/// The mechanical changes that findings come with, as changes of files.
package struct PatchSet: Sendable {
    /// One file, before and after.
    package struct FileChange: Sendable {
        package let path: String
        package let oldText: String
        package let newText: String
        fileprivate let diff: LineDiff
        fileprivate let hiddenLines: Set<Int>

        /// Empty if a line would have to be shown that may hold a secret.
        package var hunks: [LineDiff.Hunk] { unified == nil ? [] : diff.hunks }

        /// Nil for the same reason.
        package var unified: String? { diff.unified(path: path) { hiddenLines.contains($0) } }
    }

    private let patches: [SpecPatch]
    private let sources: [String: SourceFile]
    private let hiddenLines: [String: Set<Int>]

    package init(report: CheckReport) {
        patches = report.proof.findings.compactMap(\.fix)
        sources = Dictionary(report.sources.map { ($0.path, $0) }) { first, _ in first }
        var hidden: [String: Set<Int>] = [:]
        for range in report.sensitive {
            hidden[range.file, default: []].formUnion(range.start.line...range.end.line)
        }
        hiddenLines = hidden
    }

    package var isEmpty: Bool { patches.isEmpty }

    /// What one patch changes. A patch that does not fit, or leaves what is no YAML, changes nothing.
    package func changes(of patch: SpecPatch) -> [FileChange] {
        patch.files.sorted().compactMap { sources[$0] }.compactMap { file in
            guard let text = try? patch.text(of: file), Self.isReadable(text) else { return nil }
            return change(file, to: text)
        }
        .filter { !$0.diff.isEmpty }
    }

    /// What all patches change together, and how many of them were left out because they touch the same place as others.
    package var combined: (changes: [FileChange], leftOut: Int) {
        var accepted = SpecPatch("", [])
        var leftOut = 0
        for patch in patches {
            var edits = accepted.edits
            edits += patch.edits.filter { !edits.contains($0) }
            let longer = SpecPatch("", edits)
            if fits(longer) { accepted = longer } else { leftOut += 1 }
        }
        return (changes(of: accepted), leftOut)
    }

    private func fits(_ patch: SpecPatch) -> Bool {
        patch.files.allSatisfy { path in
            guard let file = sources[path], let text = try? patch.text(of: file) else { return false }
            return Self.isReadable(text)
        }
    }

    private static func isReadable(_ text: String) -> Bool {
        YAMLParser.parseStream(SourceFile(path: "", text: text), limits: ManifestReader.limits).problems.isEmpty
    }

    private func change(_ file: SourceFile, to text: String) -> FileChange {
        FileChange(
            path: file.path, oldText: file.text, newText: text, diff: LineDiff(from: file.text, to: text),
            hiddenLines: hiddenLines[file.path] ?? [])
    }
}

extension SpecPatch {
    /// Paths of the files that it changes.
    fileprivate var files: Set<String> {
        Set(
            edits.map { edit in
                switch edit {
                case .replace(let range, _), .set(let range, _, _), .append(let range, _): range.file
                }
            })
    }
}
