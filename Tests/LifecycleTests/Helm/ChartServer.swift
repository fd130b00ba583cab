import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PurserClients
import Synchronization

/// A chart repository and a registry at once, on loopback and without TLS, that give out archives which a test puts there.
///
/// Sources: Helm documentation, "The Chart Repository Guide" and "Use OCI-based registries"; OCI Distribution
/// Specification 1.1, "Pull"; Helm's media types `application/vnd.cncf.helm.*`.
final class ChartServer: Sendable {
    struct Content: Sendable {
        let type: String
        let bytes: [UInt8]

        var digest: String {
            "sha256:" + SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    private final class Shelf: Sendable {
        let contents = Mutex<[String: Content]>([:])
    }

    let port: Int
    private let channel: any Channel
    private let shelf: Shelf

    var repository: String { "http://127.0.0.1:\(port)" }
    var registry: String { "oci://127.0.0.1:\(port)/charts" }

    static func with(_ body: (ChartServer) async throws -> Void) async throws {
        let shelf = Shelf()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(shelf))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(ChartServer(channel, shelf)))
        } catch {
            outcome = .failure(error)
        }
        try await channel.close()
        try outcome.get()
    }

    private init(_ channel: any Channel, _ shelf: Shelf) {
        self.channel = channel
        self.shelf = shelf
        port = channel.localAddress?.port ?? 0
    }

    /// Puts an archive into repository and registry, in place of what is there under its version. Returns the digest of
    /// the registry's manifest.
    @discardableResult
    func offer(_ archive: [UInt8], version: String) -> String {
        let file = Content(type: "application/gzip", bytes: archive)
        put(file, "/\(OwnChart.name)-\(version).tgz")
        put(Content(type: "text/yaml", bytes: Array(index(version, file.digest).utf8)), "/index.yaml")
        let config = Content(
            type: "application/octet-stream",
            bytes: Array(#"{"name":"\#(OwnChart.name)","version":"\#(version)","apiVersion":"v2"}"#.utf8))
        let manifest = Content(
            type: "application/vnd.oci.image.manifest.v1+json",
            bytes: Array(Self.manifest(config: config, layer: file).utf8))
        let base = "/v2/charts/\(OwnChart.name)"
        for blob in [config, file] {
            put(Content(type: "application/octet-stream", bytes: blob.bytes), "\(base)/blobs/\(blob.digest)")
        }
        put(manifest, "\(base)/manifests/\(version)")
        put(manifest, "\(base)/manifests/\(manifest.digest)")
        let tags = #"{"name":"charts/\#(OwnChart.name)","tags":["\#(version)"]}"#
        put(Content(type: "application/json", bytes: Array(tags.utf8)), "\(base)/tags/list")
        put(Content(type: "application/json", bytes: Array("{}".utf8)), "/v2/")
        return manifest.digest
    }

    private func put(_ content: Content, _ path: String) { shelf.contents.withLock { $0[path] = content } }

    private func index(_ version: String, _ digest: String) -> String {
        """
        apiVersion: v1
        entries:
          \(OwnChart.name):
            - {apiVersion: v2, name: \(OwnChart.name), version: \(version), digest: "\(digest.dropFirst(7))", urls: ["\(repository)/\(OwnChart.name)-\(version).tgz"]}

        """
    }

    private static func manifest(config: Content, layer: Content) -> String {
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"\(config.digest)",\
        "size":\(config.bytes.count)},\
        "layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"\(layer.digest)",\
        "size":\(layer.bytes.count)}]}
        """
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let shelf: Shelf
        private var head: HTTPRequestHead?

        init(_ shelf: Shelf) { self.shelf = shelf }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: break
            case .end: answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            guard let head else { return }
            let path = String(head.uri.prefix { $0 != "?" })
            let content = shelf.contents.withLock { $0[path] }
            var headers = HTTPHeaders([("Content-Length", String(content?.bytes.count ?? 0))])
            if let content {
                headers.add(name: "Content-Type", value: content.type)
                if path.hasPrefix("/v2/") { headers.add(name: "Docker-Content-Digest", value: content.digest) }
            }
            let status: HTTPResponseStatus = content == nil ? .notFound : .ok
            context.write(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
                promise: nil)
            if head.method != .HEAD, let content {
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: content.bytes)))), promise: nil)
            }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
