import Foundation

/// The charts that come with the sandbox, as a directory of unpacked charts.
///
/// SwiftPM puts a target's resources into a bundle beside the program. Its own accessor, `Bundle.module`, ends the
/// process if the program was moved without that bundle; looked up here, the same mishap is an error that says so.
enum BundledCharts {
    /// The directory `Charts`, beside the program or, where links lead to it, beside what they lead to.
    static func directory(besideProgram program: URL? = Bundle.main.executableURL) throws(ChartRepositoryError) -> URL {
        let places = [program, program?.resolvingSymlinksInPath()].compactMap { $0?.deletingLastPathComponent() }
        let bundles = places.flatMap { place in bundleNames.map { place.appendingPathComponent($0) } }
        let candidates = bundles.flatMap { bundle in
            [bundle.appendingPathComponent("Charts"), bundle.appendingPathComponent("Contents/Resources/Charts")]
        }
        guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
            throw ChartRepositoryError(
                code: .chartsMissing,
                detail: "no \(bundleNames.joined(separator: " or ")) beside \(program?.path ?? "the program")")
        }
        return found
    }

    /// SwiftPM's names for the resources of this target: on Linux, and on Apple's systems.
    private static let bundleNames = ["purser_PurserSandbox.resources", "purser_PurserSandbox.bundle"]
}

/// Why the sandbox cannot offer its charts.
struct ChartRepositoryError: Error, CustomStringConvertible {
    enum Code: String, Sendable {
        /// The program was moved without the directory of its resources.
        case chartsMissing
        /// A chart could not be copied aside.
        case copyFailed
        /// The `tar` program is missing or failed.
        case archiveFailed
    }

    let code: Code
    let detail: String

    var description: String {
        switch code {
        case .chartsMissing: "the sandbox's charts are missing: \(detail)"
        case .copyFailed: "a chart cannot be copied: \(detail)"
        case .archiveFailed: "a chart cannot be packed: \(detail)"
        }
    }
}
