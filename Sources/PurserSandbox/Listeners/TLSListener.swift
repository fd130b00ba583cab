import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import SystemPackage

/// How an answer reaches the client, or does not.
enum Delivery: Sendable {
    case answer(SandboxResponse)
    /// The first bytes of the body under the headers of the whole, then the connection is cut.
    case truncated(SandboxResponse, bytes: Int)
    /// The connection is cut without an answer.
    case reset
}

/// Serves one front over TLS.
struct TLSListener {
    let label: String
    let port: Int
    let authority: CertificateAuthority
    let front: Front

    /// The service to run; `onRunning` is told the port once it listens.
    func application(onRunning: @escaping @Sendable (Int) async -> Void) throws -> some ApplicationProtocol {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(authority.chainFile.string).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: authority.keyFile.string, format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        var logger = Logger(label: label)
        logger.logLevel = .critical
        return Application(
            responder: ListenerResponder(front: front),
            server: try .tls(
                HTTPServerBuilder { UpgradableChannel(front: front, responder: $0) }, tlsConfiguration: tls),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { await onRunning($0.localAddress?.port ?? 0) },
            logger: logger)
    }
}

private struct ListenerContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { channel = source.channel }
}

private struct ListenerResponder: HTTPResponder {
    let front: Front
    /// A Helm release's record is at most 1 MiB, a certificate import far less.
    private static let largestBody = 16 << 20

    func respond(to request: Request, context: ListenerContext) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: Self.largestBody)
        var asked = SandboxRequest(
            request.method.rawValue, request.head.path ?? "/", authority: request.head.authority ?? "localhost",
            headers: Headers(request.headers.map { ($0.name.rawName, $0.value) }), body: Array(body.readableBytesView))
        if request.method == .head { asked.method = "HEAD" }
        var response = await front.deliver(asked).response(on: context.channel)
        response.headers[.connection] = request.headers[.connection] == "close" ? "close" : nil
        return response
    }
}

extension Delivery {
    func response(on channel: any Channel) async -> Response {
        switch self {
        case .answer(let response):
            return Self.response(response, on: channel)
        case .truncated(let response, let bytes):
            return Self.truncated(response, to: bytes, on: channel)
        case .reset:
            await ConnectionCut.cut(channel)
            return Response(status: .serviceUnavailable)
        }
    }

    private static func response(_ answer: SandboxResponse, on channel: any Channel) -> Response {
        let body: ResponseBody
        switch answer.body {
        case .bytes(let bytes): body = ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .stream(let chunks): body = streamBody(chunks, on: channel)
        case .messages:
            // Only the first request of a connection can ask for a WebSocket.
            return Response(
                status: .badRequest,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "a WebSocket needs a connection of its own\n")))
        }
        return Response(status: .init(code: answer.status), headers: fields(answer.headers), body: body)
    }

    /// Ends the stream when the client hangs up, so that a watch nobody listens to does not stay.
    private static func streamBody(_ chunks: AsyncStream<[UInt8]>, on channel: any Channel) -> ResponseBody {
        ResponseBody { writer in
            let (relay, continuation) = AsyncStream.makeStream(of: [UInt8].self)
            let forwarding = Task {
                for await chunk in chunks { continuation.yield(chunk) }
                continuation.finish()
            }
            channel.closeFuture.whenComplete { _ in
                forwarding.cancel()
                continuation.finish()
            }
            defer { forwarding.cancel() }
            for await chunk in relay { try await writer.write(ByteBuffer(bytes: chunk)) }
            try await writer.finish(nil)
        }
    }

    private static func truncated(_ answer: SandboxResponse, to count: Int, on channel: any Channel) -> Response {
        guard case .bytes(let bytes) = answer.body else { return response(answer, on: channel) }
        let body = ResponseBody(contentLength: max(bytes.count, count + 1)) { writer in
            try await writer.write(ByteBuffer(bytes: bytes.prefix(count)))
            await ConnectionCut.cut(channel)
            throw CancellationError()
        }
        return Response(status: .init(code: answer.status), headers: fields(answer.headers), body: body)
    }

    private static func fields(_ headers: Headers) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers.fields {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return fields
    }
}

/// Cuts a connection below TLS, so that the client sees it broken and not properly ended.
private enum ConnectionCut {
    static func cut(_ channel: any Channel) async {
        try? await channel.eventLoop.submit {
            let context = try channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            context.close(promise: nil)
        }.get()
        try? await channel.closeFuture.get()
    }
}

/// Closes a connection whose client has ended its half: no client of ours half-closes and still reads, and a watch
/// would otherwise notice only at its next write.
final class HangUpHandler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
