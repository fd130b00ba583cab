import Foundation
package import PurserSyntax

/// Opens the sources that a spec names for secrets: environment variables, and files below the spec's directory.
package struct SecretSources: SecretInputs {
    /// A Key Vault secret holds at most 25 kB and a certificate not much more; what is larger is a mistake.
    private static let sizeLimit = 1_048_576

    private let directory: String
    private let processEnvironment: [String: String]

    /// `specPath` is a spec's file or directory.
    package init(specPath: String, processEnvironment: [String: String]) {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: specPath, isDirectory: &isDirectory)
        let url = URL(fileURLWithPath: specPath)
        directory =
            exists && isDirectory.boolValue
            ? url.resolvingSymlinksInPath().path : url.deletingLastPathComponent().resolvingSymlinksInPath().path
        self.processEnvironment = processEnvironment
    }

    package func bytes(of source: Value) throws -> Sensitive<[UInt8]> {
        if let name = source["env"]?.string { return try environmentVariable(name) }
        if let path = source["file"]?.string { return try file(path) }
        throw SecretSourceError.notASource
    }

    package func generated(length: Int) -> Sensitive<String> {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var generator = SystemRandomNumberGenerator()
        return Sensitive(String((0..<length).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] }))
    }

    package func path(of relative: String) -> String? {
        let url = URL(fileURLWithPath: relative, relativeTo: URL(fileURLWithPath: directory, isDirectory: true))
        let place = url.resolvingSymlinksInPath().path
        return !relative.hasPrefix("/") && place.hasPrefix(directory + "/") ? place : nil
    }

    private func environmentVariable(_ name: String) throws -> Sensitive<[UInt8]> {
        guard let text = processEnvironment[name], !text.isEmpty else { throw SecretSourceError.unset(name) }
        return Sensitive(Array(text.utf8))
    }

    private func file(_ path: String) throws -> Sensitive<[UInt8]> {
        guard let place = self.path(of: path) else { throw SecretSourceError.outside(path) }
        guard let handle = FileHandle(forReadingAtPath: place) else { throw SecretSourceError.missing(path) }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: Self.sizeLimit + 1) else { throw SecretSourceError.missing(path) }
        guard data.count <= Self.sizeLimit else { throw SecretSourceError.tooLarge(path) }
        return Sensitive([UInt8](data))
    }
}

/// Why a secret's source could not be opened. Says nothing of what it holds.
package enum SecretSourceError: OperationFailure, Hashable {
    case notASource
    case unset(String)
    case outside(String)
    case missing(String)
    case tooLarge(String)

    package var category: FailureCategory { .failed }
    package var diagnosticCode: DiagnosticCode { .secretSource }
    package var traceIDs: [String] { [] }
    package var outcomeUnknown: Bool { false }

    package var summary: String {
        switch self {
        case .notASource: "the secret has no source that can be opened"
        case .unset(let name): "the environment variable \(name) is not set or empty"
        case .outside(let path): "'\(path)' lies outside the spec's directory"
        case .missing(let path): "the file '\(path)' cannot be read"
        case .tooLarge(let path): "the file '\(path)' is larger than 1 MiB"
        }
    }

    package var hint: String? {
        switch self {
        case .notASource: nil
        case .unset(let name): "set \(name) and run the command again"
        case .outside: "keep the file beside the spec, and out of version control"
        case .missing: "paths are relative to the spec's directory"
        case .tooLarge: "a Key Vault secret holds at most 25 kB"
        }
    }
}

extension DiagnosticCode {
    package static let secretSource = DiagnosticCode(rawValue: "secret/source")
}
