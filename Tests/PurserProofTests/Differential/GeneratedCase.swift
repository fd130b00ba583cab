import PurserProof
import PurserTestSupport

@testable import PurserSandbox

/// A class, a volume, a node and a pod's tokens, drawn from a seed: mostly right, wrong in every way that is known.
struct GeneratedCase {
    var provider = "azure"
    var parameters: [String: String] = [:]
    var objects = ""
    var attributes: [String: String] = [:]
    var secretObjects: [SecretObjectDefinition] = []
    var pool = 0
    /// The pod's service account.
    var account = "payments"
    /// The audiences of the tokens that kubelet gives.
    var audiences: [String] = []
    /// The data of the Secret that the volume names; nil if it names none.
    var credentials: [String: String]?
    var separatesFiles = false

    static let namespace = "shop"

    init() {}

    init(_ generator: inout SeededGenerator, _ machine: SandboxMachine) {
        var draw = Draw(generator: generator.split())
        if draw.chance(50) {
            drawSound(&draw, machine)
        } else {
            drawAny(&draw, machine)
        }
        drawSecrets(&draw)
    }

    /// A class whose files will be there, or almost.
    private mutating func drawSound(_ draw: inout Draw, _ machine: SandboxMachine) {
        let full = machine.identities[0]
        separatesFiles = draw.chance(20)
        parameters["keyvaultName"] = draw.pick(SandboxMachine.vaultNames)
        parameters["tenantID"] = WorldFacts.tenant
        if draw.chance(50) {
            parameters["useVMManagedIdentity"] = "true"
            parameters["userAssignedIdentityID"] = full.clientId
            pool = draw.number(2)
        } else {
            parameters["clientID"] = full.clientId
            audiences = [IdentityAudience.workload]
        }
        objects = ObjectsDraw.text(&draw, machine, isSound: true)
    }

    private mutating func drawAny(_ draw: inout Draw, _ machine: SandboxMachine) {
        pool = draw.number(3)
        audiences = draw.pick([[], [IdentityAudience.workload], [IdentityAudience.workload, IdentityAudience.binding]])
        account = draw.chance(80) ? "payments" : "default"
        separatesFiles = draw.chance(15)
        parameters["keyvaultName"] = draw.weighted(
            [
                (45, "proof-policies"), (45, "proof-roles"), (2, "kv"), (2, "kv_test"), (2, "proof-nowhere"), (2, " "),
                (2, ""),
            ])
        drawTenant(&draw)
        if draw.chance(4) {
            parameters["cloudName"] = draw.pick(["AzureCloud1", "azurepubliccloud", "AzureStackCloud"])
        }
        if draw.chance(4) { parameters["keyvaultname"] = "misspelt" }
        drawIdentity(&draw, machine)
        objects = ObjectsDraw.text(&draw, machine, isSound: false)
        if draw.chance(5) { attributes["keyvaultName"] = draw.pick(SandboxMachine.vaultNames) }
    }

    private mutating func drawTenant(_ draw: inout Draw) {
        let other = "11111111-2222-4333-8444-999999999999"
        switch draw.number(20) {
        case 0: break
        case 1: parameters["tenantId"] = WorldFacts.tenant
        case 2:
            // Whose tenant a vault that is not there has, nobody knows.
            parameters["tenantID"] = other
            parameters["keyvaultName"] = SandboxMachine.vaultNames[0]
        case 3:
            parameters["tenantID"] = WorldFacts.tenant
            parameters["tenantId"] = other
        default: parameters["tenantID"] = WorldFacts.tenant
        }
    }

