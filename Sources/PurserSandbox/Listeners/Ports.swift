import Foundation

/// The ports to listen on: as asked; else those of the last run, as long as nobody else has them; else any.
struct Ports {
    let azure: Int
    let kubernetes: Int
    let proxy: Int

    /// - Throws: `SandboxError.portTaken` for a port that was asked for.
    init(_ configuration: SandboxConfiguration, former: Addresses.Ports?) throws {
        azure = try Self.chosen("Azure", configuration.azurePort, former?.azure)
        kubernetes = try Self.chosen("Kubernetes", configuration.kubernetesPort, former?.kubernetes)
        proxy = try Self.chosen("proxy", configuration.proxyPort, former?.proxy)
    }

    private static func chosen(_ name: String, _ asked: Int, _ former: Int?) throws -> Int {
        if asked != 0 {
            guard isFree(asked) else { throw SandboxError.portTaken(name, asked) }
            return asked
        }
        return former.flatMap { isFree($0) ? $0 : nil } ?? 0
    }

    private static func isFree(_ port: Int) -> Bool {
        guard let number = UInt16(exactly: port) else { return false }
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var reuse: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
