import PurserCommands
import PurserEngine
import PurserResources
import PurserSyntax
import Testing

@Suite struct ImportedSpecTests {
    @Test func `resources stand below those that hold them, and texts stay what they are`() throws {
        var survey = Survey()
        survey.settings = [YAMLField("azure", .fields(["tenant": .string("t")]))]
        survey.resources = [
            Survey.Found(
                Address("pods/shop"), [YAMLField("spec", .string("${HOME} is no variable"))], isExisting: false),
            Survey.Found(Address("vaults/kv"), [YAMLField("authorization", .string("rbac"))]),
            Survey.Found(Address("vaults/kv/secrets/db"), []),
        ]
        let text = try ImportedSpec(environment: "shop", survey: survey).text()
        #expect(
            text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n") == """
                apiVersion: purser/v1
                environment: shop
                azure:
                  tenant: t
                vaults:
                  kv:
                    authorization: rbac
                    existing: true
                    secrets:
                      db:
                        existing: true
                pods:
                  shop:
                    spec: $${HOME} is no variable
                """)
    }
}
