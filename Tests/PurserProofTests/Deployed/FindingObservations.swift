import Foundation
import PurserProof
import PurserSyntax
import SystemPackage
import Testing

@testable import PurserSandbox

/// What is to be seen of findings that no event tells of.
enum FindingObservations {
    typealias Look = @Sendable (SceneWorld, Finding) async throws -> Void

    static let all: [DiagnosticCode: Look] = [
        .parameterNotText: { world, finding in
            let foretold = try #require(finding.providerMessage)
            #expect(world.refusals.contains { Tally.matches(foretold, $0) }, "\(world.refusals)")
            #expect(await !world.isRunning(world.scene.pods[0]))
        },
        .deprecatedVersion: { world, _ in
            let place = "/apis/secrets-store.csi.x-k8s.io/v1alpha1/namespaces/web/secretproviderclasses"
            let warnings = await world.cluster.warnings("GET", place)
            #expect(warnings.contains { $0.contains("v1alpha1 is deprecated") }, "\(warnings)")
            #expect(await world.isRunning(world.scene.pods[0]))
        },
        .fileMode: { world, _ in
            let pod = world.scene.pods[0]
            #expect(await world.mode(of: "db-password", pod) == 0)
            #expect(await world.mode(of: "shop-tls", pod) == 0o644)
        },
        .duplicateFile: { world, _ in
            let pod = world.scene.pods[0]
            let files = await world.files(try world.volume(of: pod), of: pod)
            #expect(Set(files.keys) == ["app-cert"])
        },
        .pinnedVersion: { world, _ in
            let pod = world.scene.pods[0]
            let volume = try world.volume(of: pod)
            let before = await world.files(volume, of: pod)
            try await world.rotate()
            let after = await world.files(volume, of: pod)
            #expect(before["app-secret"] != nil && before["app-secret"] == after["app-secret"])
            #expect(before["app-cert"] != after["app-cert"], "what is not pinned rotates")
        },
        .historyLength: { world, _ in
            for _ in 0..<5 { _ = await world.machine.secret("app-secret", ["again"], in: "csi-demo-keyvault") }
            try await world.rotate()
            let pod = world.scene.pods[0]
            let files = await world.files(try world.volume(of: pod), of: pod)
            #expect(files.keys.filter { $0.hasPrefix("app-secret/") }.count == 4, "\(files.keys)")
        },
        .objectExpired: { world, _ in
            let pod = world.scene.pods[0]
            #expect(await world.isRunning(pod))
            let volume = try world.volume(of: pod)
            #expect(await world.files(volume, of: pod)["app-secret"] != nil)
        },
        .unknownObjectField: { world, _ in
            #expect(await Set(world.files("kv", of: world.scene.pods[0]).keys) == ["db-password", "shop-tls"])
        },
        .secretTaken: { world, _ in
            let secret = await world.secret("shop-tls", in: "web")
            #expect(await world.isRunning(world.scene.pods[0]))
            #expect(Set((secret["data"]?.objectValue ?? [:]).keys) == ["note"])
            #expect(secret.objectLabels["secrets-store.csi.k8s.io/managed"] == nil)
        },
        .secretTypeConflict: { world, _ in
            let secret = await world.secret("app-cert", in: "infra")
            let types = world.scene.classes.flatMap(\.secretObjects).map(\.type)
            #expect(Set(types).count == 2)
            #expect(types.contains(secret["type"]?.stringValue ?? ""))
            let keys = Set((secret["data"]?.objectValue ?? [:]).keys)
            #expect(keys == ["tls.crt", "tls.key"] || keys == ["a"], "one class alone has its way: \(keys)")
        },
        .volumeNotMounted: { world, _ in
            let pod = world.scene.pods[0]
            #expect(await world.isRunning(pod))
            #expect(await world.files("kv", of: pod).isEmpty)
            #expect(await world.secret("shop-tls", in: "web")["kind"] != "Secret")
        },
        .overriddenParameter: { world, _ in
            let pod = world.scene.pods[0]
            let text = { (files: [String: [UInt8]]) in String(decoding: files["db-password"] ?? [], as: UTF8.self) }
            #expect(text(await world.files("kv", of: pod)) == "value of db-password in other-kv")
            for _ in 0..<3 { try await world.cluster.pass(seconds: 130) }
            #expect(text(await world.files("kv", of: pod)) == "value of db-password in shop-kv")
        },
        .unknownSubPath: { world, _ in
            let pod = world.scene.pods[0]
            #expect(await world.isRunning(pod))
            #expect(await world.files("kv", of: pod)["db-password"] != nil)
            #expect(world.seen(at: "mnt/kv", of: pod) == nil)
        },
        .subPathStaysOld: { world, _ in
            let pod = world.scene.pods[0]
            let before = try #require(world.seen(at: "mnt/app", of: pod))
            try await world.rotate()
            #expect(await world.files(try world.volume(of: pod), of: pod)["app-secret"] == Array("rotated".utf8))
            #expect(world.seen(at: "mnt/app", of: pod) == before && before != Array("rotated".utf8))
        },
        .variableStaysOld: { world, _ in
            let pod = world.scene.pods[0]
            let (before, started) = await (world.secret("app-cert", in: "infra")["data"], world.pod(pod)["status"])
            #expect(await world.isRunning(pod))
            try await world.rotate()
            #expect(await world.secret("app-cert", in: "infra")["data"] != before)
            #expect(await world.pod(pod)[path: "status", "containerStatuses"] == started?["containerStatuses"])
        },
    ]
}

extension SceneWorld {
    /// The name of the pod's first volume of the driver.
    func volume(of pod: PodDefinition) throws -> String {
        try #require(
            pod.volumes.first { volume in
                if case .files = volume.source { true } else { false }
            }
        ).name
    }

    /// The mode that a file of the pod's first volume has.
    func mode(of file: String, _ definition: PodDefinition) async -> Int? {
        let place = cluster.files.volume("kv", of: await pod(definition)).path.appending(file)
        let resolved = URL(filePath: place.string).resolvingSymlinksInPath().path(percentEncoded: false)
        return try? FileManager.default.attributesOfItem(atPath: resolved)[.posixPermissions] as? Int
    }
}
