import Foundation
import PurserTestSupport
import Testing

@testable import PurserClients
@testable import PurserCommands

/// Each file of `Tests/Fixtures/Kubeconfig`, and some of them together, with what becomes of it: the connection, or the
/// message. One golden holds the whole table.
@Suite struct KubeconfigTableTests {
    private struct Case {
        var title: String
        var environment: [String: String]
        var specNames: String?
        var context: String?
        var isInPod = false
    }

    /// Where the fixtures seem to lie, so that messages do not depend on the machine.
    private static let root = "/k"
    private static let fixtures = Golden.fixtures.appending(path: "Kubeconfig")

    private static func files() throws -> [Case] {
        try FileManager.default.contentsOfDirectory(atPath: fixtures.path()).filter { $0.hasSuffix(".yaml") }.sorted()
            .map { Case(title: $0, environment: ["KUBECONFIG": "\(root)/\($0)"]) }
    }

    private static let pod = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]
    private static let parts = ["context", "cluster", "user"].map { "\(root)/parts/\($0).yaml" }

    private static let combinations = [
        Case(
            title: "three files, of which the first that names something decides",
            environment: ["KUBECONFIG": parts.joined(separator: ":")]),
        Case(
            title: "the same in the opposite order",
            environment: ["KUBECONFIG": parts.reversed().joined(separator: ":")]),
        Case(
            title: "another context than the current one", environment: ["KUBECONFIG": parts.joined(separator: ":")],
            context: "y"),
        Case(title: "a context that is not there", environment: ["KUBECONFIG": parts[0]], context: "z"),
        Case(
            title: "missing files of a list are passed over",
            environment: ["KUBECONFIG": "/nowhere::\(root)/good-token.yaml"]),
        Case(title: "none of a list is there", environment: ["KUBECONFIG": "/nowhere:/neither"]),
        Case(title: "nothing says where", environment: [:]),
        Case(
            title: "one broken file of a list",
            environment: ["KUBECONFIG": "\(root)/good-token.yaml:\(root)/bad-kind.yaml"]),
        Case(title: "in a pod, without a kubeconfig", environment: pod, isInPod: true),
        Case(
            title: "in a pod, over IPv6", environment: pod.merging(["KUBERNETES_SERVICE_HOST": "fd00::1"]) { $1 },
            isInPod: true),
        Case(
            title: "in a pod, with a kubeconfig",
            environment: pod.merging(["KUBECONFIG": "\(root)/good-token.yaml"]) { $1 }, isInPod: true),
        Case(title: "in a pod without a service account", environment: pod),
        Case(title: "named by the spec", environment: [:], specNames: "\(root)/good-token.yaml"),
        Case(
            title: "named by the spec, and not there", environment: pod, specNames: "\(root)/none.yaml", isInPod: true),
        Case(title: "named by the spec, runs a program", environment: [:], specNames: "\(root)/good-exec-v1.yaml"),
        Case(
            title: "named by the spec, sends another file", environment: [:], specNames: "\(root)/good-token-file.yaml"),
        Case(
            title: "named by the spec and by the user, runs a program",
            environment: ["KUBECONFIG": "\(root)/x/../good-exec-v1beta1.yaml"],
            specNames: "\(root)/good-exec-v1beta1.yaml"),
        Case(
            title: "named by the spec, with client certificate files", environment: [:],
            specNames: "\(root)/good-client-certificate-files.yaml"),
    ]

    @Test func `every kubeconfig has the outcome that the table says`() throws {
        let cases = try Self.files() + Self.combinations
        #expect(cases.count > 80)
        expectGolden(cases.map(Self.outcome).joined(separator: "\n"), "Kubeconfig/table.txt")
    }

    @Test func `no secret of a kubeconfig is in the description of its connection or error`() throws {
        for entry in try Self.files() + Self.combinations {
            let text: String
            do { text = "\(try Self.connection(entry))" } catch { text = "\(error)" }
            for secret in ["t0", "p:w", "spare", "rotating-token", "spn"] {
                #expect(!text.contains("\"\(secret)\""), "\(entry.title)")
            }
        }
    }

    private static func connection(_ entry: Case) throws(ServiceError) -> KubernetesConnection {
        try KubeconfigLoader(
            environment: entry.environment, path: entry.specNames, context: entry.context,
            parseYAML: YAMLReading.json, readFile: { try content(of: $0, isInPod: entry.isInPod) }
        ).connection()
    }

    private static func content(of path: String, isInPod: Bool) throws -> [UInt8]? {
        let account = "/var/run/secrets/kubernetes.io/serviceaccount/"
        if isInPod, path.hasPrefix(account) {
            return ["token": "sa", "ca.crt": "CA", "namespace": "ci"][path.dropFirst(account.count)].map {
                Array($0.utf8)
            }
        }
        guard path.hasPrefix(root + "/") else { return nil }
        return try FileContents.read(fixtures.path() + path.dropFirst(root.count))
    }

    private static func outcome(_ entry: Case) -> String {
        do throws(ServiceError) {
            return "\(entry.title)\n" + lines(of: try connection(entry)).map { "    \($0)\n" }.joined()
        } catch {
            return "\(entry.title)\n    \(error.code): \(error.message)\n"
        }
    }

    private static func lines(of connection: KubernetesConnection) -> [String] {
        let tls = connection.tls
        var lines = [
            "\(connection.context) at \(connection.server), namespace \(connection.namespace)",
            "as \(user(connection.authentication))",
        ]
        if !connection.impersonation.isEmpty {
            lines.append("acting: " + connection.impersonation.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
        }
        lines.append(
            "trusts "
                + (tls.isVerified
                    ? tls.certificateAuthorities.map { "\($0.count) bytes" } ?? "the default" : "everybody"))
        if tls.clientCertificate != nil { lines.append("shows a client certificate, key \(tls.clientKey != nil)") }
        if let name = tls.serverName { lines.append("expects the name \(name)") }
        if let proxy = tls.proxyURL { lines.append("through \(proxy)") }
        return lines + connection.warnings.map { "warning: \($0)" }
    }

    private static func user(_ authentication: KubernetesConnection.Authentication) -> String {
        switch authentication {
        case .none: "nobody"
        case .token(let token): "token of \(token.reveal().count)"
        case .tokenFile(let path, let other): "token in \(path)" + (other == nil ? "" : ", or the one beside it")
        case .basic(let user, let password): "\(user) with a password of \(password.reveal().count)"
        case .exec(let plugin): "whom a plugin says: " + description(of: plugin)
        }
    }

    private static func description(of plugin: ExecPlugin) -> String {
        let variables = plugin.variables.keys.sorted().joined(separator: " ")
        return (["\(plugin.command)"] + plugin.arguments).joined(separator: " ") + "; variables \(variables); told "
            + String(decoding: plugin.info.encoded, as: UTF8.self)
    }
}
