import Foundation
import SystemPackage
import Testing

@testable import PurserSandbox

@Suite struct VolumeDirectoryTests {
    private static let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func with(_ body: (VolumeDirectory) throws -> Void) rethrows {
        let path = FilePath(FileManager.default.temporaryDirectory.path).appending("volume-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: path.string) }
        try body(VolumeDirectory(path: path))
    }

    private func file(_ text: String, mode: UInt32 = 0o644) -> VolumeDirectory.File {
        VolumeDirectory.File(mode: mode, bytes: Array(text.utf8))
    }

    private func link(_ directory: VolumeDirectory, _ name: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: directory.path.appending(name).string)
    }

    @Test func `names on top link through data, and modes are as asked`() throws {
        try with { directory in
            #expect(try directory.write(["a": file("1", mode: 0o600), "dir/b": file("2")], at: Self.now))
            #expect(link(directory, "a") == "..data/a")
            #expect(link(directory, "dir") == "..data/dir")
            #expect(link(directory, "..data")?.hasPrefix("..2027_01_15_08_00_00.") == true)
            #expect(directory.contents().mapValues { String(decoding: $0, as: UTF8.self) } == ["a": "1", "dir/b": "2"])
            let real = directory.path.appending("..data").appending("a").string
            let mode = try FileManager.default.attributesOfItem(atPath: real)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `equal content is not written again, even with another mode`() throws {
        try with { directory in
            try directory.write(["a": file("1")], at: Self.now)
            let before = link(directory, "..data")
            #expect(try !directory.write(["a": file("1", mode: 0o600)], at: Self.now))
            #expect(link(directory, "..data") == before)
        }
    }

    @Test func `an update swaps everything and leaves nothing of the former`() throws {
        try with { directory in
            try directory.write(["a": file("1"), "b": file("1")], at: Self.now)
            try directory.write(["a": file("2")], at: Self.now)
            #expect(directory.contents() == ["a": Array("2".utf8)])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path.string)
            #expect(names.count == 3, "\(names)")
        }
    }

    @Test func `a file and a directory of one name fail and leave what was there`() throws {
        try with { directory in
            try directory.write(["a": file("1")], at: Self.now)
            #expect(throws: VolumeDirectory.Problem.self) {
                try directory.write(["conf": file("1"), "conf/db": file("2")], at: Self.now)
            }
            #expect(directory.contents() == ["a": Array("1".utf8)])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path.string)
            #expect(names.count == 3, "\(names)")
        }
    }
}
