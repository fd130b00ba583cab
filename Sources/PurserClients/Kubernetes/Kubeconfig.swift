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

    package init() {}

    /// The names of all contexts, sorted.
    package var contextNames: [String] { contexts.keys.sorted() }

    /// Adds what the file names and earlier files did not.
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

/// How to reach a cluster, and as whom.
package struct KubernetesConnection: Sendable {
    package enum Authentication: Sendable {
        case none
        case token(SecretString)
        /// Read anew for each request: such tokens rotate.
        case tokenFile(String)
    }

    package var context: String
    /// Without a trailing slash.
    package var server: String
    package var tls: TLSOptions
    package var authentication: Authentication
    /// The context's namespace; `default` if it names none.
    package var namespace: String
    /// Headers that ask the server to act as somebody else.
    package var impersonation: [HTTPHeader]
}

/// Finds and reads kubeconfig files. Reading one takes a YAML parser, which the caller provides.
package struct KubeconfigLoader: Sendable {
    package var environment: [String: String]
    /// In place of `KUBECONFIG` and `~/.kube/config`.
    package var path: String?
    package var context: String?
    package var parseYAML: @Sendable ([UInt8]) throws -> JSONValue
    /// The content of a file, or nil if there is none.
    package var readFile: @Sendable (String) throws -> [UInt8]?

    package init(
        environment: [String: String],
        path: String? = nil,
        context: String? = nil,
        parseYAML: @escaping @Sendable ([UInt8]) throws -> JSONValue,
        readFile: @escaping @Sendable (String) throws -> [UInt8]?
    ) {
        self.environment = environment
        self.path = path
        self.context = context
        self.parseYAML = parseYAML
        self.readFile = readFile
    }

    /// The connection of the wanted or current context.
    package func connection() throws(ServiceError) -> KubernetesConnection {
        let config = try kubeconfig()
        return try KubeconfigResolution(config: config, readFile: readFile).connection(context: context)
    }

    /// The files that are looked at: files of a `KUBECONFIG` list may be missing, as kubectl has it.
    var files: [String] {
        if let path { return [path] }
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !listed.isEmpty { return listed }
        return environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
    }

    private func kubeconfig() throws(ServiceError) -> Kubeconfig {
        var config = Kubeconfig()
        var isAnyThere = false
        for file in files {
            guard let content = try content(of: file) else { continue }
            isAnyThere = true
            config.merge(try parsed(content, file), directory: Self.directory(of: file))
        }
        guard isAnyThere else { throw .kubeconfig("there is no kubeconfig: \(Self.looked(files))") }
        return config
    }

    private func content(of file: String) throws(ServiceError) -> [UInt8]? {
        do { return try readFile(file) } catch { throw .kubeconfig("\(file) cannot be read: \(error)") }
    }

    private func parsed(_ content: [UInt8], _ file: String) throws(ServiceError) -> JSONValue {
        do { return try parseYAML(content) } catch { throw .kubeconfig("\(file) is not valid YAML") }
    }

    private static func looked(_ files: [String]) -> String {
        files.isEmpty ? "set KUBECONFIG" : "looked for \(files.joined(separator: ", "))"
    }

    private static func directory(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    }
}

extension ServiceError {
    static func kubeconfig(_ message: String) -> ServiceError {
        ServiceError(service: .kubernetes, code: Code.kubeconfig, message: message)
    }
}
