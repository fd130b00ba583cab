import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax
import PurserTestSupport
import Synchronization
import Testing

/// Reads specs as scenes, whatever the proof finds in them.
struct SpecScene {
    private let catalog: ResourceCatalog

    init() async throws {
        var settings = ClientSettings(environment: [:], parseYAML: { _ in .null })
        settings.transport = RefusingTransport()
        let clients = try await Clients.make(settings: settings)
        catalog = StandardCatalog.make(clients: clients)
        await clients.shutdown()
    }

    /// The scene, and what is wrong with the spec but for the proof.
    func read(_ text: String) throws -> (scene: Scene, problems: Diagnostics) {
        let found = Mutex<Declarations?>(nil)
        let listening = ResourceCatalog(catalog.kinds, settings: catalog.settings) { declarations in
            found.withLock { $0 = declarations }
            return Diagnostics()
        }
        var problems = Diagnostics()
        do throws(Diagnostics) {
            _ = try SpecLoader.load(
                sources: [SourceFile(path: "demo.yaml", text: text)], catalog: listening, inputs: SpecInputs())
        } catch {
            problems = error
        }
        return (EnvironmentScene.scene(of: try #require(found.withLock { $0 }, "\(problems.map(\.message))")), problems)
    }

    static func scene(of text: String) async throws -> Scene { try await SpecScene().read(text).scene }
}
