import Crypto
import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// A real API server over an etcd of its own, as the tests of controllers use them: `KUBEBUILDER_ASSETS` names the
/// directory of `kube-apiserver` and `etcd`, and maybe of a `kube-controller-manager`.
///
/// Source: github.com/kubernetes-sigs/controller-runtime, "envtest"; Kubernetes reference, `kube-apiserver`,
/// `kube-controller-manager`. All flags are known to 1.20 and to 1.36.
struct APIServer: Sendable {
    let directory: FilePath
    let kubeconfig: FilePath
    private let port: Int
    private let token: String

    static let assets: FilePath? = {
        guard let named = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"], !named.isEmpty else { return nil }
        let directory = FilePath(named)
        let isComplete = ["kube-apiserver", "etcd"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: directory.appending($0).string)
        }
        return isComplete ? directory : nil
    }()

    /// The real controllers, where they can be had.
    static let controllers: FilePath? = {
        guard let program = assets?.appending("kube-controller-manager") else { return nil }
        return FileManager.default.isExecutableFile(atPath: program.string) ? program : nil
    }()

    /// Starts them, runs `body`, and stops them.
    static func with(_ body: (APIServer) async throws -> Void) async throws {
        let assets = try #require(assets, "KUBEBUILDER_ASSETS names no kube-apiserver and etcd")
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-apiserver-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            atPath: directory.string, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        let ports = try FreePorts.take(3)
        try await process(assets.appending("etcd"), etcdArguments(directory, ports[0]), directory) {
            let server = try prepare(directory, port: ports[1])
            let arguments = serverArguments(directory, etcd: ports[0], port: ports[1])
            try await process(assets.appending("kube-apiserver"), arguments, directory) {
                try await server.waitUntilReady()
                try await server.withControllers(port: ports[2]) { try await body(server) }
            }
        }
    }

    private func withControllers(port: Int, _ body: () async throws -> Void) async throws {
        guard let program = Self.controllers else { return try await body() }
        try await Self.process(
            program,
            [
                "--kubeconfig=\(kubeconfig)", "--bind-address=127.0.0.1", "--secure-port=\(port)",
                "--cert-dir=\(directory.appending("controllers"))", "--leader-elect=false",
                "--service-account-private-key-file=\(directory.appending("accounts.pem"))",
                "--root-ca-file=\(directory.appending("tls/apiserver.crt"))",
            ], directory, body)
    }

    /// Its API, for a transport of the caller's.
    func api(_ transport: AsyncHTTPTransport) throws -> RawAPI {
        let authority = try Data(contentsOf: URL(fileURLWithPath: directory.appending("tls/apiserver.crt").string))
        return RawAPI(
            server: "https://127.0.0.1:\(port)", token: token, authority: Array(authority), transport: transport)
    }

    // MARK: The programs

    private static func etcdArguments(_ directory: FilePath, _ port: Int) -> [String] {
        let clients = "http://127.0.0.1:\(port)"
        return [
            "--data-dir", directory.appending("etcd").string, "--listen-client-urls", clients,
            "--advertise-client-urls", clients, "--listen-peer-urls", "http://127.0.0.1:0",
        ]
    }

    /// No controller makes the accounts that the admission plugin ServiceAccount asks for.
    private static func serverArguments(_ directory: FilePath, etcd: Int, port: Int) -> [String] {
        [
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=\(port)",
            "--etcd-servers=http://127.0.0.1:\(etcd)", "--cert-dir=\(directory.appending("tls"))",
            "--token-auth-file=\(directory.appending("tokens.csv"))", "--authorization-mode=RBAC",
            "--service-account-issuer=https://127.0.0.1:\(port)",
            "--service-account-key-file=\(directory.appending("accounts.pub.pem"))",
            "--service-account-signing-key-file=\(directory.appending("accounts.pem"))",
            "--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true",
        ]
    }

    /// Runs a program while `body` runs; what it says is kept in a file, for whoever must find out why it ended.
    private static func process(
        _ path: FilePath, _ arguments: [String], _ directory: FilePath, _ body: () async throws -> Void
    ) async throws {
        let name = path.lastComponent?.string ?? ""
        let log = try FileDescriptor.open(
            directory.appending("\(name).log"), .writeOnly, options: [.create, .append],
            permissions: [.ownerReadWrite])
        _ = try await Subprocess.run(
            .path(path), arguments: Arguments(arguments), workingDirectory: directory, input: .none,
            output: .fileDescriptor(log, closeAfterSpawningProcess: false),
            error: .fileDescriptor(log, closeAfterSpawningProcess: true)
        ) { execution in
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                let said = FileManager.default.contents(atPath: directory.appending("\(name).log").string) ?? Data()
                print("\(name): \(String(decoding: said.suffix(2_000), as: UTF8.self))")
                outcome = .failure(error)
            }
            // Nothing that it keeps is needed any more.
            try? execution.send(signal: .kill)
            try outcome.get()
        }
    }

    // MARK: Its files

    /// Writes the token of an administrator, the key of the service accounts and the kubeconfig.
    private static func prepare(_ directory: FilePath, port: Int) throws -> APIServer {
        let token = UUID().uuidString
        try write("\(token),administrator,administrator,system:masters\n", to: directory.appending("tokens.csv"))
        let key = P256.Signing.PrivateKey()
        try write(key.pemRepresentation, to: directory.appending("accounts.pem"))
        try write(key.publicKey.pemRepresentation, to: directory.appending("accounts.pub.pem"))
        let kubeconfig = directory.appending("kubeconfig")
        let config: JSONValue = [
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [
                [
                    "name": "test",
                    "cluster": [
                        "server": "https://127.0.0.1:\(port)", "certificate-authority": "tls/apiserver.crt",
                    ],
                ]
            ],
            "contexts": [["name": "test", "context": ["cluster": "test", "user": "administrator"]]],
            "users": [["name": "administrator", "user": ["token": .string(token)]]],
        ]
        try write(config.text, to: kubeconfig)
        return APIServer(directory: directory, kubeconfig: kubeconfig, port: port, token: token)
    }

    private static func write(_ text: String, to file: FilePath) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file.string))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.string)
    }

    // MARK: Readiness

    /// The server makes its certificate first, and its own roles last.
    private func waitUntilReady() async throws {
        let kubectl = try Kubectl(
            #require(Kubectl.Program.found.last, "needs kubectl"), kubeconfig: kubeconfig, directory: directory)
        for _ in 0..<300 {
            let (exitCode, _, _) = try await kubectl.outcome(["get", "--raw", "/readyz"])
            if exitCode == 0 { return }
            // Another process is waited for, which tells in no other way that it is ready.
            try await Task.sleep(for: .milliseconds(100))
        }
        throw APIServerNotReady()
    }
}

private struct APIServerNotReady: Error {}

/// Ports of the loopback interface that nobody listens on.
enum FreePorts {
    private struct Unavailable: Error {}

    /// All are held until the last one is found, so that they differ.
    static func take(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, streamType, 0)
            guard descriptor >= 0 else { throw Unavailable() }
            sockets.append(descriptor)
            return try bind(descriptor)
        }
    }

    private static func bind(_ descriptor: Int32) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Foundation.bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        guard status == 0 else { throw Unavailable() }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    #if canImport(Darwin)
        private static let streamType = SOCK_STREAM
    #else
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #endif
}
