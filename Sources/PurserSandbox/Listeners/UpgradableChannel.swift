import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOWebSocket
import Synchronization

/// A connection that its first request may turn into a WebSocket. Where that is refused, or not asked for, it speaks
/// HTTP/1.1 on.
/// Source: RFC 6455, section 4.2.
struct UpgradableChannel: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let channel: any Channel
        fileprivate let conversation: EventLoopFuture<Conversation>
        fileprivate let answer: FirstAnswer
    }

    fileprivate enum Conversation: Sendable {
        case http(HTTP1Channel.Value)
        case webSocket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
    }

    let front: Front
    /// Answers everything but the request that asked for a WebSocket.
    let responder: HTTPChannelHandler.Responder

    /// What is written to a container at once, and what is far more than a keepalive.
    private static let largestFrame = 1 << 20

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let answer = FirstAnswer()
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let filter = UpgradeFilter()
            let upgrades = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder, extraHTTPHandlers: [decoder, filter],
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration<Conversation>(
                    upgraders: [upgrader(keeping: answer)],
                    notUpgradingCompletionHandler: { channel in Self.speakHTTP(on: channel, logger) }))
            try channel.pipeline.syncOperations.addHandlers([encoder, decoder, filter, upgrades])
            let conversation = upgrades.upgradeResultFuture
            return Value(channel: channel, conversation: conversation, answer: answer)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskCancellationHandler {
            switch try? await value.conversation.get() {
            case .http(let channel):
                if let refusal = value.answer.take() {
                    try? await Self.refuse(refusal, over: channel)
                } else {
                    await HTTP1Channel(responder: responder).handle(value: channel, logger: logger)
                }
            case .webSocket(let channel): try? await Self.tell(value.answer.take()?.messages ?? [], over: channel)
            case nil: value.channel.close(promise: nil)
            }
        } onCancel: {
            value.channel.close(promise: nil)
        }
    }

    // MARK: - WebSocket

    private func upgrader(keeping answer: FirstAnswer) -> NIOTypedWebSocketServerUpgrader<Conversation> {
        NIOTypedWebSocketServerUpgrader(
            maxFrameSize: Self.largestFrame,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeFutureWithTask {
                    let delivery = await front.deliver(SandboxRequest(head))
                    answer.keep(delivery)
                    guard delivery.messages != nil, case .answer(let response) = delivery else { return nil }
                    return HTTPHeaders(response.headers.fields.map { ($0.name, $0.value) })
                }
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HangUpHandler())
                    return .webSocket(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            })
    }

    /// Says what there is to say, and ends the conversation. What the client says meanwhile (standard input, pings) is
    /// read and left, until it has closed its side too.
    private static func tell(
        _ messages: [[UInt8]], over channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    ) async throws {
        try await channel.executeThenClose { inbound, outbound in
            for message in messages {
                try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(bytes: message)))
            }
            var reason = ByteBuffer()
            reason.write(webSocketErrorCode: .normalClosure)
            try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason))
            for try await frame in inbound where frame.opcode == .connectionClose { break }
        }
    }

    // MARK: - HTTP

    /// Says why there is no WebSocket. NIO's decoder reads nothing more from a connection that was to be upgraded.
    private static func refuse(_ refusal: Delivery, over channel: HTTP1Channel.Value) async throws {
        try await channel.executeThenClose { _, outbound in
            var response = await refusal.response(on: channel.channel)
            response.headers[.connection] = "close"
            try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        }
    }

    private static func speakHTTP(on channel: any Channel, _ logger: Logger) -> EventLoopFuture<Conversation> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([
                HTTP1ToHTTPServerCodec(secure: false), HangUpHandler(), HTTPConnectionStateHandler(logger: logger),
            ])
            return .http(
                try NIOAsyncChannel(
                    wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
        }
    }
}

/// Hides wishes for other protocols than WebSocket: NIO would lose a request whose wish nobody can fulfil. Such a request
/// is the last of its connection, for NIO's decoder reads no other one after it.
private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "upgrade") else {
            return context.fireChannelRead(data)
        }
        if head.headers["upgrade"].map({ $0.lowercased() }) != ["websocket"] {
            head.headers.remove(name: "upgrade")
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}

/// The answer to the request that asked for a WebSocket: made to find out whether it may have one, sent once that is
/// settled.
private final class FirstAnswer: Sendable {
    private let delivery = Mutex<Delivery?>(nil)

    func keep(_ answer: Delivery) { delivery.withLock { $0 = answer } }

    /// Once.
    func take() -> Delivery? {
        delivery.withLock { delivery in
            defer { delivery = nil }
            return delivery
        }
    }
}

extension Delivery {
    /// Nil for what is no WebSocket's.
    fileprivate var messages: [[UInt8]]? {
        guard case .answer(let response) = self, case .messages(let messages) = response.body else { return nil }
        return messages
    }
}

extension SandboxRequest {
    fileprivate init(_ head: HTTPRequestHead) {
        self.init(
            head.method.rawValue, head.uri, authority: head.headers.first(name: "host") ?? "localhost",
            headers: Headers(head.headers.map { ($0.name, $0.value) }))
    }
}
