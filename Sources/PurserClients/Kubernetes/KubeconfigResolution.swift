/// Turns a context into a connection: finds its cluster and user, reads the files that they name.
struct KubeconfigResolution {
    var config: Kubeconfig
    var readFile: @Sendable (String) throws -> [UInt8]?

    func connection(context wanted: String?) throws(ServiceError) -> KubernetesConnection {
        guard let name = wanted ?? config.currentContext else {
            throw .kubeconfig("the kubeconfig has no current context; it has \(Self.list(config.contextNames))")
        }
        guard let context = config.contexts[name]?.value else {
            throw .kubeconfig("the kubeconfig has no context '\(name)'; it has \(Self.list(config.contextNames))")
        }
        let cluster = try entry(context["cluster"], in: config.clusters, "cluster", of: name)
        let user = try userEntry(context["user"], of: name)
        return KubernetesConnection(
            context: name,
            server: try server(of: cluster, name),
            tls: try tls(cluster, user),
            authentication: try authentication(user),
            namespace: Kubeconfig.text(context["namespace"]) ?? "default",
            impersonation: Self.impersonation(user.value)
        )
    }

    private func entry(
        _ reference: JSONValue?, in entries: [String: Kubeconfig.Entry], _ what: String, of context: String
    ) throws(ServiceError) -> Kubeconfig.Entry {
        guard let name = Kubeconfig.text(reference), let entry = entries[name] else {
            throw .kubeconfig("context '\(context)' names \(what) '\(reference?.string ?? "")', which is not there")
        }
        return entry
    }

    /// A context without a user is anonymous.
    private func userEntry(_ reference: JSONValue?, of context: String) throws(ServiceError) -> Kubeconfig.Entry {
        guard Kubeconfig.text(reference) != nil else { return Kubeconfig.Entry(value: [:], directory: ".") }
        return try entry(reference, in: config.users, "user", of: context)
    }

    private func server(of cluster: Kubeconfig.Entry, _ context: String) throws(ServiceError) -> String {
        let server = CloudEnvironment.withoutTrailingSlashes(Kubeconfig.text(cluster.value["server"]) ?? "")
        guard let address = Address(server) else {
            throw .kubeconfig("the cluster of context '\(context)' has no http or https server address")
        }
        guard address.scheme == "https" || ProxyRules.isLoopback(address.host) else {
            throw .kubeconfig("the server of context '\(context)' is not reached by https")
        }
        if cluster.value["insecure-skip-tls-verify"]?.bool == true {
            throw .kubeconfig(
                "the cluster of context '\(context)' has insecure-skip-tls-verify, which is not supported: "
                    + "give its certificate-authority-data instead")
        }
        return server
    }

    private func tls(
        _ cluster: Kubeconfig.Entry, _ user: Kubeconfig.Entry
    ) throws(ServiceError) -> TLSOptions {
        let certificate = try content("client-certificate", of: user)
        let key = try content("client-key", of: user)
        if (certificate == nil) != (key == nil) {
            throw .kubeconfig("the user has a client certificate without its key, or a key without its certificate")
        }
        return TLSOptions(
            certificateAuthorities: try content("certificate-authority", of: cluster),
            clientCertificate: certificate,
            clientKey: key.map { SecretBytes($0) },
            serverName: Kubeconfig.text(cluster.value["tls-server-name"]),
            proxyURL: Kubeconfig.text(cluster.value["proxy-url"])
        )
    }

    /// What `NAME-data` holds, or the file that `NAME` names; data come first, as kubectl has it.
    private func content(_ name: String, of entry: Kubeconfig.Entry) throws(ServiceError) -> [UInt8]? {
        if let data = Kubeconfig.text(entry.value["\(name)-data"]) {
            guard let bytes = Base64.decoded(data) else { throw .kubeconfig("\(name)-data is not base64") }
            return bytes
        }
        guard let file = Kubeconfig.text(entry.value[name]) else { return nil }
        return try bytes(of: Self.path(file, from: entry.directory))
    }

    private func authentication(
        _ user: Kubeconfig.Entry
    ) throws(ServiceError) -> KubernetesConnection.Authentication {
        if let file = Kubeconfig.text(user.value["tokenFile"]) {
            return .tokenFile(Self.path(file, from: user.directory))
        }
        if let token = Kubeconfig.text(user.value["token"]) { return .token(SecretString(token)) }
        for unsupported in ["exec", "auth-provider", "username"] where user.value[unsupported] != nil {
            if user.value[unsupported] == .null { continue }
            throw .kubeconfig(
                "the user signs in by '\(unsupported)', which is not supported: "
                    + "use a token, a token file or a client certificate")
        }
        return .none
    }

    private func bytes(of path: String) throws(ServiceError) -> [UInt8] {
        let content: [UInt8]?
        do { content = try readFile(path) } catch { throw .kubeconfig("\(path) cannot be read: \(error)") }
        guard let content else { throw .kubeconfig("\(path), which the kubeconfig names, is not there") }
        return content
    }

    private static func path(_ file: String, from directory: String) -> String {
        file.hasPrefix("/") ? file : "\(directory)/\(file)"
    }

    private static func impersonation(_ user: JSONValue) -> [HTTPHeader] {
        guard let name = Kubeconfig.text(user["as"]) else { return [] }
        let groups = (user["as-groups"]?.array ?? []).compactMap(\.string)
        return [HTTPHeader("Impersonate-User", name)] + groups.map { HTTPHeader("Impersonate-Group", $0) }
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
