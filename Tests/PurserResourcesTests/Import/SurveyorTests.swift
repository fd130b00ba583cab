import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Synchronization
import Testing

@testable import PurserResources

/// Surveys of worlds that do not hold together, or may not be looked at, over scripted services.
@Suite struct SurveyorTests {
    private func survey(
        _ services: ScriptedServices, helm: ScriptedHelm = ScriptedHelm(),
        _ change: (inout SurveyScope) -> Void = { _ in }
    ) async throws -> Survey {
        var scope = SurveyScope()
        scope.namespaces = ["web"]
        scope.subscription = AzureHarness.subscription
        scope.nodeResourceGroup = "nodes"
        change(&scope)
        let clients = try await services.clients(helm)
        return try await Surveyor(clients: clients).survey(scope)
    }

    private func codes(_ survey: Survey) -> [String] { survey.remarks.map(\.code.rawValue).sorted() }

    private func addresses(_ survey: Survey) -> [String] { survey.resources.map(\.address.description) }

    @Test func `everything on the way is found by lists alone, and no request changes anything`() async throws {
        let services = ScriptedServices()
        let survey = try await survey(services)
        #expect(codes(survey) == ["import/chart-repository"])
        #expect(
            addresses(survey) == [
                "groups/shop", "identities/reader", "identities/reader/nodes", "vaults/shop-kv",
                "vaults/shop-kv/access/reader", "vaults/shop-kv/secrets/db", "releases/csi", "namespaces/csi",
                "namespaces/web", "secretProviderClasses/shop", "pods/shop",
            ])
        #expect(services.requests.allSatisfy { $0.hasPrefix("GET ") || $0.hasSuffix("/token") }, "\(services.requests)")
        #expect(Set(services.requests).count == services.requests.count - 1, "each once, but for two tokens")
    }

    @Test func `a link that is missing is told, and the rest is written`() async throws {
        let services = ScriptedServices()
        services.script("/subscriptions/\(ScriptedServices.scaleSets)", [])
        services.script(ScriptedServices.vaults, [ScriptedServices.vault(policies: [])])
        services.script("/secrets", [])
        let survey = try await survey(services)
        #expect(
            codes(survey) == [
                "import/broken-path", "import/broken-path", "import/broken-path", "import/chart-repository",
            ])
        #expect(
            !addresses(survey).contains { $0.contains("access") || $0.contains("secrets/") || $0.hasSuffix("nodes") })
        #expect(addresses(survey).contains("pods/shop"))
    }

    @Test func `a class without its vault is left out with its pod`() async throws {
        let services = ScriptedServices()
        services.script(ScriptedServices.vaults, [])
        let survey = try await survey(services)
        #expect(codes(survey) == ["import/chart-repository", "import/class-left-out", "import/pod-left-out"])
        #expect(survey.remarks.map(\.code).contains(.importClassLeftOut))
        #expect(!addresses(survey).contains { $0.hasPrefix("pods") || $0.hasPrefix("secretProviderClasses") })
    }

    @Test func `what may not be looked at is not written, and told`() async throws {
        let services = ScriptedServices()
        services.refuse("/secrets")
        services.refuse("/certificates")
        let survey = try await survey(services, helm: ScriptedHelm(releases: []))
        #expect(codes(survey) == ["import/not-seen", "import/not-seen"])
        #expect(!addresses(survey).contains { $0.contains("secrets/") })
    }

    @Test func `the chart repository of 2021 is told with the command that corrects it`() async throws {
        let old = "https://raw.githubusercontent.com/Azure/secrets-store-csi-driver-provider-azure/master/charts"
        let helm = ScriptedHelm(repositories: [["name": "csi", "url": .string(old)]])
        let survey = try await survey(ScriptedServices(), helm: helm)
        #expect(codes(survey) == ["import/old-chart-repository"])
        #expect(
            survey.remarks.compactMap(\.hint).first?.contains(
                "helm repo add --force-update csi https://azure.github.io/") == true)
    }

    @Test func `a pod of a controller without a word in the spec is left out`() async throws {
        let services = ScriptedServices()
        services.script(
            "/api/v1/namespaces/web/pods",
            [ScriptedServices.pod(owner: ["kind": "Rollout", "name": "shop", "controller": true])])
        let survey = try await survey(services)
        #expect(codes(survey) == ["import/chart-repository", "import/pod-left-out"])
        #expect(addresses(survey).contains("secretProviderClasses/shop"))
    }

    @Test func `a workload without pods is found by the class that it mounts`() async throws {
        let services = ScriptedServices()
        services.script("/api/v1/namespaces/web/pods", [])
        let template = ScriptedServices.pod()
        services.script(
            "/apis/apps/v1/namespaces/web/deployments",
            [
                [
                    "metadata": ["name": "idle", "namespace": "web"],
                    "spec": ["replicas": 0, "template": ["spec": template["spec"] ?? [:]]],
                ]
            ])
        let survey = try await survey(services) {
            $0.namespaces = []
            $0.classes = [.init(namespace: "web", name: "shop")]
        }
        #expect(addresses(survey).contains("workloads/idle"), "\(addresses(survey))")
    }

    @Test func `a namespace without classes, and a pod that is not there, are errors`() async throws {
        let services = ScriptedServices()
        do {
            _ = try await survey(services) { $0.namespaces = ["empty"] }
            Issue.record("nothing was found, and nothing was said")
        } catch let error as Diagnostics {
            #expect(error.map(\.code) == [.importNothing])
        }
        do {
            _ = try await survey(services) {
                $0.namespaces = []
                $0.pods = [.init(namespace: "web", name: "gone")]
            }
            Issue.record("a pod that is not there was found")
        } catch let error as Diagnostics {
            #expect(error.map(\.message) == ["there is no pod 'web/gone'"])
        }
    }

    @Test func `the roles of an identity are its access where the vault goes by roles`() async throws {
        let services = ScriptedServices()
        let vault = ScriptedServices.vault(policies: [], rbac: true)
        services.script(ScriptedServices.vaults, [vault])
        let scope = vault["id"]?.string ?? ""
        services.script(
            "\(scope)/providers/Microsoft.Authorization/roleAssignments",
            [
                [
                    "name": "x",
                    "properties": [
                        "scope": .string(scope), "principalId": "principal-1",
                        "roleDefinitionId": .string("/x/\(KeyVaultRole.secretsUser.id)"),
                    ],
                ]
            ])
        let survey = try await survey(services)
        let entry = survey.resources.first { $0.address.description == "vaults/shop-kv/access/reader" }
        #expect(
            entry?.fields == [
                YAMLField("identity", .string("reader")),
                YAMLField("roles", .list([.string("Key Vault Secrets User")])),
                YAMLField("existing", .bool(true)),
            ])
    }

    @Test func `manifests are read where the cluster does not have them, and are then to be made`() async throws {
        let services = ScriptedServices()
        services.script("/api/v1/namespaces/web/pods", [])
        let manifests = [ScriptedServices.secretProviderClass, ScriptedServices.pod()]
        let survey = try await survey(services) {
            $0.namespaces = []
            $0.manifests = manifests
        }
        func isExisting(_ address: String) -> Bool? {
            survey.resources.first { $0.address.description == address }?.fields.contains(
                YAMLField("existing", .bool(true)))
        }
        #expect(isExisting("secretProviderClasses/shop") == true)
        #expect(isExisting("pods/shop") == false)
        #expect(isExisting("namespaces/web") == true)
    }
}

