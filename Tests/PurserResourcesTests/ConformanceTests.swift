import PurserClients
import PurserEngine
import PurserResources
import PurserSyntax
import PurserTestSupport
import Testing

/// What every kind of the catalogue must keep, whatever it manages.
struct ConformanceTests {
    /// A kind, shown by its name in the tests' output.
    struct Candidate: Sendable, CustomTestStringConvertible {
        let kind: any ResourceKind.Type
        var testDescription: String { kind.name.text }
    }

    static func candidates() async throws -> [Candidate] {
        try await AzureHarness.offline().catalog.kinds.map { Candidate(kind: type(of: $0)) }
    }

    @Test func `kinds differ in name and place`() async throws {
        let kinds = try await AzureHarness.offline().catalog.kinds
        let names = kinds.map { type(of: $0).name }
        let places = kinds.map { type(of: $0).place.path }
        #expect(Set(names).count == names.count)
        #expect(Set(places).count == places.count)
    }

    @Test func `a kind that stands in another one's place has a parent`() async throws {
        let catalog = try await AzureHarness.offline().catalog
        for kind in catalog.kinds.map({ type(of: $0) }) {
            guard let parent = kind.place.parentPath else { continue }
            #expect(catalog.kind(at: parent) != nil, "\(kind.name)")
        }
    }

    @Test(arguments: try await candidates()) func `the example is a complete spec`(_ candidate: Candidate) async throws
    {
        let catalog = try await AzureHarness.offline().catalog
        let source = SourceFile(path: "example.yaml", text: candidate.kind.example)
        let spec = try SpecLoader.load(sources: [source], catalog: catalog, inputs: SpecInputs())
        #expect(spec.resources.values.contains { $0.kind == candidate.kind.name })
        #expect(!spec.remarks.hasErrors)
        _ = try ResourceGraph(environment: spec.environment, resources: spec.resources)
    }

    @Test(arguments: try await candidates()) func `attributes are told apart and documented`(
        _ candidate: Candidate
    ) {
        let kind = candidate.kind
        #expect(!kind.title.isEmpty)
        #expect(Set(kind.attributes.map(\.name)).count == kind.attributes.count)
        for attribute in kind.attributes {
            #expect(attribute.documentation.count > 5, "\(attribute.name)")
            #expect(attribute.documentation.last.map { ".`".contains($0) } == true, "\(attribute.name)")
            #expect(!["existing", "protect", "onDestroy"].contains(attribute.name))
        }
    }

    @Test(arguments: try await candidates()) func `what identifies a resource is among its attributes`(
        _ candidate: Candidate
    ) {
        let kind = candidate.kind
        #expect(!kind.identity.isEmpty)
        for path in kind.identity {
            let name = String(path.prefix { $0 != "." })
            #expect(kind.attribute(name) != nil, "\(path)")
            #expect(kind.attribute(name)?.isComputed == false, "\(path)")
        }
        for name in kind.volatileOutputs { #expect(kind.attribute(name)?.isComputed == true, "\(name)") }
    }

    /// `derive` sees its own results again when a spec is completed twice, and resources in any order.
    @Test(arguments: try await candidates()) func `completing a spec is the same every time`(
        _ candidate: Candidate
    ) async throws {
        let catalog = try await AzureHarness.offline().catalog
        let source = SourceFile(path: "example.yaml", text: candidate.kind.example)
        let first = try SpecLoader.load(sources: [source], catalog: catalog, inputs: SpecInputs())
        let second = try SpecLoader.load(sources: [source], catalog: catalog, inputs: SpecInputs())
        #expect(first.resources.keys.sorted() == second.resources.keys.sorted())
        for (address, resource) in first.resources {
            #expect(resource.attributes == second.resources[address]?.attributes)
            var again = resource
            var diagnostics = Diagnostics()
            let declarations = Declarations(
                environment: first.environment, settings: first.settings, resources: first.resources.values)
            if let kind = catalog[resource.kind] {
                type(of: kind).derive(&again, from: declarations, diagnostics: &diagnostics)
            }
            #expect(again.attributes == resource.attributes, "\(address)")
            #expect(!diagnostics.hasErrors, "\(address)")
        }
    }
}
