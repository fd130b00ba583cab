import Foundation
import SystemPackage

/// The file that tells how to reach a running sandbox. Written once all listen; it stays when the sandbox stops, and
/// gives the next run its ports.
struct ConnectionFile: Sendable {
    let world: World
    let ports: Addresses.Ports

    static func path(in directory: FilePath) -> FilePath { directory.appending("connection.json") }

    /// The ports of the world's last run.
    static func ports(in directory: FilePath) -> Addresses.Ports? {
        guard let bytes = try? PrivateFiles.contents(of: path(in: directory)), let document = try? JSON(parsing: bytes)
        else { return nil }
        func port(_ member: String) -> Int? {
            document[member]?.stringValue.flatMap { URLComponents(string: $0)?.port }
        }
        guard let azure = port("azureURL"), let kubernetes = port("kubernetesURL"), let proxy = port("proxyURL") else {
            return nil
        }
        return .init(azure: azure, kubernetes: kubernetes, proxy: proxy)
    }

    /// Writes kubeconfig and connection file, each as a whole.
    func write() async throws {
        let kubeconfig = world.directory.appending("kubeconfig")
        let authority = String(decoding: try world.authority.certificate(), as: UTF8.self)
        let configuration = Kubeconfig(
            server: world.addresses.kubernetesURL, authority: authority, token: world.facts.kubernetesToken)
        try PrivateFiles.replace(kubeconfig, with: configuration.document.bytes(pretty: true))
        try PrivateFiles.makeDirectory(world.directory.appending("azure-config"))
        let document = document(kubeconfig: kubeconfig)
        try PrivateFiles.replace(Self.path(in: world.directory), with: document.bytes(pretty: true))
    }

    private func document(kubeconfig: FilePath) -> JSON {
        let addresses = world.addresses
        let root = addresses.azureURL
        let authority = world.authority.certificateFile.string
        return [
            "pid": .int(Int(getpid())),
            "metadataURL": .string("\(root)/metadata/endpoints?api-version=2022-09-01"),
            "azureURL": .string(root), "proxyURL": .string(addresses.proxyURL), "caFile": .string(authority),
            "kubeconfig": .string(kubeconfig.string), "kubernetesURL": .string(addresses.kubernetesURL),
            "tenantId": .string(WorldFacts.tenant), "subscriptionId": .string(WorldFacts.subscription),
            "clientId": .string(WorldFacts.deployerClientID), "clientSecret": .string(world.facts.deployerSecret),
            "adminURL": .string(root + Administration.path), "adminToken": .string(world.facts.adminToken),
            "metadataRoot": .string(root), "identityEndpoint": .string("\(root)/msi/token"),
            "identityHeader": .string(world.facts.identityHeader),
            "environment": environment(kubeconfig: kubeconfig),
        ]
    }

    private func environment(kubeconfig: FilePath) -> JSON {
        let authority = JSON.string(world.authority.certificateFile.string)
        let metadata = "\(world.addresses.azureURL)/metadata/endpoints?api-version=2022-09-01&list=true"
        return [
            "ARM_CLOUD_METADATA_URL": .string(metadata), "SSL_CERT_FILE": authority, "REQUESTS_CA_BUNDLE": authority,
            "CURL_CA_BUNDLE": authority, "HTTPS_PROXY": .string(world.addresses.proxyURL),
            "AZURE_AUTHORITY_HOST": .string(world.addresses.azureURL),
            "AZURE_TENANT_ID": .string(WorldFacts.tenant), "AZURE_SUBSCRIPTION_ID": .string(WorldFacts.subscription),
            "AZURE_CLIENT_ID": .string(WorldFacts.deployerClientID),
            "AZURE_CLIENT_SECRET": .string(world.facts.deployerSecret), "KUBECONFIG": .string(kubeconfig.string),
            "AZURE_CONFIG_DIR": .string(world.directory.appending("azure-config").string),
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        ]
    }
}
