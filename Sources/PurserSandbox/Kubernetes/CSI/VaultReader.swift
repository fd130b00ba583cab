import Foundation

/// Reads objects from a vault on behalf of one mount, with one token.
/// Source: Azure REST reference, Key Vault data plane, api-version 7.4.
struct VaultReader {
    private static let apiVersion = "7.4"

    let azure: any AzureForNodes
    /// Without a trailing slash.
    let vault: String
    let identity: ProviderIdentity
    let signIn: ProviderSignIn
    private var token: String?

    init(azure: any AzureForNodes, vault: String, identity: ProviderIdentity, signIn: ProviderSignIn) {
        self.azure = azure
        self.vault = vault
        self.identity = identity
        self.signIn = signIn
    }

    /// What one version of an object holds; an empty version is the latest.
    /// - Returns: the content, and the version that the vault answered with.
    mutating func content(
        of object: VaultObjectRequest, version: String
    ) async throws(ProviderFailure) -> (VaultContent, version: String) {
        do throws(ProviderFailure) {
            let collection = try Self.collection(object.type)
            let answer = try await get("\(collection)/\(object.name)/\(version)")
            return try VaultContent.read(answer, type: object.type)
        } catch {
            guard case .failed(let text) = error else { throw error }
            throw object.wrapped(text)
        }
    }

    /// The versions of an object's history, the newest first: one more than its length, from `objectVersion` on if
    /// that names one. Disabled versions do not count.
    mutating func versions(of object: VaultObjectRequest) async throws(ProviderFailure) -> [String] {
        let collection: String
        do throws(ProviderFailure) {
            collection = try Self.collection(object.type)
        } catch {
            guard case .failed(let text) = error else { throw error }
            throw object.wrapped(text)
        }
        var found: [(version: String, created: Int)] = []
        var next: String? = "\(collection)/\(object.name)/versions"
        while let path = next {
            let page = try await get(path)
            for item in page["value"]?.arrayValue ?? [] where item[path: "attributes", "enabled"] != false {
                let id = item["id"]?.stringValue ?? item["kid"]?.stringValue ?? ""
                found.append((Self.version(in: id), item[path: "attributes", "created"]?.intValue ?? 0))
            }
            next = page["nextLink"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        }
        var versions = found.sorted { $0.created > $1.created }.map(\.version)
        if !object.version.isEmpty, object.version != "latest" {
            versions = Array(versions.drop { $0 != object.version })
        }
        return Array(versions.prefix(object.history + 1))
    }

    static func version(in id: String) -> String { String(id.split(separator: "/").last ?? "") }

    private static func collection(_ type: String) throws(ProviderFailure) -> String {
        switch type {
        case "secret": return "secrets"
        case "key": return "keys"
        case "cert": return "certificates"
        default: throw .failed("Invalid vaultObjectTypes. Should be secret, key, or cert")
        }
    }

    /// Reads a path below the vault, or the whole address of a next page.
    private mutating func get(_ path: String) async throws(ProviderFailure) -> JSON {
        let token = try await signedIn()
        let plain = path.hasPrefix("https://") ? path : "\(vault)/\(path)"
        let url = plain.contains("api-version=") ? plain : "\(plain)?api-version=\(Self.apiVersion)"
        let answer = await azure.vault("GET", url: url, token: token, body: nil)
        if answer.status == 200 { return answer.body }
        // A vault that does not exist has no address: the call runs into the driver's time limit.
        if answer.status == 404, answer.body["error"] == nil { throw .deadlineExceeded }
        throw .failed(HTTPProblemText(call: "GET \(plain)", status: answer.status, body: answer.body).text)
    }

    private mutating func signedIn() async throws(ProviderFailure) -> String {
        if let token { return token }
        let fresh = try await signIn.token(identity)
        token = fresh
        return fresh
    }
}
