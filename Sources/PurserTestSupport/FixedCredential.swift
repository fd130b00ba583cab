package import PurserClients
import Synchronization

/// Hands out the tokens `token-1`, `token-2`… and remembers what was asked for. A token that was refused is replaced by
/// the next one.
package final class FixedCredential: AzureCredential {
    package let tenant: String?
    private let asked = Mutex<[TokenRequest]>([])
    private let current = Mutex(1)

    package init(tenant: String? = nil) { self.tenant = tenant }

    package var requests: [TokenRequest] { asked.withLock { $0 } }

    package func token(_ request: TokenRequest) async throws(ServiceError) -> AccessToken {
        asked.withLock { $0.append(request) }
        let number = current.withLock { current in
            if request.rejected != nil { current += 1 }
            return current
        }
        return AccessToken(value: SecretString("token-\(number)"), lifetime: .seconds(3600))
    }
}
