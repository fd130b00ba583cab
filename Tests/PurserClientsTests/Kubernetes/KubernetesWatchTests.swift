import PurserTestSupport
import Testing

@testable import PurserClients

struct KubernetesWatchTests {
    static let pods = ResourcePath(version: "v1", resource: "pods", namespace: "infra")
    static let list = "GET https://k.test/api/v1/namespaces/infra/pods?limit=500\n<<<\n200\n\n"

    private static func watch(from version: String, _ answer: String) -> String {
        "===\nGET https://k.test/api/v1/namespaces/infra/pods?watch=true&allowWatchBookmarks=true"
            + "&resourceVersion=\(version)&timeoutSeconds=300\n<<<\n\(answer)\n"
    }

    private static func line(_ type: String, _ name: String, _ version: String) -> String {
        #"{"type":"\#(type)","object":{"metadata":{"name":"\#(name)","resourceVersion":"\#(version)"}}}"#
    }

    private static func object(_ name: String, _ version: String) -> JSONValue {
        ["metadata": ["name": .string(name), "resourceVersion": .string(version)]]
    }

    /// All events up to the end of the script, and the error that the end gives.
    private func events(_ script: String) async throws -> ([WatchEvent], ServiceError?, ReplayTransport) {
        let replay = try ReplayTransport(script + Self.watch(from: "END", "403"))
        var events: [WatchEvent] = []
        do {
            for try await event in KubernetesClientTests.client(replay).watch(Self.pods) { events.append(event) }
            return (events, nil, replay)
        } catch {
            return (events, error as? ServiceError, replay)
        }
    }

