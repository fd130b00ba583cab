#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where the clients get everything from that comes from outside.
package struct ClientSettings: Sendable {
    /// The process environment, or what stands for it.
    package var environment: [String: String]
    /// Reads a YAML (or JSON) text into a value; used for kubeconfig files.
    package var parseYAML: @Sendable ([UInt8]) throws -> JSONValue
    /// The kubeconfig file that the spec names, in place of `KUBECONFIG` and `~/.kube/config`. What it may do is less
    /// than what the user's own may: see `KubeconfigLoader`.
    package var kubeconfig: String?
    /// In place of the kubeconfig's current context.
    package var context: String?
    /// The AKS cluster whose kubeconfig is asked of Azure, in place of all files.
    package var managedCluster: ManagedClusterName?
    /// In place of `AZURE_TENANT_ID`.
    package var tenant: String?
    /// The cloud that the spec asks for, in place of `AZURE_ENVIRONMENT`.
    package var cloud: CloudChoice?
    /// In place of `AZURE_SUBSCRIPTION_ID`.
    package var subscription: String?
    /// The `helm` binary: a path, or a name on `PATH`; `helm` if nil.
    package var helm: String?
    package var clock: any Clock<Duration>
    package var retry: RetryPolicy
    package var jitter: Jitter
    /// In place of the network, in tests.
    package var transport: (any HTTPTransport)?
    /// In place of the `helm` binary, in tests.
    package var helmRunner: (any HelmRunner)?
    /// In place of the `az` program, in tests.
    package var azureCLI: (any AzureCLIRunner)?
    /// Seconds since 1970, for tokens that we sign and for ends of tokens that are told as times.
    package var now: @Sendable () -> Int
    package var observer: (any RequestObserver)?
    /// Is told, in one line, what the user must know while the clients are used.
    package var notify: @Sendable (ClientNotice) -> Void
    /// The content of a file, or nil if there is none.
    package var readFile: @Sendable (String) throws -> [UInt8]?

    package init(
        environment: [String: String],
        parseYAML: @escaping @Sendable ([UInt8]) throws -> JSONValue,
        kubeconfig: String? = nil,
        context: String? = nil,
        tenant: String? = nil,
        cloud: CloudChoice? = nil,
        subscription: String? = nil,
        helm: String? = nil,
        clock: any Clock<Duration> = ContinuousClock(),
        retry: RetryPolicy = RetryPolicy(),
        jitter: Jitter = .system,
        transport: (any HTTPTransport)? = nil,
        helmRunner: (any HelmRunner)? = nil,
        azureCLI: (any AzureCLIRunner)? = nil,
        now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970) },
        observer: (any RequestObserver)? = nil,
        notify: @escaping @Sendable (ClientNotice) -> Void = { _ in },
        readFile: @escaping @Sendable (String) throws -> [UInt8]? = FileContents.read
    ) {
        self.environment = environment
        self.parseYAML = parseYAML
        self.kubeconfig = kubeconfig
        self.context = context
        self.tenant = tenant
        self.cloud = cloud
        self.subscription = subscription
        self.helm = helm
        self.clock = clock
        self.retry = retry
        self.jitter = jitter
        self.transport = transport
        self.helmRunner = helmRunner
        self.azureCLI = azureCLI
        self.now = now
        self.observer = observer
        self.notify = notify
        self.readFile = readFile
    }

    /// An environment variable that is set and not empty.
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// `retry`, with as many attempts as `PURSER_HTTP_ATTEMPTS` says.
    func policyInUse() throws(ServiceError) -> RetryPolicy {
        var policy = retry
        if let attempts = try positiveNumber("PURSER_HTTP_ATTEMPTS") { policy.attempts = attempts }
        return policy
    }

    /// What `PURSER_HTTP_TIMEOUT` says, in seconds: bounds the time of every single request.
    func longestAttempt() throws(ServiceError) -> Duration {
        try positiveNumber("PURSER_HTTP_TIMEOUT").map { .seconds($0) } ?? .seconds(100)
    }

    private func positiveNumber(_ name: String) throws(ServiceError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text), number > 0 else {
            throw ServiceError(
                service: .resourceManager, code: ServiceError.Code.configuration,
                message: "\(name) must be a whole number above zero, not '\(text)'")
        }
        return number
    }

    /// The subscription to use where nothing else says so.
    package var subscriptionInUse: String? {
        subscription ?? value("AZURE_SUBSCRIPTION_ID") ?? value("ARM_SUBSCRIPTION_ID")
    }
}

/// What the user must know while the clients are used.
package enum ClientNotice: Sendable, Hashable {
    /// Something that is not as it should be, although everything goes on.
    case warning(String)
    /// What a credential plugin says: a code to enter in a browser, say.
    case plugin(String)
}

extension ClientSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The environment holds credentials: it is not shown.
    package var description: String { "ClientSettings" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
