import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SystemPackage
import Testing

@testable import PurserSandbox

extension LiveSandboxTests {
    /// `exec` on the wire: a WebSocket within TLS, byte by byte.
    struct LiveExecTests {
        private static let key = "dGhlIHNhbXBsZSBub25jZQ=="

        /// Runs `body` with a pod of a running sandbox, and what a request to its cluster begins with.
        private func withPod(
            _ body:
                @escaping @Sendable (
                    _ connection: JSON, _ token: String, _ client: HTTPClient, _ pod: String
                ) async throws -> Void
        ) async throws {
            let live = LiveSandboxTests()
            try await live.withDirectory { directory in
                try await live.withSandbox(directory) { connection, client in
                    let kubeconfig = try JSON(parsing: PrivateFiles.contents(of: directory.appending("kubeconfig")))
                    let token = kubeconfig["users"]?.arrayValue?.first?[path: "user", "token"]?.stringValue ?? ""
                    let root = "\(connection["kubernetesURL"]?.stringValue ?? "")/api/v1/namespaces/default"
                    let secret = #"{"metadata":{"name":"s"},"stringData":{"a":"swordfish"}}"#
                    let pod = """
                        {"metadata": {"name": "app"}, "spec": {
                          "containers": [{"name": "main", "image": "i", "volumeMounts": [{"name": "s", "mountPath": "/s"}]}],
                          "volumes": [{"name": "s", "secret": {"secretName": "s"}}]}}
                        """
                    for (path, text) in [("secrets", secret), ("pods", pod)] {
                        let made = try await live.send(
                            client, "\(root)/\(path)", method: "POST", token: token, body: text)
                        #expect(made.status == 201, "\(made.body)")
                    }
                    try await Self.waitUntilRunning(client, "\(root)/pods?watch=true", token)
                    try await body(connection, token, client, "\(root)/pods/app")
                }
            }
        }

        private static func waitUntilRunning(_ client: HTTPClient, _ url: String, _ token: String) async throws {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "Authorization", value: "Bearer \(token)")
            var told = ""
            for try await chunk in try await client.execute(request, timeout: .seconds(20)).body {
                told += String(buffer: chunk)
                if told.contains(#""phase":"Running""#) { return }
            }
            Issue.record("the pod does not run: \(told.suffix(500))")
        }