    private mutating func drawIdentity(_ draw: inout Draw, _ machine: SandboxMachine) {
        let identity = draw.pick(machine.identities)
        switch draw.number(24) {
        case 0: parameters["useVMManagedIdentity"] = draw.pick(["yes", "on", "tRUE", "tru"])
        case 1: parameters["usePodIdentity"] = "true"
        case 2:
            parameters["useVMManagedIdentity"] = "true"
            parameters["usePodIdentity"] = "1"
        case 3:
            parameters["useAzureTokenProxy"] = "true"
            if draw.chance(70) { parameters["clientID"] = identity.clientId }
        case 4: parameters["userAssignedIdentityID"] = identity.clientId
        case 5...6: parameters["useVMManagedIdentity"] = draw.pick(["true", "T"])
        case 7:
            credentials = draw.pick([
                ["clientid": WorldFacts.deployerClientID, "clientsecret": machine.facts.deployerSecret],
                ["client_id": "x", "clientsecret": "x"], ["ClientID": WorldFacts.deployerClientID, "other": "x"],
                ["ClientID": WorldFacts.deployerClientID, "CLIENTSECRET": "wrong"],
            ])
        case 8...13: parameters["clientID"] = draw.chance(90) ? identity.clientId : identity.principalId
        case 14:
            parameters["useVMManagedIdentity"] = "true"
            parameters["userAssignedIdentityID"] = draw.pick([
                identity.principalId, identity.resourceId, "11111111-2222-4333-8444-555555555555", "name",
            ])
        case 15:
            parameters["useVMManagedIdentity"] = "true"
            parameters["userAssignedIdentityID"] = identity.clientId
            parameters["clientID"] = identity.clientId
        default:
            parameters["useVMManagedIdentity"] = draw.pick(["true", "TRUE", "1", "t", "True"])
            parameters["userAssignedIdentityID"] = draw.chance(90) ? identity.clientId : " \(identity.clientId) "
            pool = draw.weighted([(80, 0), (15, 1), (5, 2)])
        }
    }

    private mutating func drawSecrets(_ draw: inout Draw) {
        // Mostly files that are there.
        var files = ObjectsText(objects).objects.map { $0.hasHistory ? "\($0.fileName)/0" : $0.fileName }
        if files.isEmpty || draw.chance(30) {
            files = ["plain", "base", "many/0", "many/1", "cert-pfx", "cert-pem", "key-ec", "a/b", "cert-pfx.crt", ""]
        }
        for _ in 0..<draw.weighted([(40, 0), (40, 1), (20, 2)]) {
            let type = draw.weighted([
                (50, "kubernetes.io/tls"), (35, "Opaque"), (3, ""), (4, "kubernetes.io/dockerconfigjson"),
                (4, "kubernetes.io/basic-auth"), (4, "kubernetes.io/TLS"),
            ])
            let isTLS = type == "kubernetes.io/tls"
            let file = draw.pick(files)
            var data = [
                SecretObjectDefinition.Item(file: file, key: isTLS ? "tls.crt" : draw.pick(["a", "b.c", "username"]))
            ]
            if draw.chance(isTLS ? 90 : 40) {
                data.append(
                    .init(
                        file: draw.chance(70) ? file : draw.pick(files),
                        key: isTLS
                            ? draw.weighted([(90, "tls.key"), (10, "ca.crt")]) : draw.pick(["z", "ä", " k ", ""])))
            }
            if draw.chance(4) { data = [] }
            let name = draw.weighted([(45, "one"), (45, "two"), (5, "Bad_Name"), (5, "")])
            secretObjects.append(SecretObjectDefinition(name: name, type: type, data: data))
        }
    }
}

enum IdentityAudience {
    static let workload = "api://AzureADTokenExchange"
    static let binding = "api://AKSIdentityBinding"
}

/// Draws `objects`.
enum ObjectsDraw {
    private static let broken = [
        "", "  ", "array:", "{}", "arrays:\n  - x", "invalid", "- a", "array: x", "array:\n  - objectName: a",
        "array:\n\t- x", "array:\n  - secret1", "array:\n  - >\n    objectName: a\n    objectType: secret",
        "array:\n  - |\n    objectName: plain\n    objectName: b",
        "array:\n  - |\n    objectName: plain\n    objectType: secret\n    objectVersionHistory: '2'",
        "array:\n  - |\n    objectName: plain\n    objectType: secret\n    objectVersionHistory: 3000000000",
        "array:\n  -\n  - |\n    objectName: plain\n    objectType: secret",
        "array:\n  - \"{objectName: plain, objectType: secret}\"",
        "array:\n- '{\"objectName\": \"plain\", \"objectType\": \"secret\"}'",
        "array:\n  - |\n    # nothing", "array:\n  - |\n  objectName: a", "array: []\narray: []",
        "array:\n  - |\n    objectname: plain\n    objectType: secret", "array:\n  - [a]", "array: {a: b}", "a: [",
        "array:\n  - |\n    objectName: plain\n   objectType: secret", "42", "array:\n  - 12",
        "array:\n  - |\n    objectName: {a: b}\n    objectType: secret",
    ]

