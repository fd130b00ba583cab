/// What of purser's environment `helm` gets to see.
///
/// Source: Helm documentation, `helm`, "Environment variables".
struct HelmEnvironment: Sendable {
    private static let names: Set<String> = [
        "DOCKER_CONFIG", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "KUBECONFIG", "KUBERNETES_SERVICE_HOST",
        "KUBERNETES_SERVICE_PORT", "NO_PROXY", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME", "XDG_DATA_HOME", "https_proxy", "http_proxy", "no_proxy",
        // Where Helm keeps what it knows, how many revisions it keeps, and how fast it may ask. None of the others:
        // HELM_KUBE… would lead to another cluster, as another user or without TLS, HELM_NAMESPACE to another
        // namespace, and HELM_DEBUG mixes stack traces into what Helm says.
        "HELM_BURST_LIMIT", "HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_CONTENT_CACHE", "HELM_DATA_HOME",
        "HELM_MAX_HISTORY", "HELM_QPS", "HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CACHE", "HELM_REPOSITORY_CONFIG",
    ]
    /// What the credential plugins of the clouds sign in with: kubelogin, aws, gke-gcloud-auth-plugin.
    private static let pluginPrefixes = ["AAD_", "ARM_", "AWS_", "AZURE_", "CLOUDSDK_", "GOOGLE_", "USE_GKE_", "XDG_"]
    /// Helm loads all its plugins at each start. None is needed, and one that is broken or slow must not matter.
    private static let withoutPlugins = ["HELM_NO_PLUGINS": "1", "HELM_PLUGINS": "/dev/null"]

    private let offered: [String: String]
    private let kubeconfig: String?

    init(offered: [String: String], kubeconfig: String?) {
        self.offered = offered
        self.kubeconfig = kubeconfig
    }

    /// Proxy, trust, the kubeconfig and Helm's own places. Credentials of Azure and secret values stay behind.
    var passed: [String: String] {
        var result = offered.filter { Self.names.contains($0.key) }.merging(Self.withoutPlugins) { $1 }
        if let kubeconfig { result["KUBECONFIG"] = kubeconfig }
        return result
    }

    /// The same for a cluster whose kubeconfig has a credential plugin, which Helm runs in its own environment.
    var passedToPlugins: [String: String] {
        let credentials = offered.filter { name, _ in Self.pluginPrefixes.contains { name.hasPrefix($0) } }
        return credentials.merging(passed) { $1 }
    }

    /// The same with a cache of its own, for a chart that is named by its repository's address: of the repositories that
    /// the user has named, Helm would read each index to no use, and end with an error where one is missing or broken;
    /// and what it keeps of an address is never used again.
    func passedToPull(cache: String) -> [String: String] {
        passed.merging([
            "HELM_CACHE_HOME": cache, "HELM_REPOSITORY_CONFIG": "\(cache)/repositories.yaml",
            "HELM_REPOSITORY_CACHE": "\(cache)/repository", "HELM_CONTENT_CACHE": "\(cache)/content",
        ]) { $1 }
    }

    /// Throws if Helm would look for its releases elsewhere than in Secrets: there is none of them there, and what was
    /// installed would be installed again.
    func checkDriver() throws(ServiceError) {
        let driver = offered["HELM_DRIVER"] ?? ""
        guard ["", "secret", "secrets"].contains(driver) else {
            throw ServiceError(
                service: .helm, code: ServiceError.Code.helmDriver,
                message:
                    "HELM_DRIVER is '\(driver)': purser reads and writes only releases that Helm keeps in Secrets, "
                    + "which is its default; unset HELM_DRIVER")
        }
    }
}

extension ServiceError.Code {
    /// Helm is told to keep its releases where purser does not look.
    package static let helmDriver = "HelmDriver"
    /// Helm did not end in time, and was stopped.
    package static let helmTimedOut = "HelmTimedOut"
    /// There is a helm, and it is too old.
    package static let helmTooOld = "HelmTooOld"
}
