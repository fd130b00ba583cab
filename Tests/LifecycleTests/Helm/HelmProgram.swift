import Foundation
import SystemPackage
import Testing

/// One helm of this machine.
struct HelmProgram: Sendable, Hashable, CustomTestStringConvertible {
    let path: FilePath
    /// Such as `3.17.3`.
    let version: String

    var major: Int { numbers.first ?? 0 }
    var testDescription: String { "Helm \(version)" }

    private var numbers: [Int] { version.split { !$0.isNumber }.compactMap { Int($0) } }

    /// The helm on the search path, and the Helm 3 that `Scripts/setup` has laid beside it; with `PURSER_HELM`, a list of
    /// paths separated by colons, those. The oldest first, and one of each version.
    static let found: [HelmProgram] = {
        let programs = candidates.compactMap(HelmProgram.init)
        return Dictionary(programs.map { ($0.version, $0) }) { first, _ in first }.values.sorted {
            $0.numbers.lexicographicallyPrecedes($1.numbers)
        }
    }()

    /// What a user would run: the newest of them. - Throws: `RequirementError` without a helm.
    static func newest() throws -> HelmProgram {
        try #require(found.last, "no helm here: Scripts/setup fetches it, or says how to install it")
    }

    private static let named = ProcessInfo.processInfo.environment["PURSER_HELM"]?
        .split(separator: ":").map { FilePath(String($0)) }

    private static var candidates: [FilePath] {
        if let named { return named }
        let onPath = BuiltTools.searchPath.split(separator: ":").map { FilePath("\($0)/helm") }
        let installed = onPath.first { FileManager.default.isExecutableFile(atPath: $0.string) }
        return [installed, BuiltTools.checkout.appending(".tools/helm-3/helm")].compactMap(\.self)
    }

    /// Nil for what is no helm.
    private init?(_ path: FilePath) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: path.string)
        process.arguments = ["version", "--template", "{{.Version}}"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard told.hasPrefix("v"), process.terminationStatus == 0 else { return nil }
        self.path = path
        version = String(told.dropFirst())
    }

    /// Makes a directory in which this program goes by the name `helm`, for the head of a search path.
    func directory(below parent: FilePath) throws -> FilePath {
        let directory = parent.appending("helm-\(version)")
        let link = directory.appending("helm")
        guard (try? FileManager.default.destinationOfSymbolicLink(atPath: link.string)) == nil else { return directory }
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: link.string, withDestinationPath: path.string)
        return directory
    }

    /// What a suite of Helm was run with, for its summary.
    static var told: String { found.isEmpty ? "no helm" : found.map(\.testDescription).joined(separator: " and ") }

    /// Whether each that was named is one: a wrong path must not pass for a test that ran.
    static var allNamedAreFound: Bool { named.map { Set($0).count == found.count } ?? !found.isEmpty }
}

/// Tells in the output which Helms a suite was run with: none is left out silently.
struct HelmTold: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        print("\(test.name) ran with \(HelmProgram.told)")
    }
}

@Suite struct HelmProgramTests {
    @Test func `there is a helm, and each that was named is one`() {
        #expect(HelmProgram.allNamedAreFound, "found: \(HelmProgram.told)")
    }
}
