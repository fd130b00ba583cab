/// What a node's CSI provider may ask of Azure within this process, in Azure's own answers.
protocol AzureForNodes: Sendable {
    /// The instance metadata service (`GET 169.254.169.254/metadata/identity/oauth2/token`, api-version 2018-02-01) as
    /// a node of that scale set sees it: a token, or 400 with `Identity not found` or
    /// `Multiple user assigned identities exist, …`. A nil `clientID` asks for the only identity there is.
    func instanceToken(
        nodeResourceGroup: String, scaleSet: String, clientID: String?, resource: String
    ) async -> (status: Int, body: JSON)

    /// The token endpoint's answer to a form, for workload identities and service principals.
    func token(tenant: String, form: [String: String]) async -> (status: Int, body: JSON)

    /// A Key Vault data-plane call. An unknown vault answers 404 with no body, where Azure's name would not resolve.
    func vault(_ method: String, url: String, token: String, body: JSON?) async -> (status: Int, body: JSON)
}
