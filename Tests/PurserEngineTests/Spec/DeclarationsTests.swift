import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct DeclarationsTests {
    private static let text = """
        apiVersion: purser/v1
        environment: test
        boxes:
          b: {name: a}
          a: {labels: {app.name: x}, needs: [b, c]}
          c: {items: {two: {}, one: {name: first}}}
          d: {size: ~, key: {env: X}}
        """

    private let spec: Spec
    private let declarations: Declarations

    init() throws {
        spec = try SpecLoader.load(
            sources: [SourceFile(path: "s.yaml", text: Self.text)], catalog: .scripted(ScriptedWorld()),
            inputs: SpecInputs())
        declarations = Declarations(environment: "test", settings: [:], resources: spec.resources.values)
    }

    @Test func `a section lists its resources in order of address`() {
        #expect(declarations.section("boxes").map(\.address.key) == ["a", "b", "c", "d"])
        #expect(declarations.section("boxes/c/items").map(\.address.key) == ["one", "two"])
        #expect(declarations.section("boxes/a/items").isEmpty)
        #expect(declarations.hasAny(in: "boxes/c/items"))
        #expect(!declarations.hasAny(in: "boxes/c/items") { $0.address.key == "three" })
        #expect(!declarations.hasAny(in: "boxes/a/items"))
    }

    @Test func `a resource is found by its real name, and of two the first by address`() {
        #expect(declarations.named("a", in: "boxes")?.address == Address("boxes/a"))
        #expect(declarations.named("b", in: "boxes") == nil)
        #expect(declarations.named("first", in: "boxes/c/items")?.address == Address("boxes/c/items/one"))
        #expect(declarations.named("two", in: "boxes/c/items")?.address == Address("boxes/c/items/two"))
        #expect(declarations.named("one", in: "boxes/c/items") == nil)
    }

    @Test(arguments: [
        ("labels", "5:15"), ("labels.app.name", "5:26"), ("labels[\"app.name\"]", "5:26"), ("labels.app", "5:15"),
        ("needs[1]", "5:41"), ("needs[7]", "5:37"), ("needs[1].deeper", "5:41"), ("colour", "5:3"), ("", "5:3"),
    ])
    func `a path has the place of the deepest part of it that is written`(_ path: String, _ place: String) throws {
        let start = try #require(declarations[Address("boxes/a")]?.range(of: path)?.start)
        #expect("\(start.line):\(start.column)" == place)
    }

    @Test func `an attribute that is written without a value is not given one`() throws {
        let box = try #require(declarations[Address("boxes/d")])
        #expect(box.writes("key"))
        #expect(!box.writes("size"))
        #expect(!box.writes("colour"))
    }
}
