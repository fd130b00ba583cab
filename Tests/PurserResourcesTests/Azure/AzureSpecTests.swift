import PurserEngine
import PurserResources
import PurserTestSupport
import Testing

/// What the kinds of Azure complete and refuse in a spec, without any service.
struct AzureSpecTests {
    private static let vault = """
        groups:
          demo: {}
        identities:
          demo: {name: demo-identity, group: demo}
        vaults:
          demo:
            name: demo-keyvault
            group: demo
            authorization: policies

        """

    @Test func `a vault gives the deployer what its objects need`() async throws {
        let spec = try await AzureHarness.offline().spec(
            Self.vault + """
                    secrets:
                      one: {value: {env: KEY}}
                    certificates:
                      two: {selfSigned: {subject: CN=two, validity: 365d}}
                """)
        let access = try #require(spec.resources[Address("vaults/demo/access/deployer")])
        #expect(access.known("secrets") == ["delete", "get", "recover", "set"])
        #expect(access.known("certificates") == ["create", "delete", "get", "import", "recover", "update"])
        #expect(access.known("keys") == nil)
        #expect(spec.resources[Address("vaults/demo/secrets/one")]?.dependencies.contains(access.address) == true)
        #expect(spec.resources[Address("vaults/demo/certificates/two")]?.dependencies.contains(access.address) == true)
    }

    @Test func `a certificate alone needs its secret to be brought back`() async throws {
        let spec = try await AzureHarness.offline().spec(
            Self.vault + "    certificates: {two: {selfSigned: {subject: CN=two, validity: 365d}}}\n")
        #expect(spec.resources[Address("vaults/demo/access/deployer")]?.known("secrets") == ["get"])
    }

    @Test(arguments: [
        "    deployerAccess: none\n    secrets: {one: {value: {env: KEY}}}\n", "",
        "    existing: true\n    secrets: {one: {value: {env: KEY}}}\n",
    ]) func `nobody is given what is not asked for`(_ more: String) async throws {
        let spec = try await AzureHarness.offline().spec(Self.vault + more)
        #expect(spec.resources[Address("vaults/demo/access/deployer")] == nil)
    }

    @Test func `an existing vault gives access when asked in so many words`() async throws {
        let spec = try await AzureHarness.offline().spec(
            Self.vault + "    existing: true\n    deployerAccess: granted\n    secrets: {one: {value: {env: KEY}}}\n")
        #expect(spec.resources[Address("vaults/demo/access/deployer")] != nil)
    }

    @Test func `locations and permissions are brought into one form`() async throws {
        let spec = try await AzureHarness.offline().spec(
            """
            groups:
              demo: {location: West Europe}
            identities:
              demo: {name: demo-identity, group: demo, nodes: [b, a, b]}
            vaults:
              demo:
                name: demo-keyvault
                group: demo
                authorization: policies
                access:
                  demo: {identity: demo, secrets: [list, get, get]}
            """)
        #expect(spec.resources[Address("groups/demo")]?.known("location") == "westeurope")
        #expect(spec.resources[Address("vaults/demo")]?.known("location") == "westeurope")
        #expect(spec.resources[Address("vaults/demo/access/demo")]?.known("secrets") == ["get", "list"])
        #expect(spec.resources[Address("identities/demo/nodes")]?.known("scaleSets") == ["a", "b"])
    }

