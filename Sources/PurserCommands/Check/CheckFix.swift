import PurserEngine
import PurserSyntax
import SystemPackage

/// Shows the mechanical changes that findings come with, and makes them if that is approved.
struct CheckFix {
    let run: CommandRun
    let isApproved: Bool

    /// The reports as they are afterwards: `again` checks anew.
    func mended(_ reports: [CheckReport], again: () async throws -> [CheckReport]) async throws -> [CheckReport] {
        var written = 0
        for report in reports {
            let patches = PatchSet(report: report)
            let (changes, leftOut) = patches.combined
            for change in changes {
                await run.view.show(.data(change.unified ?? Self.hidden(change.path)))
                if isApproved { try write(change) }
                written += 1
            }
            if leftOut > 0 {
                await run.view.show(
                    .done("\(leftOut) more fixes touch the same places: run the command again after these."))
            }
        }
        if written == 0 { await run.view.show(.done("Nothing can be mended mechanically.")) }
        guard isApproved, written > 0 else { return reports }
        await run.view.show(.done("\(written) \(written == 1 ? "file is" : "files are") changed. What is left:"))
        return try await again()
    }

    private static func hidden(_ path: String) -> String {
        "(the change of \(TerminalText.visible(path)) is not shown, because its line may hold a sensitive value)\n"
    }

    private func write(_ change: PatchSet.FileChange) throws {
        guard change.path != StandardInput.name else {
            throw CommandFailure(
                .usage, .commandUsage, "standard input cannot be changed", hint: "give the files, or leave out --yes")
        }
        let path = FilePath(run.context.resolved(change.path))
        try DurableFile.replace(path, with: Array(change.newText.utf8), readers: .asBefore)
    }
}
