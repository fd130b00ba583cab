/// Why the provider could not give a pod its files. The texts are those of
/// Azure/secrets-store-csi-driver-provider-azure v1.8.2, because users search for them.
enum ProviderFailure: Error, Equatable {
    case failed(String)
    /// Nothing answered at the vault's address within the driver's two minutes.
    case deadlineExceeded
}
