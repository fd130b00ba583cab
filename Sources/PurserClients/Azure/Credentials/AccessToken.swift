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

    /// When to renew it, counted from when it was issued: five minutes before its end, earlier if the service says so,
    /// half-way for a short-lived one.
    var renewal: Duration {
        let latest = lifetime > .seconds(600) ? lifetime - .seconds(300) : lifetime / 2
        return refreshAfter.map { min($0, latest) } ?? latest
    }
}

/// Who is calling, read from a token for display and for the caller's own access policy. Never used to decide trust.
package struct CallerIdentity: Sendable, Hashable {
    /// The directory object that access policies and role assignments name.
    package var objectID: String
    package var tenantID: String
    /// The application's client id; nil for a user's token without one.
    package var applicationID: String?
    /// Whether a person is signed in, and not an application.
    package var isUser: Bool
    /// What people call the caller: a user's name, an application's display name; nil where the token does not tell.
    package var name: String?

    package init(
        objectID: String, tenantID: String, applicationID: String? = nil, isUser: Bool = false, name: String? = nil
    ) {
        self.name = name
        self.objectID = objectID
        self.tenantID = tenantID
        self.applicationID = applicationID
        self.isUser = isUser
    }

    /// Reads the claims `oid`, `tid`, `appid`, `idtyp` and `scp` of a JWT; nil if the token is none or lacks them.
    /// Source: Microsoft identity platform, "Access token claims reference".
    package init?(_ token: AccessToken) {
        let parts = token.value.reveal().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64.decoded(String(parts[1])),
            let claims = try? JSONValue(parsing: payload),
            let objectID = claims["oid"]?.string, let tenantID = claims["tid"]?.string
        else { return nil }
        // Only tokens that stand for a person carry delegated scopes.
        let isUser = claims["idtyp"]?.string.map { $0 == "user" } ?? (claims["scp"]?.string != nil)
        let name = ["upn", "preferred_username", "unique_name", "app_displayname", "name"]
            .lazy.compactMap { claims[$0]?.string }.first
        self.init(
            objectID: objectID, tenantID: tenantID, applicationID: claims["appid"]?.string, isUser: isUser,
            name: name.map { ServiceError.cleaned($0, longest: 120) })
    }
}
