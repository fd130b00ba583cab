/// Turns a context into a connection: finds its cluster and user, reads the files that they name.
///
/// Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files"; what contradicts itself is refused as
/// `client-go`'s `clientcmd` refuses it.
struct KubeconfigResolution {
    var config: Kubeconfig
    /// The file that a spec names and the user does not, if it is one.
    var distrusted: String?
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
        let credentials = KubeconfigUser(
            name: Kubeconfig.text(context["user"]) ?? "", entry: user, files: files, distrusted: distrusted)
        let server = try server(of: cluster, name)
        var tls = try tls(of: cluster, name)
        (tls.clientCertificate, tls.clientKey) = try credentials.certificate()
        return KubernetesConnection(
            context: name,
            server: server,
            tls: tls,
            authentication: try credentials.authentication(clusterInfo: clusterInfo(cluster, server, tls)),
            namespace: Kubeconfig.text(context["namespace"]) ?? "default",
            impersonation: try credentials.impersonation(),
            warnings: tls.isVerified ? [] : [Self.unverified(server)]
        )
    }

    private static func unverified(_ server: String) -> String {
        "the identity of \(server) is not verified: the kubeconfig has insecure-skip-tls-verify, and whoever is between "
            + "can read and change everything; give its certificate-authority-data instead"
    }

    private var files: KubeconfigFiles { KubeconfigFiles(readFile: readFile) }

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
        return server
    }

    private func tls(of cluster: Kubeconfig.Entry, _ context: String) throws(ServiceError) -> TLSOptions {
        let place = "the cluster of context '\(context)'"
        let isVerified = cluster.value["insecure-skip-tls-verify"]?.bool != true
        let authorities = try files.content("certificate-authority", of: cluster, place)
        guard isVerified || authorities == nil else {
            throw .kubeconfig("\(place) has both insecure-skip-tls-verify and a certificate authority")
        }
        let proxy = Kubeconfig.text(cluster.value["proxy-url"])
        if let proxy, !Self.isProxy(proxy) {
            throw .kubeconfig("\(place) has a proxy-url that is no http:// or socks5:// address")
        }
        return TLSOptions(
            certificateAuthorities: authorities, serverName: Kubeconfig.text(cluster.value["tls-server-name"]),
            proxyURL: proxy, isVerified: isVerified)
    }

    private static func isProxy(_ url: String) -> Bool {
        guard let end = url.firstRange(of: "://") else { return false }
        return ["http", "socks5", "socks5h"].contains(url[..<end.lowerBound].lowercased())
            && url.endIndex > end.upperBound
    }

    /// What a plugin is told of the cluster, where it asks for that.
    ///
    /// Source: Kubernetes, "Client Authentication (v1)", `Cluster`: `config` comes from the extension of the plugin's
    /// name for it.
    private func clusterInfo(_ cluster: Kubeconfig.Entry, _ server: String, _ tls: TLSOptions) -> JSONValue {
        var info: JSONValue = ["server": .string(server)]
        info["tls-server-name"] = tls.serverName.map(JSONValue.string)
        if !tls.isVerified { info["insecure-skip-tls-verify"] = true }
        info["certificate-authority-data"] = tls.certificateAuthorities.map { .string(Base64.encoded($0)) }
        info["proxy-url"] = tls.proxyURL.map(JSONValue.string)
        let extensions = cluster.value["extensions"]?.array ?? []
        let own = extensions.first { $0["name"]?.string == "client.authentication.k8s.io/exec" }
        info["config"] = own?["extension"]
        return info
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}

/// The files that a kubeconfig names; relative names begin in the kubeconfig's directory.
struct KubeconfigFiles {
    let readFile: @Sendable (String) throws -> [UInt8]?

    /// What `NAME-data` holds, or the file that `NAME` names; nil if the entry has neither.
    func content(_ name: String, of entry: Kubeconfig.Entry, _ place: String) throws(ServiceError) -> [UInt8]? {
        let data = Kubeconfig.text(entry.value["\(name)-data"])
        let file = Kubeconfig.text(entry.value[name])
        guard data == nil || file == nil else {
            throw .kubeconfig("\(place) has both \(name) and \(name)-data")
        }
        if let data {
            guard let bytes = Base64.decoded(data) else { throw .kubeconfig("\(name)-data is not base64") }
            return bytes
        }
        return try file.map { (file) throws(ServiceError) in try bytes(of: Self.path(file, from: entry.directory)) }
    }

    private func bytes(of path: String) throws(ServiceError) -> [UInt8] {
        let content: [UInt8]?
        do { content = try readFile(path) } catch { throw .kubeconfig("\(path) cannot be read: \(error)") }
        guard let content else { throw .kubeconfig("\(path), which the kubeconfig names, is not there") }
        return content
    }

    static func path(_ file: String, from directory: String) -> String {
        file.hasPrefix("/") ? file : "\(directory)/\(file)"
    }
}
