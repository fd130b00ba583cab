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