/// Azure, a vault and a cluster, as far as lists go.
private final class ScriptedServices: HTTPTransport {
    static let vaults = "/subscriptions/\(AzureHarness.subscription)/providers/Microsoft.KeyVault/vaults"
    static let scaleSets =
        "\(AzureHarness.subscription)/resourceGroups/nodes/providers/Microsoft.Compute/virtualMachineScaleSets"
    private static let group = "/subscriptions/\(AzureHarness.subscription)/resourceGroups/shop"
    private static let identity = "\(group)/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader"

    private struct Script {
        var lists: [String: [JSONValue]] = [:]
        var refused: Set<String> = []
        var requests: [String] = []
    }

    private let state = Mutex(Script())
    var requests: [String] { state.withLock { $0.requests } }

    func script(_ path: String, _ elements: [JSONValue]) { state.withLock { $0.lists[path] = elements } }
    func refuse(_ path: String) { _ = state.withLock { $0.refused.insert(path) } }

    init() {
        let subscription = "/subscriptions/\(AzureHarness.subscription)"
        script(Self.vaults, [Self.vault(policies: ["get"])])
        script(
            "\(subscription)/providers/Microsoft.ManagedIdentity/userAssignedIdentities",
            [
                [
                    "id": .string(Self.identity), "name": "reader", "location": "westeurope",
                    "properties": ["clientId": "client-1", "principalId": "principal-1"],
                ]
            ])
        script("\(subscription)/resourcegroups", [["name": "shop", "location": "westeurope"]])
        script(
            "/subscriptions/\(Self.scaleSets)",
            [
                [
                    "name": "pool",
                    "identity": ["type": "UserAssigned", "userAssignedIdentities": .object([Self.identity: [:]])],
                ]
            ])
        script("/secrets", [["id": "https://shop-kv.vault.azure.net/secrets/db"]])
        script("/certificates", [])
        script("/api/v1/namespaces/web/pods", [Self.pod()])
        script("/api/v1/namespaces", [["metadata": ["name": "web"]]])
        script(
            "/apis/secrets-store.csi.x-k8s.io/v1/namespaces/web/secretproviderclasses", [Self.secretProviderClass])
    }

    static func vault(policies words: [String], rbac: Bool = false) -> JSONValue {
        let permissions = JSONValue.array(words.map(JSONValue.string))
        return [
            "id": .string("\(group)/providers/Microsoft.KeyVault/vaults/shop-kv"), "name": "shop-kv",
            "location": "westeurope",
            "properties": [
                "tenantId": .string(AzureHarness.tenant), "vaultUri": "https://shop-kv.vault.azure.net/",
                "sku": ["name": "standard"], "enableRbacAuthorization": .bool(rbac), "softDeleteRetentionInDays": 90,
                "accessPolicies": [["objectId": "principal-1", "permissions": ["secrets": permissions]]],
            ],
        ]
    }

