#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a plugin handed out.
///
/// Source: Kubernetes, "Client Authentication (v1)", `ExecCredentialStatus`.
struct ExecCredential: Sendable, Hashable {
    var token: SecretString?
    /// PEM, with `key`.
    var certificate: [UInt8]?
    var key: SecretBytes?
    /// Unix seconds; nil if it is good until the server says otherwise.
    var expiration: Double?

    /// Reads what the plugin printed; nothing of it gets into an error.
    init(printed output: [UInt8], by plugin: ExecPlugin) throws(ServiceError) {
        let answer: JSONValue
        do { answer = try JSONValue(parsing: output) } catch {
            throw .plugin(plugin, "did not print JSON (\(error))")
        }
        guard answer["kind"]?.string == "ExecCredential" else {
            throw .plugin(plugin, "did not print an ExecCredential")
        }
        let version = answer["apiVersion"]?.string ?? ""
        guard version == plugin.version.rawValue else {
            throw .plugin(
                plugin, "answered with apiVersion '\(version)', and the kubeconfig wants \(plugin.version.rawValue)")
        }
        guard let status = answer["status"], status.object != nil else {
            throw .plugin(plugin, "printed no credential: its answer has no status")
        }
        token = Kubeconfig.text(status["token"]).map { SecretString($0) }
        certificate = Kubeconfig.text(status["clientCertificateData"]).map { Array($0.utf8) }
        key = Kubeconfig.text(status["clientKeyData"]).map { SecretBytes(Array($0.utf8)) }
        guard (certificate == nil) == (key == nil) else {
            throw .plugin(plugin, "printed a client certificate without its key, or a key without its certificate")
        }
        guard token != nil || certificate != nil else {
            throw .plugin(plugin, "printed neither a token nor a client certificate")
        }
        expiration = try Self.expiration(status["expirationTimestamp"], plugin)
    }

    private static func expiration(_ value: JSONValue?, _ plugin: ExecPlugin) throws(ServiceError) -> Double? {
        guard let text = Kubeconfig.text(value) else { return nil }
        let plain = Date.ISO8601FormatStyle()
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? plain.parse(text)) ?? (try? fractional.parse(text)) else {
            throw .plugin(plugin, "printed an expirationTimestamp that is no RFC 3339 time")
        }
        return date.timeIntervalSince1970
    }
}

/// The credentials of plugins, kept in memory for as long as they are good for. Several askers wait for one run.
actor ExecCredentials {
    private let process: ExecProcess
    /// Unix seconds.
    private let now: @Sendable () -> Double
    private var known: [ExecPlugin: ExecCredential] = [:]
    private var running: [ExecPlugin: Task<Result<ExecCredential, ServiceError>, Never>] = [:]

    init(process: ExecProcess, now: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 }) {
        self.process = process
        self.now = now
    }

    func credential(of plugin: ExecPlugin) async throws(ServiceError) -> ExecCredential {
        if let credential = known[plugin], credential.expiration.map({ $0 > now() }) ?? true { return credential }
        let asking = running[plugin] ?? ask(plugin)
        running[plugin] = asking
        let result = await asking.value
        if running[plugin] == asking { running[plugin] = nil }
        let credential = try result.get()
        known[plugin] = credential
        return credential
    }

    /// Forgets what the server did not accept, so that the next use asks the plugin again.
    func discard(_ credential: ExecCredential, of plugin: ExecPlugin) {
        if known[plugin] == credential { known[plugin] = nil }
    }

    private func ask(_ plugin: ExecPlugin) -> Task<Result<ExecCredential, ServiceError>, Never> {
        Task { [process] in
            do throws(ServiceError) {
                return .success(try ExecCredential(printed: try await process.run(plugin), by: plugin))
            } catch {
                return .failure(error)
            }
        }
    }
}

extension ServiceError {
    /// A plugin that gives no credential: the caller is not signed in. Never says what the plugin printed.
    static func plugin(_ plugin: ExecPlugin, _ problem: String) -> ServiceError {
        ServiceError(service: .kubernetes, code: Code.execPlugin, message: "the plugin '\(plugin.command)' \(problem)")
    }
}
