/// How to reach a cluster, and as whom.
package struct KubernetesConnection: Sendable {
    package enum Authentication: Sendable {
        case none
        case token(SecretString)
        /// Read anew for each request, since such tokens rotate. While the file cannot be read, the token beside it
        /// serves.
        case tokenFile(String, otherwise: SecretString?)
        case basic(user: String, password: SecretString)
        /// A program that hands out credentials.
        case exec(ExecPlugin)
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
    /// What the user has to be told whenever this connection is used.
    package var warnings: [String] = []
}

/// The service account that Kubernetes gives to each pod.
///
/// Source: Kubernetes, "Accessing the Kubernetes API from a Pod": the two variables, the directory and its three files.
struct InClusterAccess {
    static let directory = "/var/run/secrets/kubernetes.io/serviceaccount"
    private static let tokenFile = "\(directory)/token"

    let environment: [String: String]
    let readFile: @Sendable (String) throws -> [UInt8]?

    /// Nil outside of a pod, and in one without a service account.
    func connection() throws(ServiceError) -> KubernetesConnection? {
        guard let host = value("KUBERNETES_SERVICE_HOST"), let port = value("KUBERNETES_SERVICE_PORT"),
            try content("token") != nil
        else { return nil }
        guard let authorities = try content("ca.crt") else {
            throw .kubeconfig("the service account of this pod has no \(Self.directory)/ca.crt")
        }
        let server = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        guard Address(server) != nil else { throw .kubeconfig("KUBERNETES_SERVICE_HOST and _PORT give no address") }
        let namespace = try content("namespace").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return KubernetesConnection(
            context: "in-cluster", server: server, tls: TLSOptions(certificateAuthorities: authorities),
            authentication: .tokenFile(Self.tokenFile, otherwise: nil),
            namespace: namespace.isEmpty ? "default" : namespace, impersonation: [])
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func content(_ name: String) throws(ServiceError) -> [UInt8]? {
        let path = "\(Self.directory)/\(name)"
        do { return try readFile(path) } catch { throw .kubeconfig("\(path) cannot be read: \(error)") }
    }
}
