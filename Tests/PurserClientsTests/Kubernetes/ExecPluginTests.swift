import Foundation
import PurserTestSupport
import Synchronization
import Testing

@testable import PurserClients

/// The plugin itself, played by a shell script.
struct ExecPluginTests {
    private static let version = "client.authentication.k8s.io/v1"

    /// A plugin whose script lies in a directory of its own; the directory also stands for its working area.
    private func withPlugin(
        _ script: String, _ members: JSONValue = [:],
        _ body: (ExecPlugin, _ directory: URL) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "purser-exec-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let binary = directory.appending(path: "login")
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: binary)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: binary.path)
        var exec = members
        exec["apiVersion"] = exec["apiVersion"] ?? .string(Self.version)
        exec["command"] = exec["command"] ?? "./login"
        exec["interactiveMode"] = "Never"
        try await body(
            try ExecPlugin(exec, of: "user 'u'", directory: directory.path, clusterInfo: ["server": "https://k.test"]),
            directory)
    }

    private func process(
        _ environment: [String: String] = ["PATH": "/usr/bin:/bin"], clock: any Clock<Duration> = ContinuousClock(),
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) -> ExecProcess {
        ExecProcess(environment: environment, clock: ClientClock(clock), report: report)
    }

    private static func answer(_ status: String, version: String = version) -> String {
        #"{"apiVersion":"\#(version)","kind":"ExecCredential","status":\#(status)}"#
    }

    private func credential(_ script: String, _ members: JSONValue = [:]) async throws -> ExecCredential {
        var found: ExecCredential?
        try await withPlugin(script, members) { plugin, _ in
            found = try await ExecCredentials(process: process()).credential(of: plugin)
        }
        return try #require(found)
    }

    @Test func `a token is taken, with the time until which it is good`() async throws {
        let answer = Self.answer(#"{"token":"hunter2","expirationTimestamp":"2030-01-01T00:00:00Z"}"#)
        let credential = try await credential("echo '\(answer)'")
        #expect(credential.token?.reveal() == "hunter2")
        #expect(credential.expiration == 1_893_456_000)
        #expect(!"\(credential)".contains("hunter2"))
    }

    @Test func `a client certificate is taken with its key`() async throws {
        let credential = try await credential(
            "echo '\(Self.answer(#"{"clientCertificateData":"CERT","clientKeyData":"KEY"}"#))'")
        #expect(credential.token == nil)
        #expect(credential.certificate == Array("CERT".utf8))
        #expect(credential.key?.reveal() == Array("KEY".utf8))
    }

    @Test func `it gets its arguments and variables, what it is told of the cluster, and no input`() async throws {
        let seen = Mutex<[String]>([])
        let script = #"""
            echo "$1 $2 $LOGIN_AS $OWN" >&2; echo "$KUBERNETES_EXEC_INFO" >&2; cat >&2
            echo '{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","status":{"token":"t"}}'
            """#
        let members: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1beta1", "args": ["get-token", "a b"],
            "env": [["name": "LOGIN_AS", "value": "spn"]], "provideClusterInfo": true,
        ]
        try await withPlugin(script, members) { plugin, _ in
            let process = process(["PATH": "/usr/bin:/bin", "OWN": "own", "LOGIN_AS": "other"]) { line in
                seen.withLock { $0.append(line) }
            }
            _ = try await ExecCredentials(process: process).credential(of: plugin)
        }
        #expect(
            seen.withLock { $0 } == [
                "get-token a b spn own",
                #"{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","#
                    + #""spec":{"cluster":{"server":"https://k.test"},"interactive":false}}"#,
            ])
    }

    @Test(arguments: [
        ("exit 3", "ended with exit code 3"),
        ("kill -9 $$", "was ended by signal 9"),
        ("echo hunter2", "did not print JSON (unexpected character at byte 0)"),
        ("echo '{}'", "did not print an ExecCredential"),
        (
            "echo '\(answer("{}", version: "client.authentication.k8s.io/v1beta1"))'",
            "answered with apiVersion 'client.authentication.k8s.io/v1beta1', and the kubeconfig wants "
                + "client.authentication.k8s.io/v1"
        ),
        ("echo '\(answer("null"))'", "printed no credential: its answer has no status"),
        ("echo '\(answer("{}"))'", "printed neither a token nor a client certificate"),
        (
            "echo '\(answer(#"{"clientKeyData":"hunter2"}"#))'",
            "printed a client certificate without its key, or a key without its certificate"
        ),
        (
            "echo '\(answer(#"{"token":"hunter2","expirationTimestamp":"soon"}"#))'",
            "printed an expirationTimestamp that is no RFC 3339 time"
        ),
    ])
    func `what is no credential is told, and never what was printed`(script: String, problem: String) async throws {
        let error = await #expect(throws: ServiceError.self) { try await credential(script) }
        #expect(error?.code == "ExecPlugin")
        #expect(error?.isDenied == true)
        #expect(error?.message.hasSuffix("/login' \(problem)") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test func `more than is ever needed is not read`() async throws {
        let error = await #expect(throws: ServiceError.self) {
            try await credential("head -c 3000000 /dev/zero")
        }
        #expect(error?.code == "ExecPlugin")
    }

    @Test func `one that does not end is ended`() async throws {
        try await withPlugin("exec sleep 600") { plugin, _ in
            let error = await #expect(throws: ServiceError.self) {
                try await process(clock: ManualClock()).run(plugin)
            }
            #expect(error?.message.hasSuffix("gave no answer within 300.0 seconds") == true)
        }
    }

    @Test func `one that is not there is told with its install hint`() async throws {
        try await withPlugin("", ["command": "no-such-login", "installHint": "get it\nfrom there"]) { plugin, _ in
            let error = await #expect(throws: ServiceError.self) { try await process().run(plugin) }
            #expect(error?.message == "the plugin 'no-such-login' is not there: get it from there")
        }
    }

    /// Counts its runs in a file.
    private static let counting = #"""
        echo x >> "$(dirname "$0")/runs"
        n=$(wc -l < "$(dirname "$0")/runs" | tr -d ' ')
        echo "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"t$n\",\"expirationTimestamp\":\"1970-01-01T00:16:40Z\"}}"
        """#

    @Test func `a credential is kept until it expires, and asked for once by many`() async throws {
        let now = Mutex(0.0)
        try await withPlugin(Self.counting) { plugin, _ in
            let credentials = ExecCredentials(process: process(), now: { now.withLock { $0 } })
            let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<8 { group.addTask { try await credentials.credential(of: plugin).token?.reveal() } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(tokens == ["t1"])
            now.withLock { $0 = 999 }
            #expect(try await credentials.credential(of: plugin).token?.reveal() == "t1")
            now.withLock { $0 = 1000 }
            #expect(try await credentials.credential(of: plugin).token?.reveal() == "t2")
        }
    }

    @Test func `a credential that the server refuses is fetched anew, once`() async throws {
        try await withPlugin(Self.counting) { plugin, _ in
            let server = AskingServer(accepts: "Bearer t2")
            let credentials = ExecCredentials(process: process(), now: { 0 })
            let connection = KubernetesConnection(
                context: "x", server: "https://k.test", tls: TLSOptions(), authentication: .exec(plugin),
                namespace: "default", impersonation: [])
            let sender = RequestSender(
                transport: server, policy: RetryPolicy(attempts: 2), clock: ClientClock(ManualClock()), jitter: .none)
            let client = KubernetesClient(
                session: KubernetesSession(
                    connection: Once { () async throws(ServiceError) in connection }, sender: sender,
                    readFile: { _ in nil }, credentials: credentials))
            let version = try await client.version()
            #expect(version == "v1.33.1")
            #expect(server.seen == ["Bearer t1", "Bearer t2"])
            server.accepts = "Bearer t9"
            let error = await #expect(throws: ServiceError.self) { try await client.version() }
            #expect(error?.status == 401)
            #expect(server.seen == ["Bearer t1", "Bearer t2", "Bearer t2", "Bearer t3"])
        }
    }
}

/// A server that accepts one authorization.
private final class AskingServer: HTTPTransport {
    private let state: Mutex<(accepts: String, seen: [String])>

    init(accepts: String) { state = Mutex((accepts, [])) }

    var accepts: String {
        get { state.withLock { $0.accepts } }
        set { state.withLock { $0.accepts = newValue } }
    }
    var seen: [String] { state.withLock { $0.seen } }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let given = request.header("Authorization") ?? ""
        return state.withLock { state in
            state.seen.append(given)
            guard given == state.accepts else { return HTTPResponse(status: 401) }
            return HTTPResponse(status: 200, body: Array(#"{"gitVersion":"v1.33.1"}"#.utf8))
        }
    }

    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish() }
    }

    func shutdown() async {}
}
