import PurserProof
import PurserTestSupport

@testable import PurserSandbox

/// An environment's spec drawn from a seed, over the identities and node pools of a machine and with a vault of its own.
struct GeneratedEnvironment {
    struct Pod {
        let name: String
        /// Where the scheduler has put it: an index of the machine's pools.
        let pool: Int
    }

    let vault: String
    private(set) var isRBAC = false
    private(set) var pods: [Pod] = []
    private(set) var secrets: [(name: String, isEnabled: Bool)] = []
    private(set) var certificates: [(name: String, contentType: String)] = []
    private(set) var keys: [String] = []
    /// By the identity's name.
    private(set) var permissions: [String: [String: [String]]] = [:]
    private(set) var separatesFiles = false
    private(set) var audiences = [IdentityAudience.workload, IdentityAudience.binding]
    private var lines: [String] = []

    /// The spec.
    var text: String { lines.joined(separator: "\n") + "\n" }

    init(_ generator: inout SeededGenerator, _ machine: SandboxMachine, number: Int) {
        vault = "proof-env-\(number)"
        var draw = Draw(generator: generator.split())
        drawVault(&draw)
        writeHead(machine)
        writeVault()
        writeRelease(&draw)
        writeClasses(&draw, machine)
    }

    // MARK: The vault

    private mutating func drawVault(_ draw: inout Draw) {
        isRBAC = draw.chance(40)
        for index in 0...draw.number(3) { secrets.append(("secret-\(index)", !draw.chance(6))) }
        for index in 0..<draw.number(3) {
            certificates.append(
                ("cert-\(index)", draw.chance(50) ? "application/x-pkcs12" : "application/x-pem-file"))
        }
        if draw.chance(40) { keys.append("key-0") }
        for identity in ["full", "reader", "certs"] where draw.chance(85) {
            var lists: [String: [String]] = [:]
            for list in ["secrets", "keys", "certificates"] where draw.chance(identity == "full" ? 95 : 50) {
                lists[list] = draw.chance(70) ? ["get", "list"] : ["get"]
            }
            if !lists.isEmpty { permissions[identity] = lists }
        }
    }

    private mutating func writeVault() {
        lines += [
            "vaults:", "  v:", "    name: \(vault)", "    group: g",
            "    authorization: \(isRBAC ? "rbac" : "policies")", "    access:",
        ]
        for (identity, lists) in permissions.sorted(by: { $0.key < $1.key }) {
            let fields = lists.sorted { $0.key < $1.key }.map { "\($0.key): [\($0.value.joined(separator: ", "))]" }
            lines.append("      \(identity): {identity: \(identity), \(fields.joined(separator: ", "))}")
        }
        if permissions.isEmpty { lines.removeLast() }
        lines.append("    secrets:")
        lines += secrets.map { "      \($0.name): {value: {env: V}\($0.isEnabled ? "" : ", enabled: false")}" }
        if !certificates.isEmpty { lines.append("    certificates:") }
        lines += certificates.map { name, type in
            "      \(name): {selfSigned: {subject: CN=\(name), validity: 365d, keyType: EC, curve: P-256, contentType: \(type)}}"
        }
        if !keys.isEmpty { lines.append("    keys:") }
        lines += keys.map { "      \($0): {keyType: EC, curve: P-256}" }
    }

    // MARK: Around it

    private mutating func writeHead(_ machine: SandboxMachine) {
        lines += [
            "apiVersion: purser/v1", "environment: drawn",
            "azure: {tenant: \(WorldFacts.tenant), subscription: 0a0b0c0d-1111-4222-8333-444455556666, location: westeurope}",
            "cluster: {nodeResourceGroup: \(InitialWorld.nodeGroup), oidcIssuer: \"\(WorldFacts.clusterIssuer)\"}",
            "groups: {g: {}}", "identities:",
        ]
        for identity in machine.identities {
            let sets = machine.pools.filter { $0.clientIds.contains(identity.clientId) }.map(\.scaleSet)
            lines += ["  \(identity.name):", "    group: g", "    nodes: [\(sets.joined(separator: ", "))]"]
            guard ["full", "reader"].contains(identity.name) else { continue }
            lines += [
                "    federatedCredentials:",
                "      aks: {issuer: \"\(WorldFacts.clusterIssuer)\", subject: \"\(SandboxMachine.subject)\"}",
            ]
        }
    }

