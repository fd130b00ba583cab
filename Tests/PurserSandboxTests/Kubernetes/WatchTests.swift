import Testing

@testable import PurserSandbox

@Suite struct WatchTests {
    private static let maps = "/api/v1/namespaces/default/configmaps"

    /// The first lines of a watch; there must be as many.
    private func lines(_ cluster: ClusterFixture, _ query: String, count: Int) async throws -> [JSON] {
        let response = await cluster.world.api.respond(
            to: SandboxRequest(
                "GET", "\(Self.maps)?watch=true&\(query)",
                headers: ["Authorization": "Bearer \(ClusterFixture.token)"]))
        guard case .stream(let stream) = response.body else { return [] }
        var lines: [JSON] = []
        for await bytes in stream {
            lines.append(try JSON(parsing: bytes))
            if lines.count == count { break }
        }
        return lines
    }

    private func summary(_ line: JSON) -> String {
        "\(line["type"]?.stringValue ?? "") \(line["object"]?.objectName ?? "")"
    }

    private func version(_ cluster: ClusterFixture) async -> String {
        await cluster.get(Self.maps)[path: "metadata", "resourceVersion"]?.stringValue ?? ""
    }

    @Test func `changes since a version come in their order`() async throws {
        try await ClusterFixture.with { cluster in
            let start = await version(cluster)
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m"], "data": ["a": "1"]])
            await cluster.send("PATCH", "\(Self.maps)/m", ["data": ["a": "2"]], type: "application/merge-patch+json")
            await cluster.send("DELETE", "\(Self.maps)/m")
            let seen = try await lines(cluster, "resourceVersion=\(start)", count: 3)
            #expect(seen.map(summary) == ["ADDED m", "MODIFIED m", "DELETED m"])
        }
    }

    @Test func `an object that no longer matches the selector is deleted for its watcher`() async throws {
        try await ClusterFixture.with { cluster in
            let start = await version(cluster)
            await cluster.send("POST", Self.maps, ["metadata": ["name": "m", "labels": ["a": "1"]]])
            await cluster.send(
                "PATCH", "\(Self.maps)/m", ["metadata": ["labels": ["a": "2"]]], type: "application/merge-patch+json")
            let seen = try await lines(cluster, "labelSelector=a%3D1&resourceVersion=\(start)", count: 2)
            #expect(seen.map(summary) == ["ADDED m", "DELETED m"])
        }
    }

    @Test func `a forgotten version is told as expired`() async throws {
        try await ClusterFixture.with { cluster in
            let again = try cluster.restarted()
            await again.send("POST", Self.maps, ["metadata": ["name": "m"]])
            let seen = try await lines(again, "resourceVersion=1", count: 1)
            #expect(seen.first?["type"] == "ERROR")
            #expect(seen.first?[path: "object", "code"] == 410)
        }
    }

    @Test func `initial events end with a bookmark that says so`() async throws {
        try await ClusterFixture.with { cluster in
            let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            let seen = try await lines(cluster, query, count: 2)
            #expect(seen.map(summary) == ["ADDED kube-root-ca.crt", "BOOKMARK "])
            #expect(
                seen.last?[path: "object", "metadata", "annotations"] == ["k8s.io/initial-events-end": "true"])
        }
    }

    @Test func `a watch with a time limit ends by itself`() async throws {
        try await ClusterFixture.with { cluster in
            let seen = try await lines(cluster, "timeoutSeconds=0&allowWatchBookmarks=true", count: 9)
            #expect(seen.last?["type"] == "BOOKMARK")
        }
    }
}
