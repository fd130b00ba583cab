/// As whom a user entry of a kubeconfig signs in.
struct KubeconfigUser {
    let name: String
    let entry: Kubeconfig.Entry
    let files: KubeconfigFiles
    /// The file that a spec names and the user does not, if it is one: what it may not do is refused.
    let distrusted: String?

    private var place: String { "user '\(name)'" }

    /// The client certificate with its key, both PEM.
    func certificate() throws(ServiceError) -> ([UInt8]?, SecretBytes?) {
        let certificate = try files.content("client-certificate", of: entry, place)
        let key = try files.content("client-key", of: entry, place)
        if (certificate == nil) != (key == nil) {
            throw .kubeconfig("\(place) has a client certificate without its key, or a key without its certificate")
        }
        return (certificate, key.map { SecretBytes($0) })
    }

    func authentication(clusterInfo: JSONValue) throws(ServiceError) -> KubernetesConnection.Authentication {
        if present("auth-provider") != nil {
            throw .kubeconfig(
                "\(place) signs in by an auth-provider, which Kubernetes gave up with 1.26: use an exec plugin, such as "
                    + "'kubelogin convert-kubeconfig' writes for AKS")
        }
        let token = text("token").map { SecretString($0) }
        let user = text("username")
        if token != nil, user != nil || text("password") != nil {
            throw .kubeconfig("\(place) has both a token and a user name; only one is allowed")
        }
        if let file = text("tokenFile") {
            try refuseIfDistrusted(
                "takes its token from another file", because: "would be sent to a server of the spec's choosing")
            return .tokenFile(KubeconfigFiles.path(file, from: entry.directory), otherwise: token)
        }
        if let token { return .token(token) }
        if let user { return .basic(user: user, password: SecretString(text("password") ?? "")) }
        guard let exec = present("exec") else { return .none }
        try refuseIfDistrusted("signs in by running a program", because: "a spec could choose")
        return .exec(try ExecPlugin(exec, of: place, directory: entry.directory, clusterInfo: clusterInfo))
    }

    /// A kubeconfig from a stranger's pull request would otherwise run what it likes on the machine that plans it, or
    /// send what it likes to a server of its own.
    private func refuseIfDistrusted(_ what: String, because reason: String) throws(ServiceError) {
        guard let distrusted else { return }
        throw .kubeconfig(
            "\(place) \(what), which \(reason): that is for kubeconfig files that you name yourself; to allow it, run "
                + "with KUBECONFIG=\(distrusted)")
    }

    /// Source: Kubernetes, "User impersonation", the headers.
    func impersonation() throws(ServiceError) -> [HTTPHeader] {
        let groups = (entry.value["as-groups"]?.array ?? []).compactMap(\.string)
        let extra = entry.value["as-user-extra"]?.object ?? [:]
        let uid = text("as-uid")
        guard let name = text("as") else {
            guard groups.isEmpty, extra.isEmpty, uid == nil else {
                throw .kubeconfig("\(place) asks to act with a uid, groups or extra fields, but not as whom ('as')")
            }
            return []
        }
        var headers = [HTTPHeader("Impersonate-User", name)] + groups.map { HTTPHeader("Impersonate-Group", $0) }
        if let uid { headers.append(HTTPHeader("Impersonate-Uid", uid)) }
        for (key, values) in extra.sorted(by: { $0.key < $1.key }) {
            let field = "Impersonate-Extra-\(PercentEncoding.component(key))"
            headers += (values.array ?? []).compactMap(\.string).map { HTTPHeader(field, $0) }
        }
        return headers
    }

    private func text(_ member: String) -> String? { Kubeconfig.text(entry.value[member]) }

    private func present(_ member: String) -> JSONValue? {
        guard let value = entry.value[member], !value.isNull else { return Optional.none }
        return value
    }
}