    private mutating func writeRelease(_ draw: inout Draw) {
        separatesFiles = draw.chance(15)
        let withoutTokens = draw.chance(10)
        if withoutTokens { audiences = [] }
        lines += [
            "releases:", "  csi:", "    chart: csi-secrets-store-provider-azure",
            "    repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts",
            "    version: 1.8.2",
            "    namespace: csi", "    values:",
            "      writeCertAndKeyInSeparateFiles: \(separatesFiles)",
            "      secrets-store-csi-driver: {syncSecret: {enabled: true}, enableSecretRotation: \(draw.chance(50))"
                + "\(withoutTokens ? ", tokenRequests: []" : "")}",
        ]
    }

    // MARK: Classes and pods

    private mutating func writeClasses(_ draw: inout Draw, _ machine: SandboxMachine) {
        let count = 1 + draw.number(3)
        lines.append("secretProviderClasses:")
        for index in 0..<count {
            lines += ["  c\(index):", "    namespace: shop", "    release: csi", "    vault: v"]
            lines.append("    identity: \(identity(&draw))")
            writeObjects(&draw)
        }
        lines += ["serviceAccounts:", "  payments: {namespace: shop}", "pods:"]
        for index in 0..<count {
            let pool = draw.weighted([(75, 0), (15, 1), (10, 2)])
            let isConfined = draw.chance(85)
            pods.append(Pod(name: "p\(index)", pool: pool))
            lines += [
                "  p\(index):", "    namespace: shop", "    mounts: [{secretProviderClass: c\(index), path: /mnt}]",
                "    spec:",
            ]
            if isConfined { lines.append("      nodeSelector: {agentpool: \(machine.pools[pool].name)}") }
            if draw.chance(85) { lines.append("      serviceAccountName: payments") }
            lines.append("      containers: [{name: c, image: \"i:1\"}]")
        }
    }

    private func identity(_ draw: inout Draw) -> String {
        let name = draw.weighted([(70, "full"), (12, "reader"), (12, "certs"), (6, "none")])
        return draw.chance(60)
            ? "{userAssigned: \(name)}" : "{workload: {identity: \(name), serviceAccount: payments}}"
    }

    private mutating func writeObjects(_ draw: inout Draw) {
        var files: [(file: String, isTLS: Bool)] = []
        lines.append("    objects:")
        for _ in 0...draw.number(3) {
            var fields: [String] = []
            var file = ""
            var isTLS = false
            switch draw.number(10) {
            case 0..<5:
                file = draw.chance(95) ? draw.pick(secrets).name : "absent"
                fields.append("secret: \(file)")
            case 5..<9 where !certificates.isEmpty:
                let face = draw.weighted([(60, "secret"), (20, "cert"), (20, "key")])
                file = draw.pick(certificates).name
                isTLS = face == "secret"
                fields += ["certificate: \(file)", "as: \(face)"]
                if isTLS, draw.chance(10) { fields.append("format: pfx") }
            default:
                file = keys.first ?? secrets[0].name
                fields.append(keys.isEmpty ? "secret: \(file)" : "key: \(file)")
            }
            if draw.chance(25) {
                file = draw.pick(["a/b", "a", "one", "two.pem", "deep/er/file"])
                fields.append("alias: \(file)")
            }
            if draw.chance(10) { fields.append("filePermission: \"\(draw.pick(["0400", "0440", "0600"]))\"") }
            if draw.chance(8) {
                fields.append("versionHistory: \(2 + draw.number(2))")
                file += "/0"
            }
            if draw.chance(3) { fields.append("version: latest") }
            files.append((file, isTLS))
            lines.append("      - {\(fields.joined(separator: ", "))}")
        }
        guard draw.chance(45) else { return }
        let drawn = draw.pick(files)
        let file = draw.chance(90) ? drawn.file : "other"
        lines.append("    secretObjects:")
        lines.append(
            drawn.isTLS || draw.chance(15)
                ? "      made-\(lines.count): {type: kubernetes.io/tls, data: {tls.crt: \(file), tls.key: \(file)}}"
                : "      made-\(lines.count): {type: Opaque, data: {text: \(file)}}")
    }
}
