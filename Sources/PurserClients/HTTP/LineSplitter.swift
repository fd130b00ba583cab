/// Cuts a stream of bytes into lines, whatever the chunks.
struct LineSplitter {
    let longestLine: Int
    private var pending: [UInt8] = []

    init(longestLine: Int) { self.longestLine = longestLine }

    /// The lines that the chunk completes, without line feeds and without empty ones.
    mutating func lines(adding chunk: some Collection<UInt8>) throws(TransportError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = chunk[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            pending += rest[..<end]
            if !pending.isEmpty { lines.append(pending) }
            pending = []
            rest = rest[rest.index(after: end)...]
        }
        pending += rest
        guard pending.count <= longestLine else {
            throw TransportError(.tooLarge, requestMayHaveBeenSent: true, detail: "a line exceeds \(longestLine) bytes")
        }
        return lines
    }

    /// What came after the last line feed.
    var rest: [UInt8]? { pending.isEmpty ? nil : pending }
}
