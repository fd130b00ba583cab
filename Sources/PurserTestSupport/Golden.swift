package import Foundation
package import Testing

/// Compares a text with the file `Tests/Goldens/NAME`, whole.
///
/// With `PURSER_RECORD=1` in the environment the file is rewritten, and the test fails all the same: recording is never
/// green, so that it cannot be left on.
package func expectGolden(
    _ text: String,
    _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let file = Golden.directory.appending(path: name)
    if ProcessInfo.processInfo.environment["PURSER_RECORD"] == "1" {
        Golden.record(text, at: file, sourceLocation)
        return
    }
    guard let expected = try? String(contentsOf: file, encoding: .utf8) else {
        Issue.record("no golden '\(name)'; PURSER_RECORD=1 records it", sourceLocation: sourceLocation)
        return
    }
    if expected != text {
        Issue.record(
            "'\(name)' differs; PURSER_RECORD=1 records it anew\n\(Golden.difference(expected, text))",
            sourceLocation: sourceLocation)
    }
}

/// Where goldens lie and how a difference is shown.
package enum Golden {
    /// `Tests/Goldens` of this checkout.
    package static let directory = testsDirectory.appending(path: "Goldens")
    /// `Tests/Fixtures` of this checkout.
    package static let fixtures = testsDirectory.appending(path: "Fixtures")

    private static let testsDirectory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Tests")

    fileprivate static func record(_ text: String, at file: URL, _ sourceLocation: SourceLocation) {
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .atomic)
            Issue.record("recorded \(file.lastPathComponent)", sourceLocation: sourceLocation)
        } catch {
            Issue.record(error, "cannot record \(file.path())", sourceLocation: sourceLocation)
        }
    }

    /// The lines around the first one that differs, with `-` for the golden's and `+` for the new ones.
    static func difference(_ expected: String, _ actual: String) -> String {
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
        let same = zip(old, new).prefix { $0 == $1 }.count
        let context = old[max(0, same - 3)..<same].map { "  \($0)" }
        let removed = old.dropFirst(same).prefix(12).map { "- \($0)" }
        let added = new.dropFirst(same).prefix(12).map { "+ \($0)" }
        return (["line \(same + 1):"] + context + removed + added).joined(separator: "\n")
    }
}
