import PurserTestSupport
import Testing

@testable import PurserClients

struct KubeconfigTests {
    /// A kubeconfig of one cluster, user and context, with members replaced.
    private static func config(
        cluster: JSONValue = ["server": "https://k.test:6443/"], user: JSONValue = ["token": "hunter2"],
        context: JSONValue = ["cluster": "c", "user": "u"], current: JSONValue = "x"
    ) -> JSONValue {
        [
            "current-context": current, "clusters": [["name": "c", "cluster": cluster]],
            "users": [["name": "u", "user": user]], "contexts": [["name": "x", "context": context]],
        ]
    }

    private static func connection(
        _ files: [String: JSONValue], contents: [String: [UInt8]] = [:],
        environment: [String: String] = ["HOME": "/home/me"],
        path: String? = nil, context: String? = nil
    ) throws(ServiceError) -> KubernetesConnection {
        let all = contents.merging(files.mapValues(\.encoded)) { $1 }
        let loader = KubeconfigLoader(
            environment: environment, path: path, context: context, parseYAML: { try JSONValue(parsing: $0) },
            readFile: { all[$0] })
        return try loader.connection()
    }

    private static let home = "/home/me/.kube/config"

    @Test func `a token and data are read`() throws {
        let authority = Base64.encoded(Array("CA".utf8))
        let cluster: JSONValue = [
            "server": "https://k.test:6443/", "certificate-authority-data": .string(authority),
            "tls-server-name": "kubernetes.test", "proxy-url": "http://p.test",
        ]
        let context: JSONValue = ["cluster": "c", "user": "u", "namespace": "infra"]
        let found = try Self.connection([Self.home: Self.config(cluster: cluster, context: context)])
        #expect(found.server == "https://k.test:6443")
        #expect(found.context == "x")
        #expect(found.namespace == "infra")
        #expect(found.tls.certificateAuthorities == Array("CA".utf8))
        #expect(found.tls.serverName == "kubernetes.test")
        #expect(found.tls.proxyURL == "http://p.test")
        guard case .token(let token) = found.authentication else { Issue.record("no token"); return }
        #expect(token.reveal() == "hunter2")
        #expect(!"\(found)".contains("hunter2"))
    }

    @Test func `files are read, relative ones from the kubeconfig's directory`() throws {
        let cluster: JSONValue = ["server": "https://k.test", "certificate-authority": "pki/ca.pem"]
        let user: JSONValue = [
            "client-certificate": "/abs/c.pem", "client-key": "c.key", "tokenFile": "token", "token": "spare",
        ]
        let contents = ["/etc/k/pki/ca.pem": "CA", "/abs/c.pem": "CERT", "/etc/k/c.key": "KEY"].mapValues {
            Array($0.utf8)
        }
        let found = try Self.connection(
            ["/etc/k/config": Self.config(cluster: cluster, user: user)], contents: contents,
            environment: ["KUBECONFIG": "/etc/k/config"])
        #expect(found.tls.certificateAuthorities == Array("CA".utf8))
        #expect(found.tls.clientCertificate == Array("CERT".utf8))
        #expect(found.tls.clientKey?.reveal() == Array("KEY".utf8))
        guard case .tokenFile("/etc/k/token", let other) = found.authentication else {
            Issue.record("no token file")
            return
        }
        #expect(other?.reveal() == "spare")
    }

    @Test func `of several files the first that names something decides`() throws {
        let first: JSONValue = ["users": [["name": "u", "user": ["token": "first"]]]]
        let second = Self.config()
        let third = Self.config(cluster: ["server": "https://other.test"], current: "other")
        let found = try Self.connection(
            ["/1": first, "/2": second, "/3": third], environment: ["KUBECONFIG": "/missing:/1:/2:/3", "HOME": "/h"])
        #expect(found.server == "https://k.test:6443")
        #expect(found.context == "x")
        guard case .token(let token) = found.authentication else { Issue.record("no token"); return }
        #expect(token.reveal() == "first")
    }

    @Test func `a user may be missing, and may act as another`() throws {
        let anonymous = try Self.connection([Self.home: Self.config(context: ["cluster": "c"])])
        guard case .none = anonymous.authentication else { Issue.record("authenticated"); return }
        #expect(anonymous.namespace == "default")
        let acting = try Self.connection([Self.home: Self.config(user: ["as": "eve", "as-groups": ["a", "b"]])])
        #expect(
            acting.impersonation == [
                HTTPHeader("Impersonate-User", "eve"), HTTPHeader("Impersonate-Group", "a"),
                HTTPHeader("Impersonate-Group", "b"),
            ])
    }

    @Test(arguments: [
        (config(current: ""), "the kubeconfig has no current context; it has x"),
        (config(cluster: ["server": "http://k.test"]), "the server of context 'x' is not reached by https"),
    ])
    func `what cannot be used is told`(config: JSONValue, message: String) {
        let error = #expect(throws: ServiceError.self) { try Self.connection([Self.home: config]) }
        #expect(error?.code == "Kubeconfig")
        #expect(error?.message == message)
    }

    @Test func `a missing kubeconfig is told, with where it was looked for`() {
        let none = #expect(throws: ServiceError.self) { try Self.connection([:]) }
        #expect(none?.message == "there is no kubeconfig: looked for /home/me/.kube/config")
        let nowhere = #expect(throws: ServiceError.self) { try Self.connection([:], environment: [:]) }
        #expect(nowhere?.message == "there is no kubeconfig: set KUBECONFIG")
        let broken = #expect(throws: ServiceError.self) {
            try Self.connection([:], contents: [Self.home: Array("token: hunter2".utf8)])
        }
        #expect(broken?.message == "/home/me/.kube/config is not valid YAML")
    }

    @Test func `plain http is for loopback alone`() throws {
        let found = try Self.connection([Self.home: Self.config(cluster: ["server": "http://127.0.0.1:8001"])])
        #expect(found.server == "http://127.0.0.1:8001")
    }
}
