import PurserClients
import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@testable import PurserResources

/// What kinds say of the rights that they need, and what is made of the services' answers.
struct RightsTests {
    /// A kind, shown by its name in the tests' output.
    struct Candidate: Sendable, CustomTestStringConvertible {
        let kind: any ResourceKind.Type
        var testDescription: String { kind.name.text }
    }

    static func candidates() async throws -> [Candidate] {
        try await AzureHarness.offline().catalog.kinds.map { Candidate(kind: type(of: $0)) }
    }

    /// The rights of the resources of the kind's example, by what is done.
    private func rights(_ candidate: Candidate) async throws -> [ResourceUse: [Right]] {
        let catalog = try await AzureHarness.offline().catalog
        let source = SourceFile(path: "example.yaml", text: candidate.kind.example)
        let spec = try SpecLoader.load(sources: [source], catalog: catalog, inputs: SpecInputs())
        let graph = try ResourceGraph(environment: spec.environment, resources: spec.resources)
        // What only a look at the cluster tells.
        let found: [PurserEngine.Address: Attributes] = [
            ManagedCluster.address: Attributes(["nodeResourceGroup": "aks-nodes-west-dev"])
        ]
        let foreseen = ForeseenAttributes(
            graph, recorded: StateSnapshot(environment: "example", lineage: ""), catalog: catalog, found: found)
        let kind = try #require(candidate.kind as? any RightsDeclaring.Type, "\(candidate.kind.name)")
        var result: [ResourceUse: [Right]] = [:]
        for address in graph.order where graph[address]?.kind == candidate.kind.name {
            for use in ResourceUse.allCases {
                result[use, default: []] += try kind.rights(for: use, of: try #require(foreseen[address]))
            }
        }
        return result
    }

    @Test(arguments: try await candidates()) func `each kind declares what each operation needs`(
        _ candidate: Candidate
    ) async throws {
        let rights = try await rights(candidate)
        for use in ResourceUse.allCases {
            let needed = (rights[use] ?? []).filter { use == .read || $0.otherwise == nil }
            #expect(!needed.isEmpty, "\(use)")
        }
    }

    @Test(arguments: try await candidates()) func `what is declared is in the services' own words`(
        _ candidate: Candidate
    ) async throws {
        for right in try await rights(candidate).values.joined() {
            switch right.demand {
            case .action(let action, let scope):
                #expect(
                    action.wholeMatch(of: /Microsoft\.[A-Za-z]+\/.+\/(read|write|delete|action)/) != nil, "\(action)")
                #expect(scope.hasPrefix("/subscriptions/") && !scope.hasSuffix("/"), "\(scope)")
            case .inVault(let section, let permission):
                let known = try #require(VaultSection(rawValue: section))
                #expect(known.permissions.contains(permission), "\(section) \(permission)")
                let action = RoleChoice.dataAction(section: section, permission: permission)
                #expect(RoleChoice.roles(for: [action], isData: true).rest.isEmpty, "\(action)")
            case .inCluster(let access):
                #expect(
                    ["get", "list", "watch", "create", "update", "patch", "delete"].contains(access.verb),
                    "\(access.verb)")
                #expect(access.resource == access.resource.lowercased())
            case .helm: break
            }
            #expect(right.otherwise.map { !$0.isEmpty && !$0.hasSuffix(".") } ?? true)
        }
    }

    /// Whoever may only read can look at the whole environment.
    @Test(arguments: try await candidates()) func `reading needs no right to write`(_ candidate: Candidate) async throws
    {
        for right in try await rights(candidate)[.read] ?? [] where right.otherwise == nil {
            switch right.demand {
            case .action(let action, _): #expect(action.hasSuffix("/read"))
            case .inVault(_, let permission): #expect(permission == "get")
            case .inCluster(let access): #expect(["get", "list"].contains(access.verb))
            case .helm: break
            }
        }
    }

    // MARK: Roles

    @Test(arguments: [
        ("Microsoft.KeyVault/vaults/write", "*", true), ("Microsoft.KeyVault/vaults/write", "*/read", false),
        ("Microsoft.KeyVault/vaults/read", "*/read", true),
        ("Microsoft.KeyVault/vaults/write", "microsoft.keyvault/*", true),
        ("Microsoft.KeyVault/vaults/write", "Microsoft.KeyVault/vaults/write", true),
        ("Microsoft.KeyVault/vaults/writes", "Microsoft.KeyVault/vaults/write", false),
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", true
        ),
        (
            "Microsoft.ManagedIdentity/userAssignedIdentities/write",
            "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action", false
        ),
        ("Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/*/Write", true),
    ])
    func `an action matches a role's pattern as Azure has it`(_ action: String, _ pattern: String, _ expected: Bool) {
        #expect(GrantedActions.Role.matches(action, pattern) == expected)
    }

    @Test func `what one role takes away another one may give`() {
        let contributor = GrantedActions.Role(actions: ["*"], notActions: ["Microsoft.Authorization/*/Write"])
        let administrator = GrantedActions.Role(actions: ["Microsoft.Authorization/roleAssignments/write"])
        let action = "Microsoft.Authorization/roleAssignments/write"
        #expect(GrantedActions(roles: [contributor]).verdict(on: action) == .denied)
        #expect(GrantedActions(roles: [contributor, administrator]).verdict(on: action) == .allowed)
        var conditional = administrator
        conditional.hasCondition = true
        #expect(GrantedActions(roles: [contributor, conditional]).verdict(on: action) == .conditional)
    }

    @Test func `the narrowest roles are proposed, and none that another one makes needless`() {
        func names(_ actions: String...) -> [String] {
            RoleChoice.roles(for: Set(actions), isData: false).roles.map(\.name)
        }
        #expect(names("Microsoft.KeyVault/vaults/read") == ["Reader"])
        #expect(names("Microsoft.KeyVault/vaults/read", "Microsoft.KeyVault/vaults/write") == ["Key Vault Contributor"])
        #expect(
            names("Microsoft.KeyVault/vaults/write", "Microsoft.Resources/subscriptions/resourceGroups/write")
                == ["Contributor"])
        #expect(
            names("Microsoft.KeyVault/vaults/write", "Microsoft.Authorization/roleAssignments/write")
                == ["Key Vault Contributor", "Key Vault Data Access Administrator"])
        let secrets = "Microsoft.KeyVault/vaults/secrets"
        #expect(
            RoleChoice.roles(for: ["\(secrets)/getSecret/action", "\(secrets)/setSecret/action"], isData: true)
                .roles.map(\.name) == ["Key Vault Secrets Officer"])
        #expect(
            RoleChoice.roles(for: ["Microsoft.Support/tickets/write"], isData: false).roles.map(\.name) == [
                "Contributor"
            ])
    }

    // MARK: The wire

    private static let subscription = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"
    private static let arm = "https://management.azure.com"
    private static let token = """
        POST https://login.microsoftonline.com/8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e/oauth2/v2.0/token
        <<<
        200

        {"token_type":"Bearer","expires_in":3599,"access_token":"e30.eyJvaWQiOiJvIiwidGlkIjoidCIsImFwcGlkIjoiYXBwIn0.s"}
        ===

        """

    private func answers(
        _ script: String, _ questions: Set<PermissionSurvey.Question>
    ) async throws -> [PermissionSurvey.Question: PermissionSurvey.Answer] {
        let replay = try ReplayTransport(Self.token + script)
        let answers = await PermissionSurvey(arm: try await AzureHarness.clients(replay).arm).answers(to: questions)
        replay.expectFinished()
        return answers
    }

    @Test func `what the subscription allows is not asked again below it`() async throws {
        let questions: Set<PermissionSurvey.Question> = [
            .init(action: "Microsoft.KeyVault/vaults/read", scope: "\(Self.subscription)/resourceGroups/a"),
            .init(action: "Microsoft.KeyVault/vaults/read", scope: "\(Self.subscription)/resourceGroups/b"),
        ]
        let answers = try await answers(
            """
            GET \(Self.arm)\(Self.subscription)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            200

            {"value":[{"actions":["*/read"],"notActions":[],"dataActions":[],"notDataActions":[]}]}
            """, questions)
        #expect(Set(answers.values) == [.allowed])
    }

    @Test func `what it does not allow is asked of the group, and then of the resource`() async throws {
        let group = "\(Self.subscription)/resourceGroups/a"
        let vault = "\(group)/providers/Microsoft.KeyVault/vaults/v"
        let question = PermissionSurvey.Question(action: "Microsoft.KeyVault/vaults/write", scope: vault)
        let answers = try await answers(
            """
            GET \(Self.arm)\(Self.subscription)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            403

            {"error":{"code":"AuthorizationFailed","message":"no"}}
            ===
            GET \(Self.arm)\(group)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            200

            {"value":[{"actions":["*/read"],"notActions":[]}]}
            ===
            GET \(Self.arm)\(vault)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            200

            {"value":[{"actions":["*/read"],"notActions":[]},{"actions":["Microsoft.KeyVault/*"],"notActions":[]}]}
            """, [question])
        #expect(answers == [question: .allowed])
    }

    @Test func `in a group that is not there yet, a role can be granted only above it`() async throws {
        let group = "\(Self.subscription)/resourceGroups/a"
        let question = PermissionSurvey.Question(
            action: "Microsoft.Resources/subscriptions/resourceGroups/write", scope: group)
        let answers = try await answers(
            """
            GET \(Self.arm)\(Self.subscription)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            200

            {"value":[{"actions":["*/read"],"notActions":[]}]}
            ===
            GET \(Self.arm)\(group)/providers/Microsoft.Authorization/permissions?api-version=2022-04-01
            <<<
            404

            {"error":{"code":"ResourceGroupNotFound","message":"Resource group 'a' could not be found."}}
            """, [question])
        #expect(answers == [question: .denied(grantAt: Self.subscription)])
    }
}
