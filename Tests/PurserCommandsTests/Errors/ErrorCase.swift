import Foundation
import PurserClients
import PurserTestSupport

/// A refusal, as a file of `Tests/Fixtures/Wire/Errors` writes it: what the user runs, and the exchange that goes wrong.
///
/// ```
/// # what the reference says of it
/// > apply vault
/// PUT */vaults/demo-kv?*
/// <<<
/// 409
///
/// {"error":{"code":"Conflict","message":"…"}}
/// ===
/// ```
///
/// `> COMMAND SPEC` runs a command on one of the specs of `ErrorSpecs`; further words are options. Lines that begin with
/// `!` change the environment: `! NAME=VALUE`, `! NAME` takes it away, `! az TEXT` has the Azure CLI fail with the text.
/// `*` in the address stands for anything. The answer comes each time that such a request is sent.
struct ErrorCase: Sendable {
    let title: String
    let words: [String]
    var environment: [String: String] = [:]
    var unset: [String] = []
    var azureCLI: String?
    let exchange: WireExchange?

    static func table(_ name: String) throws -> [ErrorCase] {
        let file = Golden.fixtures.appending(path: "Wire/Errors/\(name).http")
        return try String(contentsOf: file, encoding: .utf8).split(separator: /(?m)^===.*$/).compactMap(ErrorCase.init)
    }

    private init?(_ part: Substring) throws {
        var lines = part.split(separator: "\n", omittingEmptySubsequences: false).drop { $0.allSatisfy(\.isWhitespace) }
        guard !lines.isEmpty else { return nil }
        title = lines.popFirst().map { String($0.drop { $0 == "#" || $0 == " " }) } ?? ""
        words = (lines.popFirst() ?? "").split(separator: " ").dropFirst().map(String.init)
        while let line = lines.first, line.hasPrefix("!") {
            lines = lines.dropFirst()
            let text = line.dropFirst().drop { $0 == " " }
            if text.hasPrefix("az ") {
                azureCLI = String(text.dropFirst(3))
            } else if let equals = text.firstIndex(of: "=") {
                environment[String(text[..<equals])] = String(text[text.index(after: equals)...])
            } else {
                unset.append(String(text))
            }
        }
        exchange = try WireExchange.parse(lines.joined(separator: "\n")).first
    }

    /// The answer, if the request is the one.
    func answer(to request: HTTPRequest) -> Result<HTTPResponse, TransportError>? {
        guard let exchange, exchange.method == request.method, Self.matches(request.url, exchange.url) else {
            return nil
        }
        return exchange.outcome
    }

    private static func matches(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
        var rest = Substring(text.lowercased())
        guard let first = parts.first, let last = parts.last, rest.hasPrefix(first) else { return false }
        if parts.count == 1 { return rest == first }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}

/// The environments on which the refusals happen, each as small as it can be.
enum ErrorSpecs {
    static let names = sections.keys.sorted()

    private static let there = "groups:\n  demo: {name: there, existing: true}\n"
    private static let vault =
        "vaults:\n  demo:\n    {name: demo-kv, group: demo, authorization: policies, existing: true"

    static let sections: [String: String] = [
        "group": "groups:\n  demo: {name: demo-group}\n",
        "vault": "\(there)vaults:\n  demo: {name: new-kv, group: demo, authorization: policies}\n",
        "purged": "\(there)vaults:\n  demo: {name: new-kv, group: demo, authorization: policies, whenDeleted: purge}\n",
        "identity": "\(there)identities:\n  demo: {name: demo-id, group: demo}\n",
        "nodes": "\(there)identities:\n  demo: {name: demo-id, group: demo, nodes: all}\n",
        "federated":
            "\(there)identities:\n  demo:\n    name: demo-id\n    group: demo\n    federatedCredentials:\n"
            + "      pipeline: {issuer: 'https://ci.example', subject: 'repo:example/shop'}\n",
        "policy":
            "\(there)identities:\n  demo: {name: demo-id, group: demo}\n\(vault), access: {demo: {identity: demo, secrets: [get]}}}\n",
        "role":
            "\(there)identities:\n  demo: {name: demo-id, group: demo}\nvaults:\n  demo:\n    {name: roles-kv, group: demo, "
            + "authorization: rbac, existing: true, access: {demo: {identity: demo, secrets: [get]}}}\n",
        "secret": "\(there)\(vault), secrets: {db: {value: {env: KEY}}}}\n",
        "existing-secret": "\(there)\(vault), secrets: {db: {existing: true}}}\n",
        "certificate":
            "\(there)\(vault), certificates: {web: {selfSigned: {subject: CN=web, validity: 365d}}}}\n",
        "existing-certificate": "\(there)\(vault), certificates: {web: {existing: true}}}\n",
        "aks":
            "cluster:\n  aks: {group: aks, name: aks}\n\(there)identities:\n  demo: {name: demo-id, group: demo, nodes: all}\n",
        "cluster": "namespaces:\n  shop: {}\n",
    ]

    static func text(_ name: String) -> String {
        let cluster = ["nodes"].contains(name) ? "cluster: {nodeResourceGroup: nodes}\n" : ""
        return "azure: {tenant: \(StubAzure.tenant), subscription: \(StubAzure.subscription), location: westeurope}\n"
            + cluster + (sections[name] ?? "")
    }
}
