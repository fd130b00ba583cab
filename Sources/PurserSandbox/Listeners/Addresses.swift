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
