#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `read(2)`, whose name the type below uses for something else.
private func readBytes(_ descriptor: Int32, into chunk: inout [UInt8]) -> Int {
    read(descriptor, &chunk, chunk.count)
}

extension SourceFile {
    /// Reads a file of UTF-8 text, with or without a byte order mark.
    ///
    /// A file that is larger than `limitBytes` is refused by its size, and one whose size the system does not tell is
    /// read no further than that: memory stays bounded whatever the file is.
    package static func read(path: String, limitBytes: Int = 4 * 1024 * 1024) throws(Diagnostics) -> SourceFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, reason: systemReason()) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, path: path, limitBytes: limitBytes)
    }

    /// As `read(path:limitBytes:)`, from a descriptor that is open already, such as standard input.
    package static func read(
        descriptor: Int32, path: String, limitBytes: Int
    ) throws(Diagnostics) -> SourceFile {
        let size = try size(of: descriptor, path: path)
        guard size <= limitBytes else { throw tooLarge(path, limitBytes: limitBytes) }
        let bytes = try contents(of: descriptor, path: path, limitBytes: limitBytes)
        return SourceFile(path: path, text: try text(of: bytes, path: path))
    }

    static func tooLarge(_ path: String, limitBytes: Int) -> Diagnostics {
        Diagnostics(
            .fileTooLarge,
            "'\(path)' is larger than \(limitBytes) bytes, the most that is read of one file",
            hint: "split the environment: every '*.yaml' of its directory is read")
    }

    /// The text of a file's bytes.
    ///
    /// - Throws: a diagnostic with the place of the first byte that is not UTF-8.
    static func text(of bytes: [UInt8], path: String) throws(Diagnostics) -> String {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw Diagnostics(
                .wrongEncoding, "'\(path)' is UTF-16, and only UTF-8 is read", hint: "save the file as UTF-8")
        }
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let valid = validPrefix(of: bytes)
        let place = SourceFile(path: path, text: valid).location(ofByte: valid.utf8.count)
        throw Diagnostics(
            .wrongEncoding, "the file is not UTF-8 text",
            at: SourceRange(at: place),
            hint: "save the file as UTF-8; what stands before this place is in order")
    }

    /// The longest beginning that is UTF-8, without a byte order mark.
    private static func validPrefix(of bytes: [UInt8]) -> String {
        var decoder = UTF8()
        var source = bytes.makeIterator()
        var text = String.UnicodeScalarView()
        while case .scalarValue(let scalar) = decoder.decode(&source) {
            text.append(scalar)
        }
        if text.first == "\u{FEFF}" { text.removeFirst() }
        return String(text)
    }

    private static func size(of descriptor: Int32, path: String) throws(Diagnostics) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, reason: systemReason()) }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO, S_IFCHR, S_IFSOCK: return Int(status.st_size)
        case S_IFDIR: throw unreadable(path, reason: "it is a directory")
        default: throw unreadable(path, reason: "it is not a regular file")
        }
    }

    private static func contents(
        of descriptor: Int32, path: String, limitBytes: Int
    ) throws(Diagnostics) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = readBytes(descriptor, into: &chunk)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw unreadable(path, reason: systemReason())
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= limitBytes else { throw tooLarge(path, limitBytes: limitBytes) }
        }
    }

    private static func unreadable(_ path: String, reason: String) -> Diagnostics {
        Diagnostics(.unreadableFile, "cannot read '\(path)': \(reason)")
    }

    /// What the last system call of this thread complains of, in the system's words.
    private static func systemReason() -> String {
        let number = errno
        return strerror(number).map { String(cString: $0).lowercased() } ?? "error \(number)"
    }
}
