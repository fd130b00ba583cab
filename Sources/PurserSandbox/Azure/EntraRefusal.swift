/// Why no token is issued.
enum EntraRefusal: Error, Sendable {
    case unknownTenant(String)
    case unknownApplication(String)
    case wrongSecret(String)
    case expiredSecret(String)
    case unknownResource(String)
    case scopeWithoutDefault(String)
    case missing(String)
    case unsupportedGrant(String)
    case noFederatedCredential(issuer: String, subject: String, audience: String)
    case malformedAssertion
    case assertionExpired
    case unknownAssertionKey(thumbprint: String)
    case badAssertionSignature
    case wrongAssertionAudience(String)
    case issuerUnreachable(String)

    var status: Int {
        switch self {
        case .wrongSecret, .expiredSecret, .assertionExpired, .malformedAssertion, .noFederatedCredential,
            .unknownAssertionKey, .badAssertionSignature, .wrongAssertionAudience:
            401
        default: 400
        }
    }

    var number: Int {
        switch self {
        case .unknownTenant: 90002
        case .unknownApplication: 700016
        case .wrongSecret: 7_000_215
        case .unknownResource: 500011
        case .scopeWithoutDefault: 1_002_012
        case .missing: 900144
        case .unsupportedGrant: 70003
        case .noFederatedCredential: 700213
        case .malformedAssertion: 50027
        case .assertionExpired: 700024
        case .expiredSecret: 7_000_222
        case .unknownAssertionKey, .badAssertionSignature: 700027
        case .wrongAssertionAudience: 700023
        case .issuerUnreachable: 50166
        }
    }

    var error: String {
        switch self {
        case .unknownTenant, .missing: "invalid_request"
        case .unknownApplication: "unauthorized_client"
        case .wrongSecret, .expiredSecret, .noFederatedCredential, .assertionExpired, .unknownAssertionKey,
            .badAssertionSignature, .wrongAssertionAudience:
            "invalid_client"
        case .unknownResource: "invalid_resource"
        case .scopeWithoutDefault: "invalid_scope"
        case .unsupportedGrant: "unsupported_grant_type"
        case .malformedAssertion, .issuerUnreachable: "invalid_request"
        }
    }

    var message: String {
        switch self {
        case .unknownTenant(let tenant):
            "Tenant '\(tenant)' not found. Check to make sure you have the correct tenant ID and are signing into the "
                + "correct cloud. Check with your subscription administrator, this may happen if there are no active "
                + "subscriptions for the tenant."
        case .unknownApplication(let client):
            "Application with identifier '\(client)' was not found in the directory 'Purser Sandbox'. This can happen "
                + "if the application has not been installed by the administrator of the tenant or consented to by any "
                + "user in the tenant. You may have sent your authentication request to the wrong tenant."
        case .wrongSecret(let client):
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
                + "not the client secret ID, for a secret added to app '\(client)'."
        case .unknownResource(let resource):
            "The resource principal named \(resource) was not found in the tenant named Purser Sandbox. This can "
                + "happen if the application has not been installed by the administrator of the tenant or consented to "
                + "by any user in the tenant. You might have sent your authentication request to the wrong tenant."
        case .scopeWithoutDefault(let scope):
            "The provided value for scope \(scope) is not valid. Client credential flows must have a scope value with "
                + "/.default suffixed to the resource identifier (application ID URI)."
        case .missing(let field):
            "The request body must contain the following parameter: '\(field)'."
        case .unsupportedGrant(let grant):
            "The app requested an unsupported grant type '\(grant)'."
        case .noFederatedCredential(let issuer, let subject, let audience):
            "No matching federated identity record found for presented assertion subject '\(subject)'. Please check "
                + "your federated identity credential Subject, Audience and Issuer against the presented assertion. "
                + "(issuer '\(issuer)', audience '\(audience)')"
        case .expiredSecret(let client):
            "The provided client secret keys for app '\(client)' are expired. Visit the Azure portal to create new keys "
                + "for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added "
                + "security: https://aka.ms/certCreds."
        case .unknownAssertionKey(let thumbprint):
            "Client assertion failed signature validation. [Reason - The key was not found., Thumbprint of key used by "
                + "client: '\(thumbprint)']."
        case .badAssertionSignature:
            "Client assertion failed signature validation. [Reason - The provided signature value did not match the "
                + "expected signature value.]."
        case .wrongAssertionAudience(let audience):
            "Client assertion audience claim does not match Realm issuer. The audience is '\(audience)'. Review the "
                + "documentation at https://docs.microsoft.com/azure/active-directory/develop/active-directory-"
                + "certificate-credentials."
        case .issuerUnreachable(let issuer):
            "Request to External OIDC endpoint failed. The issuer is '\(issuer)'."
        case .malformedAssertion:
            "JWT token is invalid or malformed."
        case .assertionExpired:
            "Client assertion is not within its valid time range. Current time is past the expiry of the assertion."
        }
    }
}
