/// The clusters, users and contexts of one or several kubeconfig files.
///
/// Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files": of several files, the first one that names a
/// cluster, user, context or current context decides; relative file names are relative to the file that holds them.
package struct Kubeconfig: Sendable {
    /// A section of a file, and the directory that its relative file names start from.
    struct Entry: Sendable {
        var value: JSONValue
        var directory: String
    }

    package private(set) var currentContext: String?
    private(set) var clusters: [String: Entry] = [:]
    private(set) var users: [String: Entry] = [:]
    private(set) var contexts: [String: Entry] = [:]

    /// Whether any file was there at all.
    var isThere = false

    package init() {}

    /// The names of all contexts, sorted.
    package var contextNames: [String] { contexts.keys.sorted() }

    /// Adds what the file names and earlier files did not. `file` has passed `KubeconfigShape`.
    package mutating func merge(_ file: JSONValue, directory: String) {
        if currentContext == nil { currentContext = Self.text(file["current-context"]) }
        Self.merge(file["clusters"], "cluster", into: &clusters, directory)
        Self.merge(file["users"], "user", into: &users, directory)
        Self.merge(file["contexts"], "context", into: &contexts, directory)
    }

    private static func merge(
        _ list: JSONValue?, _ member: String, into entries: inout [String: Entry], _ directory: String
    ) {
        for item in list?.array ?? [] {
            guard let name = item["name"]?.string, entries[name] == nil else { continue }
            entries[name] = Entry(value: item[member] ?? [:], directory: directory)
        }
    }

    /// A text that says something: empty ones stand for absent ones in kubeconfig files.
    static func text(_ value: JSONValue?) -> String? { value?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

extension ServiceError {
    static func kubeconfig(_ message: String) -> ServiceError {
        ServiceError(service: .kubernetes, code: Code.kubeconfig, message: message)
    }
}