        /// Everything that the cluster says to these bytes until it hangs up.
        private func answer(_ connection: JSON, to bytes: [UInt8], then more: [UInt8] = []) async throws -> [UInt8] {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(connection["caFile"]?.stringValue ?? "")
            let context = try NIOSSLContext(configuration: tls)
            let port = URLComponents(string: connection["kubernetesURL"]?.stringValue ?? "")?.port ?? 0
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: "localhost"))
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: bytes))
                var answer: [UInt8] = []
                var rest = more
                do {
                    for try await buffer in inbound {
                        answer += buffer.readableBytesView
                        guard !rest.isEmpty else { continue }
                        try await outbound.write(ByteBuffer(bytes: rest))
                        rest = []
                    }
                } catch is NIOSSLError {
                    // Hung up without an end of TLS.
                }
                return answer
            }
        }

        private func request(
            _ token: String, _ query: String, upgrade: String = "websocket", pod: String = "app"
        ) -> [UInt8] {
            Array(
                """
                GET /api/v1/namespaces/default/pods/\(pod)/exec?\(query) HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer \(token)\r
                Connection: Upgrade\r
                Upgrade: \(upgrade)\r
                Sec-WebSocket-Version: 13\r
                Sec-WebSocket-Key: \(Self.key)\r
                Sec-WebSocket-Protocol: v5.channel.k8s.io\r
                \r

                """.utf8)
        }

        /// Messages of a server, which masks none; the opcode of each with its bytes.
        private func frames(_ bytes: ArraySlice<UInt8>) -> [(opcode: UInt8, bytes: [UInt8])] {
            var rest = bytes
            var frames: [(UInt8, [UInt8])] = []
            while rest.count >= 2 {
                let opcode = rest.removeFirst() & 0x0F
                var length = Int(rest.removeFirst())
                if length == 126 { length = Int(rest.removeFirst()) << 8 + Int(rest.removeFirst()) }
                frames.append((opcode, Array(rest.prefix(length))))
                rest = rest.dropFirst(length)
            }
            return frames
        }

        private func split(_ answer: [UInt8]) -> (head: String, body: ArraySlice<UInt8>) {
            let end = answer.firstRange(of: Array("\r\n\r\n".utf8))
            return (
                String(decoding: answer[..<(end?.lowerBound ?? answer.endIndex)], as: UTF8.self),
                answer[(end?.upperBound ?? answer.endIndex)...]
            )
        }

        /// A ping and a close as clients send them, masked with zeros.
        private static let farewell: [UInt8] = [0x89, 0x80, 0, 0, 0, 0, 0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]

        @Test func `a file comes over a WebSocket, with a status and a close`() async throws {
            try await withPod { connection, token, client, _ in
                let answer = try await answer(
                    connection, to: request(token, "command=cat&command=/s/a&stdout=true&stderr=true"),
                    then: Self.farewell)
                let (head, body) = split(answer)
                #expect(head.hasPrefix("HTTP/1.1 101 "))
                #expect(head.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
                #expect(head.lowercased().contains("sec-websocket-protocol: v5.channel.k8s.io"))
                let frames = frames(body)
                #expect(frames.map(\.opcode) == [2, 2, 8])
                #expect(frames[0].bytes == [1] + Array("swordfish".utf8))
                #expect(frames[1].bytes.first == 3)
                #expect(try JSON(parsing: Array(frames[1].bytes.dropFirst()))["status"] == "Success")
                #expect(frames[2].bytes == [0x03, 0xE8])
                let log = try await LiveSandboxTests().send(
                    client, "\(connection["adminURL"]?.stringValue ?? "")/requests",
                    token: connection["adminToken"]?.stringValue)
                let execs = (log.body.arrayValue ?? []).filter { $0["path"]?.stringValue?.hasSuffix("/exec") == true }
                #expect(execs.map { $0["status"] } == [101])
                #expect(!String(decoding: log.body.bytes(), as: UTF8.self).contains("/s/a"), "the log has no queries")
            }
        }

        @Test(arguments: [("websocket", "none"), ("websocket", "app"), ("SPDY/3.1", "app"), ("h2c", "app")])
        func `a refused upgrade is answered in HTTP`(_ upgrade: String, _ pod: String) async throws {
            try await withPod { connection, token, _, _ in
                let container = pod == "app" && upgrade == "websocket" ? "&container=none" : ""
                let answer = try await answer(
                    connection, to: request(token, "command=ls&stdout=true\(container)", upgrade: upgrade, pod: pod))
                let (head, body) = split(answer)
                #expect(head.hasPrefix(pod == "none" ? "HTTP/1.1 404 " : "HTTP/1.1 400 "))
                #expect(head.lowercased().contains("\r\nconnection: close"))
                #expect(String(decoding: body, as: UTF8.self).contains(#""kind":"Status""#))
            }
        }

        @Test(arguments: [#"{"status":503}"#, #"{"reset":"before"}"#, #"{"reset":"after"}"#])
        func `an ordered fault meets an upgrade once`(_ fault: String) async throws {
            try await withPod { connection, token, client, _ in
                let rule = #"{"match":{"path":"*/exec"},"times":1,"fault":\#(fault)}"#
                let admin = connection["adminURL"]?.stringValue ?? ""
                let ordered = try await LiveSandboxTests().send(
                    client, "\(admin)/faults", method: "POST", token: connection["adminToken"]?.stringValue, body: rule)
                #expect(ordered.status == 201)
                let query = "command=cat&command=/s/a&stdout=true"
                let met = split(try await answer(connection, to: request(token, query))).head
                #expect(fault.contains("503") ? met.hasPrefix("HTTP/1.1 503 ") : met.isEmpty)
                let second = try await answer(connection, to: request(token, query), then: Self.farewell)
                #expect(split(second).head.hasPrefix("HTTP/1.1 101 "))
            }
        }
    }
}
