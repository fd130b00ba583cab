import Foundation
import PurserEngine
import PurserSyntax
import SystemPackage

/// A plan that was saved, and where.
struct SavedPlan: Sendable {
    let path: String
    let file: PlanFile

    /// Nil if the path is no saved plan but, e.g., a spec. What is called `.json` is meant to be one.
    static func read(_ path: String, in context: CommandContext) throws(CommandFailure) -> SavedPlan? {
        let resolved = context.resolved(path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: resolved, isDirectory: &isDirectory), !isDirectory.boolValue,
            !path.hasSuffix(".yaml"), !path.hasSuffix(".yml")
        else { return nil }
        do {
            return SavedPlan(path: path, file: try PlanFile(bytes: try DurableFile.read(FilePath(resolved)) ?? []))
        } catch let error as PlanFileError {
            throw CommandFailure(
                .usage, .planUnreadable, "'\(path)': \(error.message)", hint: "make one with `purser plan --out FILE`")
        } catch {
            throw CommandFailure(error)
        }
    }
}