    static func text(_ draw: inout Draw, _ machine: SandboxMachine, isSound: Bool) -> String {
        if !isSound, draw.chance(12) { return draw.pick(broken) }
        let count = draw.weighted([(40, 1), (35, 2), (20, 3), (5, 4)])
        let items = (0..<count).map { _ in item(&draw, machine, isSound: isSound || draw.chance(70)) }
        return "array:\n"
            + items.map { "  - |\n" + $0.map { "    \($0)\n" }.joined() }.joined()
    }

    private static func item(_ draw: inout Draw, _ machine: SandboxMachine, isSound: Bool) -> [String] {
        let name = draw.pick(
            isSound
                ? ["plain", "base", "many", "cert-pfx", "cert-pem", "key-ec"]
                : ["plain", "off", "gone", "many", "cert-pfx", "cert-pem", "key-ec", "absent"])
        var type = draw.pick(["secret", "secret", "cert", "key"])
        if isSound {
            type = name.hasPrefix("cert") ? draw.pick(["secret", type]) : name == "key-ec" ? "key" : "secret"
        }
        // The rest mostly stays as it is, so that whole classes are sound often enough.
        guard !isSound || draw.chance(35) else { return ["objectName: \(name)", "objectType: \(type)"] }
        if draw.chance(2) { type = draw.pick(["Secret", "certificate", ""]) }
        var lines = ["objectName: \(name)", "objectType: \(type)"]
        if draw.chance(25) {
            lines.append(
                "objectAlias: "
                    + draw.weighted([
                        (30, "a/b"), (30, "file-\(draw.number(3))"), (10, "plain"), (4, "/abs"), (4, "foo..bar"),
                        (4, "./m"),
                        (4, "a//b"), (4, "a"), (4, "\".\""), (3, "x/"), (3, String(repeating: "n", count: 256)),
                    ]))
        }
        if draw.chance(12) {
            let known = machine.vaults[0].objects.first { $0.name == name }?.versions.randomElement(
                using: &draw.generator)?.id
            lines.append("objectVersion: " + draw.pick(["latest", "\"\"", known ?? "nothing", known ?? "x", "0123"]))
        }
        if draw.chance(12) {
            lines.append("objectVersionHistory: \(draw.pick(["0", "1", "2", "3", "9", "-1", "2.5", "1e1"]))")
        }
        if draw.chance(10) { lines.append("objectFormat: \(draw.pick(["pem", "PEM", "pfx", "pfx", "PFX", "pkcs"]))") }
        if draw.chance(10) {
            lines.append("objectEncoding: \(draw.pick(["utf-8", "base64", "hex", "BASE64", "utf-16"]))")
        }
        if draw.chance(15) {
            lines.append(
                "filePermission: \(draw.pick(["0600", "\"0440\"", "400", "0900", "0o755", "0x1ff", "u+rwx", "4755", "-1", "77777"]))"
            )
        }
        if draw.chance(3) { lines.append("objectalias: x") }
        return lines
    }
}

/// Chance in the words of the generator.
struct Draw {
    var generator: SeededGenerator

    mutating func number(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &generator) }
    mutating func chance(_ percent: Int) -> Bool { number(100) < percent }
    mutating func pick<T>(_ items: [T]) -> T { items[number(items.count)] }

    mutating func weighted<T>(_ items: [(Int, T)]) -> T {
        var left = number(items.reduce(0) { $0 + $1.0 })
        for (weight, item) in items {
            if left < weight { return item }
            left -= weight
        }
        return items[0].1
    }
}
