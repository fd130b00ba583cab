import PurserEngine

/// What a SecretProviderClass with workload identity needs in the cluster and in Azure: the service account that its pods
/// run as, and a federated credential by which the identity trusts that account's tokens.
///
/// Where the spec declares neither, they follow from the class. Source: Azure Key Vault Provider for Secrets Store CSI
/// Driver, "Workload Identity"; AKS documentation, "Workload identity overview".
struct WorkloadIdentity {
    static let audience = "api://AzureADTokenExchange"
    static let issuerSettingName = "oidcIssuer"
    static let issuerSetting = "cluster.\(issuerSettingName)"

    static func subject(namespace: String, serviceAccount: String) -> String {
        "system:serviceaccount:\(namespace):\(serviceAccount)"
    }

    private let secretProviderClass: DeclaredResource
    private let identity: Address
    private let accountName: String
    /// The namespace's real name.
    private let namespace: String
    private let spec: Declarations

    /// Nil if the class reads the vault in another way, or does not say it well enough.
    init?(of secretProviderClass: DeclaredResource, in spec: Declarations) {
        let attribute = SecretProviderClass.accessor.name
        guard let identity = secretProviderClass.references["\(attribute).workload.identity"],
            let account = secretProviderClass.known(attribute)?.member("workload", "serviceAccount")?.string,
            let namespace = NamespaceLink.name(of: secretProviderClass, from: spec)
        else { return nil }
        self.secretProviderClass = secretProviderClass
        self.identity = identity
        accountName = account
        self.namespace = namespace
        self.spec = spec
    }

    /// What must be there before a pod can mount the class.
    var needs: Set<Address> { Set([account?.address, credential?.address].compactMap(\.self)) }

    private var account: DeclaredResource? {
        ServiceAccount.declared(accountName, namespace: namespace, in: spec)
    }

    private var credential: DeclaredResource? {
        let subject = Self.subject(namespace: namespace, serviceAccount: accountName)
        return spec.section("\(identity)/federatedCredentials").first { credential in
            let named = FederatedCredential.accountSubject(of: credential, in: spec)
            return (named ?? credential.known(FederatedCredential.subject.name)?.string) == subject
        }
    }

    // MARK: What follows from the class

    var implied: [DeclaredResource] {
        [impliedAccount, impliedCredential].compactMap(\.self)
    }

    /// Every namespace has the account `default` from the cluster itself.
    private var impliedAccount: DeclaredResource? {
        guard account == nil, accountName != "default",
            let place = secretProviderClass.attributes[NamespaceLink.attribute.name]
        else { return nil }
        return DeclaredResource(
            address: Address(["serviceAccounts", "\(namespace).\(accountName)"]), kind: ServiceAccount.name,
            attributes: [
                ServiceAccount.objectName.name: .literal(.string(accountName)),
                NamespaceLink.attribute.name: place,
                ServiceAccount.accessor.name: .object(["clientId": .output(identity, "clientId")]),
            ], range: nil, dependencies: [identity], references: [ServiceAccount.accessor.name: identity])
    }

    /// An existing identity is not changed, and without an issuer there is nothing to trust.
    private var impliedCredential: DeclaredResource? {
        let hasIssuer = spec.settings[Self.issuerSetting] != nil || spec.settings[ManagedCluster.setting] != nil
        guard credential == nil, hasIssuer, let owner = spec[identity], !owner.isExisting else { return nil }
        return DeclaredResource(
            address: identity.appending("federatedCredentials", credentialKey), kind: FederatedCredential.name,
            attributes: [
                FederatedCredential.serviceAccount.name: .literal(.string("\(namespace)/\(accountName)")),
                FederatedCredential.trusting.name: .object(["id": .output(identity, "id")]),
            ], range: nil, dependencies: [identity], references: [FederatedCredential.trusting.name: identity])
    }

    /// Names of credentials are shorter than those of accounts and have no periods.
    private var credentialKey: String {
        let plain = "\(namespace)-\(accountName)"
        let isName = AzureNames.federatedCredential.problem(plain) == nil
        return isName ? plain : "account-\(ContentDigest.text(of: "\(namespace)/\(accountName)"))"
    }
}
