import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// Federated credentials and the cluster that they take their issuer from.
@Suite(.enabled(if: SandboxProcess.isBuilt), .serialized)
struct FederatedCredentialTests {
    private static let cluster = "{aks: {group: aks-west-dev, name: aks-west-dev}}"
    private static let demo = """
        groups:
          demo: {name: demo-group}
        identities:
          demo:
            name: demo-identity
            group: demo
            nodes: all
            federatedCredentials:
              one: {serviceAccount: shop/one}
              two: {serviceAccount: shop/two}
              three: {serviceAccount: shop/three}
              runner: {issuer: "https://token.actions.githubusercontent.com", subject: "repo:a/b:ref:refs/heads/main"}

        """

    private func settings(_ sandbox: SandboxProcess, cluster: String = cluster) -> String {
        sandbox.settings.replacing("{nodeResourceGroup: aks-nodes-west-dev}", with: cluster)
    }

    private func credentials(_ harness: AzureHarness, _ sandbox: SandboxProcess) async throws -> [String: String] {
        let identity = AzurePaths.identity(
            group: AzurePaths.group(subscription: sandbox.subscription, name: "demo-group"), name: "demo-identity")
        let found = try await harness.clients.arm.list(
            "\(identity)/federatedIdentityCredentials", apiVersion: AzureVersion.identities)
        return Dictionary(
            uniqueKeysWithValues: found.map {
                ($0["name"]?.string ?? "", $0.at("properties", "subject")?.string ?? "")
            })
    }

    @Test func `several credentials of one identity are written one after the other`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await harness.applied(Self.demo, settings: settings(sandbox))
            #expect(
                try await credentials(harness, sandbox) == [
                    "one": "system:serviceaccount:shop:one", "two": "system:serviceaccount:shop:two",
                    "three": "system:serviceaccount:shop:three", "runner": "repo:a/b:ref:refs/heads/main",
                ])
            let state = try #require(await harness.backend.load())
            let one = state.resources[Address("identities/demo/federatedCredentials/one")]
            #expect(one?.attributes.values["issuer"]?.string?.hasSuffix("/") == true)
            let changed = Self.demo.replacing("serviceAccount: shop/two", with: "serviceAccount: shop/zwei")
            #expect(
                try await harness.plan(changed, settings: settings(sandbox)).lines == [
                    "update identities/demo/federatedCredentials/two [subject]"
                ])
            try await harness.applied(changed, settings: settings(sandbox))
            try await harness.applied(nil, settings: settings(sandbox))
        }
    }

    @Test func `a write that meets another one is repeated`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            try await sandbox.order([
                "match": ["method": "PUT", "path": "~/federatedIdentityCredentials/"], "times": 2,
                "fault": [
                    "status": 409, "code": "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
                ],
            ])
            try await harness.applied(Self.demo, settings: settings(sandbox))
            #expect(try await sandbox.metFaults() == 2)
        }
    }

    @Test func `a credential that was there stays, and one that says something else is an error`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let start = try #require(Self.demo.firstRange(of: "    federatedCredentials:"))
            let bare = String(Self.demo[..<start.lowerBound])
            try await harness.applied(bare, settings: settings(sandbox))
            let identity = AzurePaths.identity(
                group: AzurePaths.group(subscription: sandbox.subscription, name: "demo-group"), name: "demo-identity")
            _ = try await harness.clients.arm.put(
                "\(identity)/federatedIdentityCredentials/runner", apiVersion: AzureVersion.identities,
                body: [
                    "properties": [
                        "issuer": "https://token.actions.githubusercontent.com",
                        "subject": "repo:a/b:ref:refs/heads/main", "audiences": ["api://AzureADTokenExchange"],
                    ]
                ])
            try await harness.applied(Self.demo, settings: settings(sandbox))
            try await harness.applied(bare, settings: settings(sandbox))
            #expect(try await credentials(harness, sandbox).keys.sorted() == ["runner"])
            let other = Self.demo.replacing("heads/main", with: "heads/other")
            let report = try await harness.apply(other, settings: settings(sandbox))
            #expect(report.ending == .rolledBack)
            #expect(report.failures.first?.code == .applyAlreadyExists, "\(report.failures)")
            #expect(try await credentials(harness, sandbox).keys.sorted() == ["runner"])
        }
    }

    @Test func `a cluster without what the environment relies on is an error of the plan`() async throws {
        try await SandboxProcess.with { harness, sandbox in
            let addon = Self.cluster.replacing("}}", with: "}, csi: addon}")
            do {
                _ = try await harness.plan(
                    Self.demo, settings: settings(sandbox, cluster: addon))
                Issue.record("a plan without the add-on")
            } catch let problems as Diagnostics {
                #expect(problems.map(\.code) == [.obstacle])
                #expect(
                    problems.map(\.hint) == [
                        "az aks enable-addons --addons azure-keyvault-secrets-provider --resource-group aks-west-dev --name aks-west-dev"
                    ]
                )
            }
            let absent = Self.cluster.replacing("name: aks-west-dev", with: "name: other")
            do {
                _ = try await harness.plan(Self.demo, settings: settings(sandbox, cluster: absent))
                Issue.record("a plan without the cluster")
            } catch let problems as Diagnostics {
                #expect(problems.map(\.code) == [.existingNotFound])
            }
        }
    }
}