    @Test func `one identity has one access policy`() async throws {
        let problems = try await AzureHarness.offline().problems(
            Self.vault + """
                    access:
                      one: {identity: demo, secrets: [get]}
                      two: {identity: demo, keys: [get]}
                """)
        #expect(
            problems == [
                "spec/ambiguous-access: vaults/demo/access/two and vaults/demo/access/one both name identities/demo"
            ])
    }

    @Test(arguments: [
        (
            "    access: {demo: {identity: demo}}\n", "spec/missing-field: vaults/demo/access/demo grants nothing"
        ),
        (
            "    access: {demo: {secrets: [get]}}\n", "spec/missing-field: vaults/demo/access/demo needs 'identity'"
        ),
        (
            "    access: {deployer: {identity: demo, secrets: [get]}}\n    secrets: {one: {value: {env: KEY}}}\n",
            "spec/contradiction: 'deployer' is the name of the access for the one who runs Purser"
        ),
        (
            "    certificates: {c: {}}\n",
            "spec/missing-field: vaults/demo/certificates/c says none of `selfSigned`, `issued` and `import`"
        ),
        (
            "    certificates: {c: {selfSigned: {subject: CN=c, validity: 365d}, import: {file: c.pfx}}}\n",
            "spec/contradiction: vaults/demo/certificates/c says `selfSigned` and `import`"
        ),
        (
            "    certificates: {c: {selfSigned: {subject: CN=c, validity: 31d}}}\n",
            "spec/invalid-value: a validity of 31d is no number of whole months"
        ),
        (
            "    certificates: {c: {selfSigned: {subject: shop, validity: 30d}}}\n",
            "spec/invalid-value: the subject 'shop' is not a distinguished name"
        ),
        (
            "    certificates: {c: {selfSigned: {subject: CN=c, validity: 30d, keySize: 2050}}}\n",
            "spec/invalid-value: an RSA key has 2048, 3072 or 4096 bits, not 2050"
        ),
        (
            "    certificates: {c: {selfSigned: {subject: CN=c, validity: 30d, keyType: EC, keySize: 2048}}}\n",
            "spec/contradiction: 'keySize' does not go with a key of type EC"
        ),
        (
            "    keys: {k: {curve: P-256}}\n",
            "spec/contradiction: 'curve' does not go with a key of type RSA"
        ),
        (
            "    secrets: {s: {name: not_allowed, value: {env: KEY}}}\n",
            "spec/invalid-value: 'name' 'not_allowed' has the character '_', which is not allowed"
        ),
    ]) func `a problem is told`(_ more: String, _ problem: String) async throws {
        let problems = try await AzureHarness.offline().problems(Self.vault + more)
        #expect(problems == [problem])
    }

    @Test func `an object in a vault has few tags, a vault many`() async throws {
        let tags = (1...14).map { "t\($0): v" }.joined(separator: ", ")
        let harness = try await AzureHarness.offline()
        #expect(harness.problems(Self.vault + "    tags: {\(tags)}\n") == [])
        #expect(
            harness.problems(Self.vault + "    keys: {k: {tags: {\(tags)}}}\n") == [
                "spec/invalid-value: vaults/demo/keys/k has 14 tags, and Azure allows 13 beside Purser's two"
            ])
    }

    @Test func `an address fits a tag`() async throws {
        let name = String(repeating: "n", count: 120)
        let sections =
            Self.vault.replacing("  demo:\n    name: demo-keyvault", with: "  \(name):\n    name: demo-keyvault")
            + "    keys: {\(name)k: {name: k}}\n"
        #expect(try await AzureHarness.offline().problems(sections) == [])
        let longer = sections.replacing("{\(name)k:", with: "{\(name)abcdefk:")
        #expect(
            try await AzureHarness.offline().problems(longer) == [
                "spec/invalid-value: the address of this resource has 260 characters, and a tag holds 256"
            ])
    }

    @Test func `permissions of an RBAC vault become roles, and roles mean nothing beside policies`() async throws {
        let harness = try await AzureHarness.offline()
        let access = "    access: {demo: {identity: demo, secrets: [get], roles: [Key Vault Crypto User]}}\n"
        let spec = try harness.spec(Self.vault.replacing("policies", with: "rbac") + access)
        let entry = try #require(spec.resources[Address("vaults/demo/access/demo")])
        #expect(entry.known("roles") == .list(["Key Vault Crypto User", "Key Vault Secrets User"]))
        #expect(
            harness.problems(Self.vault + access) == [
                "spec/contradiction: roles count only in a vault with `authorization: rbac`"
            ])
    }

    @Test func `roles that somebody else assigns are no problem`() async throws {
        let problems = try await AzureHarness.offline().problems(
            Self.vault.replacing("policies", with: "rbac")
                + "    deployerAccess: none\n    secrets: {one: {value: {env: KEY}}}\n")
        #expect(problems == [])
    }
}
