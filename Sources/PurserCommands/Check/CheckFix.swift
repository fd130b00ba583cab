import PurserEngine
package import PurserSyntax
import SystemPackage

/// Shows the mechanical changes that findings come with, and makes them if that is approved: in all files or in none.
struct CheckFix {
    let run: CommandRun
    let isApproved: Bool

    /// The reports as they are afterwards: `again` checks anew.
    func mended(_ reports: [CheckReport], again: () async throws -> [CheckReport]) async throws -> [CheckReport] {
        var changes: [PatchSet.FileChange] = []
        for report in reports {
            let (found, leftOut) = PatchSet(report: report).combined
            for change in found { await run.view.show(.data(change.unified ?? Self.hidden(change.path))) }
            changes += found
            if leftOut > 0 {
                await run.view.show(
                    .done("\(leftOut) more fixes touch the same places: run the command again after these."))
            }
        }
        if changes.isEmpty { await run.view.show(.done("Nothing can be mended mechanically.")) }
        guard isApproved, !changes.isEmpty else { return reports }
        try make(changes)
        let count = changes.count
        await run.view.show(.done("\(count) \(count == 1 ? "file is" : "files are") changed. What is left:"))
        return try await again()
    }

    private static func hidden(_ path: String) -> String {
        "(the change of \(TerminalText.visible(path)) is not shown, because its line may hold a sensitive value)\n"
    }

    /// Files that were written before one that cannot be get their former text again.
    private func make(_ changes: [PatchSet.FileChange]) throws(CommandFailure) {
        guard !changes.contains(where: { $0.path == StandardInput.name }) else {
            throw CommandFailure(
                .usage, .commandUsage, "standard input cannot be changed", hint: "give the files, or leave out --yes")
        }
        for change in changes { try checkUnchanged(change) }
        var written: [PatchSet.FileChange] = []
        do {
            for change in changes {
                try write(change.newText, to: change.path)
                written.append(change)
            }
        } catch {
            let left = written.filter { change in
                do {
                    try write(change.oldText, to: change.path)
                    return false
                } catch { return true }
            }
            throw Self.failure(CommandFailure(error), left)
        }
    }

    private func checkUnchanged(_ change: PatchSet.FileChange) throws(CommandFailure) {
        let now = try? SourceFile.read(path: run.context.resolved(change.path), limitBytes: ManifestReader.limits.bytes)
        guard now?.text != change.oldText else { return }
        throw CommandFailure(
            .failed, .manifestNotMended, "'\(change.path)' was changed after it was read; no file is changed",
            hint: "run the command again")
    }

    private func write(_ text: String, to path: String) throws {
        try DurableFile.replace(
            FilePath(run.context.resolved(path)), with: Array(text.utf8), readers: .asBefore)
    }

    private static func failure(_ reason: CommandFailure, _ left: [PatchSet.FileChange]) -> CommandFailure {
        let outcome =
            left.isEmpty
            ? "no file is changed"
            : "these are changed, and could not be given back their former text: "
                + left.map(\.path).joined(separator: ", ")
        let why = reason.diagnostics.items.first?.message ?? "a file cannot be written"
        return CommandFailure(
            left.isEmpty ? .failed : .incomplete, .manifestNotMended, "\(why); \(outcome)",
            hint: "see whether all files and their directories can be written")
    }
}

extension DiagnosticCode {
    package static let manifestNotMended = DiagnosticCode("manifest/not-mended")
}