    @Test func `a watch starts where the list ends and goes on after the stream ends`() async throws {
        let script =
            Self.list + #"{"metadata":{"resourceVersion":"5"},"items":[{"n":1}]}"# + "\n"
            + Self.watch(
                from: "5",
                "200\n\n"
                    + [
                        Self.line("ADDED", "a", "6"), Self.line("MODIFIED", "a", "7"), Self.line("BOOKMARK", "", "9"),
                    ].joined(separator: "\n"))
            + Self.watch(from: "9", "reset")
            + Self.watch(from: "9", "503")
            + Self.watch(from: "9", "200\n\n" + Self.line("DELETED", "a", "END"))
        let (events, error, replay) = try await events(script)
        #expect(
            events == [
                .listed([["n": 1]]), .added(Self.object("a", "6")), .modified(Self.object("a", "7")),
                .deleted(Self.object("a", "END")),
            ])
        #expect(error?.status == 403)
        replay.expectFinished()
    }

    @Test(arguments: [
        "410", #"200\#n\#n{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#,
    ])
    func `a forgotten version is listed anew`(answer: String) async throws {
        let script =
            Self.list + #"{"metadata":{"resourceVersion":"5"},"items":[]}"# + "\n"
            + Self.watch(from: "5", answer) + "===\n"
            + Self.list + #"{"metadata":{"resourceVersion":"END"},"items":[{"n":2}]}"# + "\n"
        let (events, _, replay) = try await events(script)
        #expect(events == [.listed([]), .listed([["n": 2]])])
        replay.expectFinished()
    }

    @Test func `a torn line is read again from the last good version`() async throws {
        let script =
            Self.list + #"{"metadata":{"resourceVersion":"5"},"items":[]}"# + "\n"
            + Self.watch(from: "5", "200\n\n" + Self.line("ADDED", "a", "6") + "\n{\"type\":\"MODI")
            + Self.watch(from: "6", "200\n\n" + Self.line("MODIFIED", "a", "END"))
        let (events, _, replay) = try await events(script)
        #expect(events == [.listed([]), .added(Self.object("a", "6")), .modified(Self.object("a", "END"))])
        replay.expectFinished()
    }

    @Test func `an error within the stream is told`() async throws {
        let script =
            Self.list + #"{"metadata":{"resourceVersion":"5"},"items":[]}"# + "\n"
            + Self.watch(
                from: "5",
                "200\n\n" + #"{"type":"ERROR","object":{"code":403,"reason":"Forbidden","message":"no"}}"#)
        let replay = try ReplayTransport(script)
        let error = await #expect(throws: ServiceError.self) {
            for try await _ in KubernetesClientTests.client(replay).watch(Self.pods) {}
        }
        #expect(error?.code == "Forbidden")
    }

    private static let named = pods.named("a")
    private static let namedList =
        "GET https://k.test/api/v1/namespaces/infra/pods?fieldSelector=metadata.name%3Da&limit=500\n<<<\n200\n\n"
    private static func namedWatch(_ answer: String) -> String {
        "===\nGET https://k.test/api/v1/namespaces/infra/pods?fieldSelector=metadata.name%3Da&watch=true"
            + "&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=300\n<<<\n\(answer)\n"
    }

    @Test func `a wait ends with the first object that fits`() async throws {
        let script =
            Self.namedList + #"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a"}}]}"# + "\n"
            + Self.namedWatch("200\n\n" + Self.line("MODIFIED", "a", "6") + "\n" + Self.line("MODIFIED", "a", "7"))
        let client = KubernetesClientTests.client(try ReplayTransport(script), clock: ManualClock(automatic: false))
        let found = try await client.wait(for: Self.named, timeout: .seconds(60)) { (object) throws(ServiceError) in
            object?.at("metadata", "resourceVersion") == "7"
        }
        #expect(found == Self.object("a", "7"))
    }

    @Test func `a predicate may end the wait by an error`() async throws {
        let script =
            Self.namedList + #"{"metadata":{"resourceVersion":"5"},"items":[]}"# + "\n" + Self.namedWatch("200")
        let client = KubernetesClientTests.client(try ReplayTransport(script), clock: ManualClock(automatic: false))
        let error = await #expect(throws: ServiceError.self) {
            try await client.wait(for: Self.named, timeout: .seconds(60)) { (_) throws(ServiceError) in
                throw ServiceError(service: .kubernetes, code: "FailedMount", message: "no such secret")
            }
        }
        #expect(error?.code == "FailedMount")
    }

    @Test func `a wait ends when its time is up`() async throws {
        let clock = ManualClock(automatic: false)
        let script =
            Self.namedList + #"{"metadata":{"resourceVersion":"5"},"items":[]}"# + "\n" + Self.namedWatch("200")
        let client = KubernetesClientTests.client(try ReplayTransport(script), clock: clock)
        let waiting = Task {
            await #expect(throws: ServiceError.self) {
                try await client.wait(for: Self.named, timeout: .milliseconds(400)) { (object) throws(ServiceError) in
                    object != nil
                }
            }
        }
        await clock.sleepers(2)
        clock.advance(by: .milliseconds(400))
        let error = await waiting.value
        #expect(error?.isTimeout == true)
        #expect(error?.message == "pods/a in namespace infra did not reach the awaited state within 0.4 seconds")
    }

    @Test func `gone means absent, or another in its place`() async throws {
        let other =
            Self.namedList + #"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a","uid":"2"}}]}"#
            + "\n" + Self.namedWatch("200")
        let clock = ManualClock(automatic: false)
        let client = KubernetesClientTests.client(try ReplayTransport(other), clock: clock)
        try await client.waitUntilGone(Self.named, uid: "1", timeout: .seconds(1))
        let deleted =
            Self.namedList + #"{"metadata":{"resourceVersion":"5"},"items":[{"metadata":{"name":"a","uid":"1"}}]}"#
            + "\n" + Self.namedWatch("200\n\n" + Self.line("DELETED", "a", "6"))
        try await KubernetesClientTests.client(try ReplayTransport(deleted), clock: clock)
            .waitUntilGone(Self.named, timeout: .seconds(1))
    }
}
