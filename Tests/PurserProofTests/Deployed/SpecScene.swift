import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax
import PurserTestSupport
import Synchronization
import Testing

/// Reads specs as scenes, whatever the proof finds in them.
enum SpecScene {
    static func scene(of text: String) async throws -> Scene {
        let clients = try await Clients.make(settings: settings)
        let catalog = StandardCatalog.make(clients: clients)
        let found = Mutex<Declarations?>(nil)
        let listening = ResourceCatalog(catalog.kinds, settings: catalog.settings) { declarations in
            found.withLock { $0 = declarations }
            return Diagnostics()
        }
        _ = try? SpecLoader.load(
            sources: [SourceFile(path: "demo.yaml", text: text)], catalog: listening, inputs: SpecInputs())
        await clients.shutdown()
        return EnvironmentScene.scene(of: try #require(found.withLock { $0 }))
    }

    private static var settings: ClientSettings {
        var settings = ClientSettings(environment: [:], parseYAML: { _ in .null })
        settings.transport = RefusingTransport()
        return settings
    }
}