    static let secretProviderClass: JSONValue = [
        "apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass",
        "metadata": ["name": "shop", "namespace": "web"],
        "spec": [
            "provider": "azure",
            "parameters": [
                "keyvaultName": "Shop-KV", "tenantID": .string(AzureHarness.tenant), "useVMManagedIdentity": "true",
                "userAssignedIdentityID": "CLIENT-1",
                "objects": "array:\n  - |\n    objectName: db\n    objectType: secret\n",
            ],
        ],
    ]

    static func pod(owner: JSONValue? = nil) -> JSONValue {
        var metadata: JSONValue = ["name": "shop", "namespace": "web"]
        metadata["ownerReferences"] = owner.map { .array([$0]) }
        return [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": [
                "containers": [
                    [
                        "name": "main", "image": "shop:1",
                        "volumeMounts": [["name": "shop", "mountPath": "/mnt", "readOnly": true]],
                    ]
                ],
                "volumes": [
                    [
                        "name": "shop",
                        "csi": [
                            "driver": "secrets-store.csi.k8s.io", "readOnly": true,
                            "volumeAttributes": ["secretProviderClass": "shop"],
                        ],
                    ]
                ],
            ],
        ]
    }

    func clients(_ helm: any HelmRunner) async throws -> Clients {
        let config: JSONValue = [
            "current-context": "test",
            "contexts": [["name": "test", "context": ["cluster": "test", "user": "test"]]],
            "clusters": [["name": "test", "cluster": ["server": "https://cluster.test"]]],
            "users": [["name": "test", "user": ["token": "t"]]],
        ]
        let environment = [
            "AZURE_TENANT_ID": AzureHarness.tenant, "AZURE_CLIENT_ID": "app", "AZURE_CLIENT_SECRET": "hunter2",
        ]
        return try await Clients.make(
            settings: ClientSettings(
                environment: environment, parseYAML: { try JSONValue(parsing: $0) }, kubeconfig: "/config",
                clock: ManualClock(), jitter: .none, transport: self, helmRunner: helm,
                readFile: { $0 == "/config" ? config.encoded : nil }))
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        let address = request.url.split(separator: "?").first.map(String.init) ?? ""
        let path = "/" + address.split(separator: "/").dropFirst(2).joined(separator: "/")
        if path.hasSuffix("/token") {
            return answer(
                request, path,
                [
                    "token_type": "Bearer", "expires_in": 3599,
                    "access_token": "e30.eyJvaWQiOiJvIiwidGlkIjoidCIsImFwcGlkIjoiYXBwIn0.s",
                ])
        }
        let isVault = address.contains(".vault.azure.net/")
        if isVault, !request.headers.contains(where: { $0.name.lowercased() == "authorization" }) {
            return HTTPResponse(
                status: 401,
                headers: [
                    HTTPHeader(
                        "WWW-Authenticate",
                        "Bearer authorization=\"https://login.microsoftonline.com/\(AzureHarness.tenant)\", "
                            + "resource=\"https://vault.azure.net\"")
                ])
        }
        let (elements, isRefused) = state.withLock { ($0.lists[path] ?? [], $0.refused.contains(path)) }
        if isRefused {
            return HTTPResponse(
                status: 403, body: (["error": ["code": "Forbidden", "message": "not allowed"]] as JSONValue).encoded)
        }
        return answer(
            request, path, ["value": .array(elements), "items": .array(elements), "metadata": ["resourceVersion": "1"]])
    }

    private func answer(_ request: HTTPRequest, _ path: String, _ body: JSONValue) -> HTTPResponse {
        state.withLock { $0.requests.append("\(request.method) \(path)") }
        return HTTPResponse(status: 200, body: body.encoded)
    }

    func lines(_ request: HTTPRequest) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { $0.finish() }
    }
    func shutdown() async {}
}

/// Plays out `helm list`, `helm get values` and `helm repo list`.
private struct ScriptedHelm: HelmRunner {
    var releases: [JSONValue] = [
        ["name": "csi", "namespace": "csi", "status": "deployed", "chart": "csi-secrets-store-provider-azure-1.8.2"],
        ["name": "shop", "namespace": "web", "status": "deployed", "chart": "shop-1.0.0"],
    ]
    var repositories: [JSONValue] = []

    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        switch invocation.arguments.prefix(2) {
        case ["version", "--short"]: HelmOutput(exitCode: 0, standardOutput: Array("v3.17.1".utf8))
        case ["list", "--all-namespaces"]: HelmOutput(exitCode: 0, standardOutput: JSONValue.array(releases).encoded)
        case ["get", "values"]: HelmOutput(exitCode: 0, standardOutput: JSONValue.null.encoded)
        case ["repo", "list"] where !repositories.isEmpty:
            HelmOutput(exitCode: 0, standardOutput: JSONValue.array(repositories).encoded)
        default: HelmOutput(exitCode: 1, standardError: "Error: no repositories to show")
        }
    }
}
