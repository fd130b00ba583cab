package import PurserProof

/// Which link of a pod's way an event's text complains of.
///
/// An event has nothing but its text. Source: texts of Secrets Store CSI Driver 1.5 and 1.6, of the Azure Key Vault provider
/// 1.8, of kubelet 1.33, and Key Vault's and Entra's error codes.
package enum MountFailure {
    /// The link; `volume` for what is not known here.
    package static func link(of message: String) -> ChainLink.Name {
        signs.first { message.contains($0.0) }?.1 ?? .volume
    }

    /// In the order in which they are looked for: what is nearer to the cause comes first.
    private static let signs: [(String, ChainLink.Name)] = [
        ("failed to get secretproviderclass", .secretProviderClass),
        ("provider not set in", .secretProviderClass), ("parameters not set in", .secretProviderClass),
        ("not found in the list of registered CSI drivers", .driver), ("no CSIDriver object", .driver),
        ("provider not found: provider", .driver),
        ("Identity not found", .binding), ("Multiple user assigned identities exist", .binding),
        ("failed to authenticate a system assigned identity", .binding), ("AADSTS7002", .binding),
        ("nmi response failed", .binding), ("AADSTS700", .identity),
        ("nodePublishSecretRef", .identity), ("NodePublishSecretRef", .identity),
        ("identity mode can be enabled", .identity), ("service account tokens", .identity),
        ("token for audience", .identity), ("in secrets", .identity), ("AADSTS", .identity),
        ("AccessDenied", .permission), ("ForbiddenByRbac", .permission), ("get permission on key vault", .permission),
        ("list permission on key vault", .permission), ("not authorized to perform action", .permission),
        ("ForbiddenByFirewall", .vault), ("ForbiddenByConnection", .vault), ("AKV10032", .vault),
        ("context deadline exceeded", .vault), ("failed to get vault", .vault), ("no such host", .vault),
        ("NotFound", .objects), ("disabled secret", .objects), ("disabled key", .objects), ("Disabled", .objects),
        ("unmarshal", .objects), ("objects is not set", .objects), ("missing object versions", .objects),
        ("invalid filepath", .files), ("invalid path", .files), ("file name must", .files),
        ("failed to get objectType", .objects), ("illegal base64", .files), ("encoding/hex", .files),
        ("not found in the pod", .secrets), ("failed to get data in spc", .secrets),
        ("secret \"", .secrets), ("couldn't find key", .consumers),
    ]
}
