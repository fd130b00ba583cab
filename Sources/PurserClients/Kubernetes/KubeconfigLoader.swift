import SystemPackage

/// Finds and reads kubeconfig files. Reading one takes a YAML parser, which the caller provides.
///
/// A kubeconfig that is named by a spec alone is not trusted as the user's own are: the spec may be a stranger's. It may
/// run no program and send no other file's content to its server.
package struct KubeconfigLoader: Sendable {
    package var environment: [String: String]
    /// The file that the spec names, in place of `KUBECONFIG` and `~/.kube/config`.
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

    /// The connection of the wanted or current context; that of the pod's service account where there is no kubeconfig.
    package func connection() throws(ServiceError) -> KubernetesConnection {
        guard let config = try kubeconfig() else {
            if path == nil, context == nil,
                let own = try InClusterAccess(environment: environment, readFile: readFile).connection()
            {
                return own
            }
            throw .kubeconfig("there is no kubeconfig: \(Self.looked(files))")
        }
        return try KubeconfigResolution(config: config, distrusted: distrusted, readFile: readFile)
            .connection(context: context)
    }

    /// The files that are looked at: files of a `KUBECONFIG` list may be missing, as kubectl has it.
    var files: [String] { path.map { [$0] } ?? ownFiles }

    private var ownFiles: [String] {
        let listed = (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        if !listed.isEmpty { return listed }
        return environment["HOME"].map { ["\($0)/.kube/config"] } ?? []
    }

    /// The spec's file, if the user does not name it too.
    private var distrusted: String? {
        guard let path else { return nil }
        let own = ownFiles.map(Self.normalized)
        return own.contains(Self.normalized(path)) ? nil : path
    }

    private static func normalized(_ path: String) -> FilePath { FilePath(path).lexicallyNormalized() }

    /// Nil if none of the files is there.
    private func kubeconfig() throws(ServiceError) -> Kubeconfig? {
        var config = Kubeconfig()
        var seen: Set<String> = []
        for file in files where seen.insert(file).inserted {
            guard let content = try content(of: file) else { continue }
            let parsed = try parsed(content, file)
            try KubeconfigShape.check(parsed, file)
            config.merge(parsed, directory: Self.directory(of: file))
            config.isThere = true
        }
        return config.isThere ? config : nil
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
