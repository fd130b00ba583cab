/// A bearer token with what is known about it. Its value prints as `<sensitive>`.
package struct AccessToken: Sendable, Hashable {
    package var value: SecretString
    /// How long it is valid, counted from when it was issued.
    package var lifetime: Duration
    /// When it should be renewed at the latest, counted from when it was issued; nil if the service did not say.
    package var refreshAfter: Duration?

    package init(value: SecretString, lifetime: Duration, refreshAfter: Duration? = nil) {
        self.value = value
        self.lifetime = lifetime
        self.refreshAfter = refreshAfter
    }
}
