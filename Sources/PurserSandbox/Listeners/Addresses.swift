import Synchronization

/// Where the sandbox listens; known only once it does.
final class Addresses: Sendable {
    struct Ports: Sendable, Equatable {
        var azure: Int
        var kubernetes: Int
        var proxy: Int
    }

    private let known: Mutex<Ports?>

    init(_ ports: Ports? = nil) { known = Mutex(ports) }

    var ports: Ports? { known.withLock { $0 } }

    func settle(_ ports: Ports) { known.withLock { $0 = ports } }

    /// `https://localhost:PORT`, the root of everything Azure.
    var azureURL: String { "https://localhost:\(ports?.azure ?? 443)" }
    var kubernetesURL: String { "https://127.0.0.1:\(ports?.kubernetes ?? 443)" }
    var proxyURL: String { "http://127.0.0.1:\(ports?.proxy ?? 80)" }
}

/// Collects the listeners' ports and tells when all listen.
actor Gathering {
    private var azure: Int?
    private var kubernetes: Int?
    private var proxy: Int?
    private let whenComplete: @Sendable (Addresses.Ports) async -> Void

    init(whenComplete: @escaping @Sendable (Addresses.Ports) async -> Void) { self.whenComplete = whenComplete }

    func azure(_ port: Int) async {
        azure = port
        await complete()
    }

    func kubernetes(_ port: Int) async {
        kubernetes = port
        await complete()
    }

    func proxy(_ port: Int) async {
        proxy = port
        await complete()
    }

    private func complete() async {
        guard let azure, let kubernetes, let proxy else { return }
        await whenComplete(.init(azure: azure, kubernetes: kubernetes, proxy: proxy))
    }
}