/// The same from the spec alone.
struct WorkloadIdentitySpecTests {
    private static let head = """
        groups:
          demo: {name: demo-group}
        identities:
          demo: {name: demo-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: rbac
            access: {demo: {identity: demo, secrets: [get]}}
            secrets: {one: {value: {env: KEY}}}
        secretProviderClasses:
          web:
            namespace: web
            vault: demo
            identity: {workload: {identity: demo, serviceAccount: shop.web}}
            objects: [{secret: one}]

        """

    private func settings(_ cluster: String) -> String {
        AzureHarness.settings.replacing("{nodeResourceGroup: aks-nodes-west-dev}", with: cluster)
    }

    @Test func `account and credential follow from the class, with the issuer of the cluster`() async throws {
        let harness = try await AzureHarness.offline()
        let spec = try harness.spec(Self.head, settings: settings("{oidcIssuer: \"https://issuer.example/a/\"}"))
        let account = try #require(spec.resources[Address("serviceAccounts/web.shop.web")])
        #expect(account.known("name") == "shop.web")
        let credential = try #require(
            spec.resources.values.first { $0.kind == FederatedCredential.name })
        #expect(credential.known("subject") == "system:serviceaccount:web:shop.web")
        #expect(credential.known("issuer") == "https://issuer.example/a/")
        let web = try #require(spec.resources[Address("secretProviderClasses/web")])
        #expect(web.dependencies.isSuperset(of: [account.address, credential.address]))
    }

    @Test func `what is declared is not made a second time`() async throws {
        let harness = try await AzureHarness.offline()
        let declared =
            Self.head.replacing(
                "group: demo}\nvaults",
                with: "group: demo, federatedCredentials: {mine: {serviceAccount: web/shop.web}}}\nvaults")
            + "serviceAccounts:\n  mine: {name: shop.web, namespace: web, existing: true}\n"
        let spec = try harness.spec(declared, settings: settings("{oidcIssuer: \"https://issuer.example/a/\"}"))
        let made = spec.resources.values.filter { [FederatedCredential.name, ServiceAccount.name].contains($0.kind) }
        #expect(
            made.map(\.address).sorted() == [
                Address("identities/demo/federatedCredentials/mine"), Address("serviceAccounts/mine"),
            ])
    }

    @Test func `without an issuer only the account follows`() async throws {
        let spec = try await AzureHarness.offline().spec(Self.head)
        #expect(!spec.resources.values.contains { $0.kind == FederatedCredential.name })
        #expect(spec.resources.values.contains { $0.kind == ServiceAccount.name })
    }

    @Test func `a credential says its subject once and its issuer somewhere`() async throws {
        let harness = try await AzureHarness.offline()
        func problems(_ credential: String) -> [String] {
            harness.problems(
                "groups: {demo: {}}\nidentities: {demo: {group: demo, federatedCredentials: {one: \(credential)}}}\n")
        }
        let address = "identities/demo/federatedCredentials/one"
        #expect(
            problems("{serviceAccount: a/b}") == [
                "spec/missing-field: \(address) needs 'issuer', since the spec does not say the cluster's"
            ])
        #expect(
            problems("{issuer: \"https://a/\"}") == [
                "spec/missing-field: \(address) needs 'subject' or 'serviceAccount'"
            ])
        #expect(
            problems("{issuer: \"https://a/\", subject: s, serviceAccount: a/b}") == [
                "spec/contradiction: \(address) has both 'subject' and 'serviceAccount'"
            ])
    }

    @Test func `the add-on and a release of the driver exclude each other`() async throws {
        let harness = try await AzureHarness.offline()
        let release = """
            releases:
              csi:
                chart: csi-secrets-store-provider-azure
                repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
                version: 1.8.2
                namespace: csi

            """
        func problems(_ cluster: String) -> [String] {
            do throws(Diagnostics) {
                _ = try harness.spec(release, settings: settings(cluster))
                return []
            } catch {
                return error.sorted().map { "\($0.code)" }
            }
        }
        #expect(problems("{csi: addon}") == ["proof/two-drivers"])
        #expect(problems("{csi: release}") == [])
    }
}
