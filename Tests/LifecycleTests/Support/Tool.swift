import Foundation
import Subprocess
import SystemPackage

/// A finished run of the built `purser`.
struct ToolRun: Sendable {
    let arguments: [String]
    /// The exit code, or 128 and the signal's number if a signal ended it.
    let exitCode: Int
    let output: String
    let errors: String

    /// All that it said, for messages of failing tests.
    var transcript: String { "$ purser \(arguments.joined(separator: " "))\nexit \(exitCode)\n\(output)\(errors)" }
}

/// The executables that this package builds.
enum BuiltTools {
    /// Beside the test bundle that is running.
    static let directory: FilePath = {
        let bundle = FilePath(CommandLine.arguments[0]).removingLastComponent()
        let built = bundle.appending("purser")
        if FileManager.default.isExecutableFile(atPath: built.string) { return bundle }
        return checkout.appending(".build/debug")
    }()

    static let checkout = FilePath(#filePath)
        .removingLastComponent().removingLastComponent().removingLastComponent().removingLastComponent()

    static var purser: FilePath { directory.appending("purser") }
    static var sandbox: FilePath { directory.appending("purser-sandbox") }

    /// The search path of the tools: what the machine has, and what `Scripts/setup` has fetched where it has none.
    static var searchPath: String {
        let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return "\(inherited):\(checkout.appending(".tools/bin").string)"
    }
}
