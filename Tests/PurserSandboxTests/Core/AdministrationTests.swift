import Foundation
import SystemPackage
import Testing

@testable import PurserSandbox

struct AdministrationTests {
    private func withWorld(_ body: (World, Front) async throws -> Void) async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-admin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        let world = try await World.opened(in: directory, timing: Timing())
        try await body(world, world.front(world.azure.route))
    }

    private func send(
        _ front: Front, _ world: World, _ method: String, _ path: String, _ body: JSON = [:]
    ) async -> Answer {
        let request = SandboxRequest(
            method, "/purser-sandbox/admin/\(path)", headers: ["x-admin-token": world.facts.adminToken],
            body: body.bytes())
        guard case .answer(let response) = await front.deliver(request) else { return Answer(.text(0, "")) }
        return Answer(response)
    }

    @Test func `the admin token is asked for, and no other`() async throws {
        try await withWorld { world, front in
            for token in ["", "wrong", world.facts.kubernetesToken] {
                let request = SandboxRequest("GET", "/purser-sandbox/admin/faults", headers: ["x-admin-token": token])
                guard case .answer(let response) = await front.deliver(request) else {
                    Issue.record("no answer")
                    return
                }
                #expect(response.status == 401)
            }
            #expect(await send(front, world, "GET", "faults").body == [])
        }
    }

    @Test func `another node pool brings a scale set with the cluster's identity`() async throws {
        try await withWorld { world, front in
            let added = await send(
                front, world, "POST", "world/scale-sets", ["name": "aks-pool2-12345678-vmss", "pool": "pool2"])
            #expect(added.status == 201)
            #expect(added["tags", "aks-managed-poolName"] == "pool2")
            #expect(added["identity", "userAssignedIdentities"]?.objectValue?.count == 1)
            let names = await InitialWorld.scaleSets(in: world.store)
            #expect(names == [InitialWorld.scaleSet, "aks-pool2-12345678-vmss"])
            #expect(await send(front, world, "POST", "world/scale-sets").status == 400)
        }
    }

    @Test func `an added service principal signs in with the role it was given`() async throws {
        try await withWorld { world, front in
            let added = await send(
                front, world, "POST", "world/service-principals", ["name": "reader", "role": "Reader"])
            let form = [
                "grant_type": "client_credentials", "scope": "https://management.azure.com/.default",
                "client_id": added["clientId"]?.stringValue ?? "",
                "client_secret": added["clientSecret"]?.stringValue ?? "",
            ]
            let token = await world.azure.entra.token(tenant: WorldFacts.tenant, form: form)
            let headers: Headers = ["Authorization": "Bearer \(token.body["access_token"]?.stringValue ?? "")"]
            let path = "\(AzureID.group(InitialWorld.nodeGroup))?api-version=2021-04-01"
            let read = await world.azure.manager.respond(to: SandboxRequest("GET", path, headers: headers))
            #expect(read.status == 200)
            let written = await world.azure.manager.respond(to: SandboxRequest("DELETE", path, headers: headers))
            #expect(written.status == 403)
            let unknown = await send(
                front, world, "POST", "world/service-principals", ["name": "x", "role": "Emperor"])
            #expect(unknown.status == 400)
        }
    }

    @Test func `a world that is opened again is the same`() async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-admin-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        let first = try await World.opened(in: directory, timing: Timing())
        let scaleSet = await first.store.list(ScaleSets.collection).map(\.value)
        let second = try await World.opened(in: directory, timing: Timing())
        #expect(second.facts.deployerSecret == first.facts.deployerSecret)
        #expect(await second.store.list(ScaleSets.collection).map(\.value) == scaleSet)
        #expect(try second.authority.certificate() == first.authority.certificate())
    }
}
