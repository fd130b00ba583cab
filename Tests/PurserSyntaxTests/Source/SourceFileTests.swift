import Foundation
import PurserSyntax
import Testing

@Suite struct SourceFileTests {
    @Test func `lines are found under every line break that libyaml knows`() {
        let file = SourceFile(path: "a.yaml", text: "one\ntwo\r\nthree\rfour\u{85}five\u{2028}six\u{2029}\n")
        #expect(
            (1...8).map { file.line($0).map(String.init) } == ["one", "two", "three", "four", "five", "six", "", ""])
        #expect(file.line(0) == nil)
        #expect(file.line(9) == nil)
        #expect(file.lineCount == 8)
    }

    @Test func `an empty file has one empty line`() {
        #expect(SourceFile(path: "a.yaml", text: "").line(1) == "")
    }

    @Test func `a byte order mark belongs to no line`() {
        let file = SourceFile(path: "a.yaml", text: "\u{FEFF}a: 1\n")
        #expect(file.line(1) == "a: 1")
        #expect(file.text.utf8.count == 5)
    }

    @Test func `columns count scalars and byte offsets count UTF-8`() {
        let file = SourceFile(path: "a.yaml", text: "é: 1\n名前: 👩🏽\n")
        let place = SourceLocation(file: "a.yaml", line: 2, column: 5)
        #expect(file.byteOffset(of: place) == 6 + 8)
        #expect(file.location(ofByte: 14) == place)
        #expect(file.byteOffset(of: SourceLocation(file: "a.yaml", line: 9, column: 1)) == nil)
    }

    @Test func `every byte offset of a scalar goes there and back`() {
        let file = SourceFile(path: "a.yaml", text: "a\r\nöß\n\n\t名\u{301}x")
        var offset = 0
        for scalar in file.text.unicodeScalars {
            if scalar != "\n" || file.location(ofByte: offset).column == 1 {
                #expect(file.byteOffset(of: file.location(ofByte: offset)) == offset)
            }
            offset += UTF8.width(scalar)
        }
    }

    @Test func `a range cannot end before it starts`() {
        let late = SourceLocation(file: "a", line: 2, column: 1)
        let early = SourceLocation(file: "a", line: 1, column: 9)
        #expect(SourceRange(start: late, end: early).end == late)
    }
}

@Suite struct SourceFileReadingTests {
    private func read(_ bytes: [UInt8], limitBytes: Int = 1_000) throws -> SourceFile {
        try withFile(Data(bytes)) { try SourceFile.read(path: $0, limitBytes: limitBytes) }
    }

    private func withFile<Result>(_ data: Data, _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "purser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = directory.appending(path: "spec.yaml")
        try data.write(to: file)
        return try body(file.path(percentEncoded: false))
    }

    private func problem(_ bytes: [UInt8], limitBytes: Int = 1_000) throws -> Diagnostic {
        let thrown = #expect(throws: Diagnostics.self) { try read(bytes, limitBytes: limitBytes) }
        return try #require(thrown?.items.first)
    }

    @Test func `a file is read with or without a byte order mark`() throws {
        #expect(try read(Array("a: ü\n".utf8)).text == "a: ü\n")
        #expect(try read([0xEF, 0xBB, 0xBF] + Array("a: ü\n".utf8)).text == "a: ü\n")
    }

    @Test func `a file at the limit is read and one above is refused`() throws {
        #expect(try read(Array("a: 12".utf8), limitBytes: 5).text == "a: 12")
        #expect(try problem(Array("a: 123".utf8), limitBytes: 5).code.rawValue == "syntax/file-too-large")
    }

    @Test func `a file of 50 MB is refused by its size`() throws {
        try withFile(Data()) { path in
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.truncate(atOffset: 50_000_000)
            let thrown = #expect(throws: Diagnostics.self) { try SourceFile.read(path: path) }
            #expect(thrown?.items.first?.code.rawValue == "syntax/file-too-large")
        }
    }

    @Test func `a device without an end is read no further than the limit`() throws {
        let thrown = #expect(throws: Diagnostics.self) { try SourceFile.read(path: "/dev/zero", limitBytes: 100_000) }
        #expect(thrown?.items.first?.code.rawValue == "syntax/file-too-large")
    }

    @Test(arguments: [[0xFF, 0xFE, 0x61, 0x00], [0xFE, 0xFF, 0x00, 0x61]] as [[UInt8]])
    func `UTF-16 is named as what it is`(_ bytes: [UInt8]) throws {
        let problem = try problem(bytes)
        #expect(problem.code.rawValue == "syntax/wrong-encoding")
        #expect(problem.message.contains("UTF-16"))
    }

    @Test func `the first byte that is not UTF-8 has a place`() throws {
        let problem = try problem(Array("a: 1\nbü: x".utf8) + [0xE9] + Array("y\n".utf8))
        #expect(problem.code.rawValue == "syntax/wrong-encoding")
        #expect(problem.range?.start.line == 2)
        #expect(problem.range?.start.column == 6)
    }

    @Test(arguments: ["/nowhere/spec.yaml", "/"])
    func `what cannot be read says why`(_ path: String) {
        let thrown = #expect(throws: Diagnostics.self) { try SourceFile.read(path: path) }
        let reason = path == "/" ? "it is a directory" : "no such file or directory"
        #expect(thrown?.items.first?.code.rawValue == "syntax/unreadable-file")
        #expect(thrown?.items.first?.message == "cannot read '\(path)': \(reason)")
    }
}
