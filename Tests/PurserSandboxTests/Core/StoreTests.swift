import Foundation
import SystemPackage
import Testing

@testable import PurserSandbox

struct StoreTests {
    private func withDirectory(_ body: (FilePath) async throws -> Void) async throws {
        let directory = FilePath(NSTemporaryDirectory()).appending("purser-store-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: directory.string) }
        try await body(directory)
    }

    @Test(arguments: [
        "plain", "/subscriptions/x/resourceGroups/Demo", "a//b", "", "dots.json", "../escape", "ünïcode ☃", "%41",
        String(repeating: "long/", count: 200),
    ])
    func `a document comes back under any key`(_ key: String) async throws {
        try await withDirectory { directory in
            try await Store(directory: directory).put("some.things", key, ["value": 1])
            let again = try Store(directory: directory)
            #expect(await again.get("some.things", key) == ["value": 1])
            #expect(await again.list("some.things").map(\.key) == [key])
            try await again.remove("some.things", key)
            #expect(await (try Store(directory: directory)).list("some.things").isEmpty)
        }
    }

    @Test func `a key and one below it live side by side`() async throws {
        try await withDirectory { directory in
            let store = try Store(directory: directory)
            for key in ["a", "a/b", "a/b/c", "a.json/b"] { try await store.put("c", key, .string(key)) }
            let again = try Store(directory: directory)
            #expect(await again.list("c").map(\.key) == ["a", "a.json/b", "a/b", "a/b/c"])
            #expect(await again.list("c").allSatisfy { .string($0.key) == $0.value })
        }
    }

    @Test func `files are private`() async throws {
        try await withDirectory { directory in
            try await Store(directory: directory).put("c", "k/l", "v")
            var modes: Set<Int> = []
            let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.string)
            for path in paths {
                let attributes = try FileManager.default.attributesOfItem(atPath: directory.appending(path).string)
                let isDirectory = attributes[.type] as? FileAttributeType == .typeDirectory
                let mode = try #require(attributes[.posixPermissions] as? Int)
                #expect(mode == (isDirectory ? 0o700 : 0o600))
                modes.insert(mode)
            }
            #expect(modes == [0o700, 0o600])
        }
    }

    @Test func `numbers go on after a restart`() async throws {
        try await withDirectory { directory in
            let store = try Store(directory: directory)
            #expect(try await store.nextNumber("n") == 1)
            #expect(try await store.nextNumber("n") == 2)
            #expect(try await Store(directory: directory).nextNumber("n") == 3)
        }
    }

    @Test func `a file that is no document is named`() async throws {
        try await withDirectory { directory in
            try await Store(directory: directory).put("c", "k", "v")
            let file = directory.appending("c").appending("k.json")
            try Data("{".utf8).write(to: URL(fileURLWithPath: file.string))
            #expect {
                try Store(directory: directory)
            } throws: { error in
                "\(error)" == "\(file) holds no JSON document"
            }
        }
    }

    @Test func `only one process has a world`() async throws {
        try await withDirectory { directory in
            let lock = try WorldLock(directory: directory)
            #expect {
                _ = try WorldLock(directory: directory)
            } throws: { error in
                "\(error)" == "another process runs the world in \(directory)"
            }
            _ = consume lock
            _ = try WorldLock(directory: directory)
        }
    }
}

struct JSONTests {
    @Test(arguments: [
        #"{"a":[1,2.5,true,false,null,"x/y"],"b":{}}"#, "[]", #""☃""#, "-7", "1234567890123",
    ])
    func `a document keeps its meaning and its bytes`(_ text: String) throws {
        #expect(String(decoding: try JSON(parsing: Array(text.utf8)).bytes(), as: UTF8.self) == text)
    }

    @Test(arguments: ["", "{", "nul", "{\"a\":}"])
    func `what is no document is refused`(_ text: String) {
        #expect(throws: (any Error).self) { try JSON(parsing: Array(text.utf8)) }
    }

    @Test func `paths set and take away`() {
        var document: JSON = [:]
        document[path: "a", "b", "c"] = 1
        #expect(document == ["a": ["b": ["c": 1]]])
        document[path: "a", "b", "c"] = nil
        #expect(document == ["a": ["b": [:]]])
        document[path: "x", "y"] = nil
        #expect(document == ["a": ["b": [:]]])
    }
}

struct SandboxRequestTests {
    @Test func `a target is taken apart`() {
        let request = SandboxRequest(
            "GET", "//Sub%20Path/x/?$filter=name%20eq+'a'&Api-Version=1&empty", authority: "LOCALHOST:8443",
            headers: ["X-One": "1"])
        #expect(request.segments == ["Sub Path", "x"])
        #expect(request[query: "$FILTER"] == "name eq 'a'")
        #expect(request[query: "api-version"] == "1")
        #expect(request[query: "empty"] == "")
        #expect(request.host == "localhost")
        #expect(request.headers["x-one"] == "1")
    }
}
