/// What provider and driver take as file names.
/// Source: Azure Key Vault provider v1.8.2, `validateFileName`; secrets-store-csi-driver v1.5.6, `pkg/util/fileutil`.
enum FileRules {
    /// The provider's words for a name that it refuses.
    static func providerProblem(_ name: String) -> String? {
        if name.isEmpty { return "file name must not be empty" }
        if name.hasPrefix("/") { return "file name must be a relative path" }
        return name.contains("..") ? "file name must not contain '..'" : nil
    }

    /// The driver's words for a path that it refuses.
    static func driverProblem(_ path: String) -> String? {
        if path.utf8.count > 4096 { return "invalid path: must be less than or equal to 4096 characters" }
        if path == "." { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { $0.isEmpty || $0 == "." }) { return "invalid filepath: \"\(path)\"" }
        if path.hasPrefix("..") { return "invalid path: must not start with '..': \(path)" }
        let isLong = parts.contains { $0.utf8.count > 255 }
        return isLong ? "invalid path: filenames must be less than or equal to 255 characters" : nil
    }

    /// The writer's words if one path is both a file and a directory, or no name at all.
    static func writerProblem(_ paths: some Sequence<String>) -> (path: String, text: String)? {
        let all = Set(paths)
        for path in all.sorted() {
            if path == "." { return (path, "open …: no such file or directory") }
            var parent = path[...]
            while let slash = parent.lastIndex(of: "/") {
                parent = parent[..<slash]
                if all.contains(String(parent)) { return (path, "mkdir …/\(parent)/: file exists") }
            }
        }
        return nil
    }

    /// The path without empty and `.` parts: how the provider writes the directory of a history.
    static func shortest(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
