import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PurserTestSupport
import Synchronization

/// A server on loopback that answers each request in a way that its path names, or speaks raw bytes.
final class LocalServer: Sendable {
    /// What to do with a request.
    enum Answer: Sendable {
        case whole(HTTPResponseStatus, headers: [(String, String)], body: String)
        /// Announces more bytes than it sends, then closes.
        case torn
        /// Closes without a word.
        case closed
        /// Never answers.
        case silent
        /// Sends the pieces one by one, as chunks.
        case pieces([String])
    }

    struct Seen: Sendable {
        var method: String
        var target: String
        var headers: [(name: String, value: String)]
        var body: String
    }

    let port: Int
    private let channel: any Channel
    private let recorder: Recorder

    var requests: [Seen] { recorder.seen }

    /// `certificate` is the name of one in the fixtures, nil for plain HTTP; with `clientAuthority` a client certificate
    /// is demanded.
    static func start(
        certificate: String? = nil, clientAuthority: Bool = false, _ answer: @escaping @Sendable (Seen) -> Answer
    ) async throws -> LocalServer {
        let context = try certificate.map { try tls($0, clientAuthority: clientAuthority) }
        let recorder = Recorder()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(recorder: recorder, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LocalServer(channel: channel, recorder: recorder)
    }

    static func fixture(_ name: String) -> String { Golden.fixtures.appending(path: "Wire/tls/\(name)").path }

    private static func tls(_ name: String, clientAuthority: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(fixture("\(name).pem")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: fixture("\(name).key"), format: .pem)))
        if clientAuthority {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .file(fixture("ca.pem"))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private init(channel: any Channel, recorder: Recorder) {
        self.channel = channel
        self.recorder = recorder
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }

    fileprivate final class Recorder: Sendable {
        private let list = Mutex<[Seen]>([])
        var seen: [Seen] { list.withLock { $0 } }
        func add(_ seen: Seen) { list.withLock { $0.append(seen) } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let recorder: Recorder
        private let answer: @Sendable (Seen) -> Answer
        private var current: Seen?

        init(recorder: Recorder, answer: @escaping @Sendable (Seen) -> Answer) {
            self.recorder = recorder
            self.answer = answer
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                current = Seen(
                    method: head.method.rawValue, target: head.uri, headers: head.headers.map { ($0.name, $0.value) },
                    body: "")
            case .body(let part): current?.body += String(buffer: part)
            case .end:
                guard let request = current else { return }
                recorder.add(request)
                respond(answer(request), context)
            }
        }

        private func respond(_ answer: Answer, _ context: ChannelHandlerContext) {
            switch answer {
            case .whole(let status, let headers, let body):
                write(status, headers + [("Content-Length", String(body.utf8.count))], [body], context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .torn:
                write(.ok, [("Content-Length", "100")], ["{\"name\":"], context)
                context.flush()
                context.close(promise: nil)
            case .closed: context.close(promise: nil)
            case .silent: break
            case .pieces(let pieces):
                write(.ok, [("Transfer-Encoding", "chunked")], pieces, context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }

        private func write(
            _ status: HTTPResponseStatus, _ headers: [(String, String)], _ pieces: [String],
            _ context: ChannelHandlerContext
        ) {
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: HTTPHeaders(headers))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            for piece in pieces {
                context.writeAndFlush(
                    wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: piece)))), promise: nil)
            }
        }
    }
}
