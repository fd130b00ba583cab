import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// The way to hosts that no resolver knows: a `CONNECT` proxy that leads every name of the sandbox to its own
/// listeners, and refuses all others, so that a client that tries to leave the machine is seen at once.
struct ConnectProxy: Service {
    let port: Int
    /// Where the listeners are once they listen.
    let addresses: Addresses
    /// Whether a vault's host has a name by now. Others are refused as a proxy refuses what it cannot resolve.
    let resolves: @Sendable (String) async -> Bool
    let onRunning: @Sendable (Int) async -> Void

    func run() async throws {
        let (addresses, resolves) = (addresses, resolves)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
                    try channel.pipeline.syncOperations.addHandler(decoder, name: ConnectHandler.decoderName)
                    try channel.pipeline.syncOperations.addHandler(
                        ConnectHandler(addresses: addresses, resolves: resolves))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        await onRunning(server.localAddress?.port ?? 0)
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await server.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            server.close(promise: nil)
        }
    }

    /// The port that a target of the sandbox is served on, nil for any other target.
    static func port(for target: String, addresses: Addresses) -> Int? {
        let parts = target.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]) else { return nil }
        let host = parts[0].lowercased()
        let isLocal = host == "localhost" || host == "127.0.0.1"
        if isLocal, port == addresses.ports?.kubernetes { return port }
        let isOurs = isLocal || host.hasSuffix(".purser.test") || (host == "azure.github.io" && port == 443)
        return isOurs ? addresses.ports?.azure : nil
    }
}

/// Reads one `CONNECT`, connects, and gives way to a pair of splices. All on the connection's own event loop.
private final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart

    static let decoderName = "connect decoder"
    private let addresses: Addresses
    private let resolves: @Sendable (String) async -> Bool
    private var isAsked = false

    init(addresses: Addresses, resolves: @escaping @Sendable (String) async -> Bool) {
        self.addresses = addresses
        self.resolves = resolves
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), !isAsked { open(head, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func open(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        isAsked = true
        guard head.method == .CONNECT else {
            return refuse("405 Method Not Allowed", "This proxy takes CONNECT only.", context)
        }
        guard let port = ConnectProxy.port(for: head.uri, addresses: addresses) else {
            return refuse("403 Forbidden", "This proxy leads to the sandbox only, not to \(head.uri).", context)
        }
        let resolves = resolves
        let host = String(head.uri.prefix { $0 != ":" }).lowercased()
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.makeFutureWithTask { await resolves(host) }.whenSuccess { isKnown in
            guard isKnown else {
                return handler.value.refuse("502 Bad Gateway", "There is no host \(host).", bound.value)
            }
            handler.value.connect(to: port, bound.value)
        }
    }

    private func connect(to port: Int, _ context: ChannelHandlerContext) {
        let client = context.channel
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port)
            .whenComplete { result in
                switch result {
                case .success(let server): handler.value.splice(client, server, bound.value)
                case .failure: handler.value.refuse("502 Bad Gateway", "The sandbox does not answer.", bound.value)
                }
            }
    }

    private func splice(_ client: any Channel, _ server: any Channel, _ context: ChannelHandlerContext) {
        do {
            let pipeline = client.pipeline.syncOperations
            write("HTTP/1.1 200 Connection Established\r\n\r\n", context)
            try pipeline.addHandler(SpliceHandler(to: server))
            try server.pipeline.syncOperations.addHandler(SpliceHandler(to: client))
            pipeline.removeHandler(name: Self.decoderName, promise: nil)
            pipeline.removeHandler(context: context, promise: nil)
            server.setOption(.autoRead, value: true).whenFailure { _ in server.close(promise: nil) }
        } catch {
            server.close(promise: nil)
            context.close(promise: nil)
        }
    }

    private func refuse(_ status: String, _ reason: String, _ context: ChannelHandlerContext) {
        let text = reason + "\n"
        let head = "HTTP/1.1 \(status)\r\nContent-Type: text/plain\r\nContent-Length: \(text.utf8.count)\r\n"
        let channel = context.channel
        context.writeAndFlush(Self.bytes(head + "Connection: close\r\n\r\n" + text))
            .whenComplete { _ in channel.close(promise: nil) }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(Self.bytes(text), promise: nil)
    }

    private static func bytes(_ text: String) -> NIOAny { NIOAny(ByteBuffer(string: text)) }
}

/// Passes what one side of a tunnel sends to the other.
private final class SpliceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.write(unwrapInboundIn(data), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { other.flush() }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
