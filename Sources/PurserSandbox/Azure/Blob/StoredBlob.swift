import Foundation

/// A blob as the world keeps it.
struct StoredBlob: Sendable {
    enum Kind: String, Sendable {
        case block = "BlockBlob"
        case append = "AppendBlob"
    }

    var kind: Kind
    var content: [UInt8]
    var contentType: String
    var metadata: [String: String] = [:]
    /// With its quotes.
    var etag = ""
    /// Seconds since 1970.
    var modified = 0.0
    /// Blocks of an append blob.
    var blocks = 0
    var lease: BlobLease?

    init(kind: Kind, content: [UInt8], contentType: String) {
        self.kind = kind
        self.content = content
        self.contentType = contentType
    }

    init?(_ document: JSON) {
        guard let kind = document["type"]?.stringValue.flatMap(Kind.init) else { return nil }
        self.kind = kind
        content =
            document["text"]?.stringValue.map { Array($0.utf8) }
            ?? document["base64"]?.stringValue.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) } ?? []
        contentType = document["contentType"]?.stringValue ?? "application/octet-stream"
        metadata = (document["metadata"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        etag = document["etag"]?.stringValue ?? ""
        modified = document["modified"]?.numberValue ?? 0
        blocks = document["blocks"]?.intValue ?? 0
        lease = document["lease"].flatMap(BlobLease.init)
    }

    var document: JSON {
        var document: JSON = [
            "type": .string(kind.rawValue), "contentType": .string(contentType), "etag": .string(etag),
            "modified": .double(modified), "blocks": .int(blocks),
            "metadata": .object(metadata.mapValues { .string($0) }),
        ]
        if let text = String(validating: content, as: UTF8.self) {
            document["text"] = .string(text)
        } else {
            document["base64"] = .string(Data(content).base64EncodedString())
        }
        document["lease"] = lease?.document
        return document
    }

    /// Notes that it was written.
    mutating func touch(at now: Double, in store: isolated Store) throws {
        let number = String(try store.nextNumber("blobs"), radix: 16, uppercase: true)
        etag = "\"0x8DE\(String(repeating: "0", count: max(0, 12 - number.count)))\(number)\""
        modified = now
        // A write ends what is left of a lease that is over.
        if lease?.isOver(at: now) == true { lease = nil }
    }

    func headers(at now: Double) -> Headers {
        var headers: Headers = [
            "ETag": etag, "Last-Modified": Date(timeIntervalSince1970: modified).httpText,
            "x-ms-blob-type": kind.rawValue, "x-ms-server-encrypted": "true",
            "x-ms-lease-state": BlobLease.state(of: lease, at: now).rawValue,
            "x-ms-lease-status": BlobLease.isLocking(lease, at: now) ? "locked" : "unlocked",
        ]
        if kind == .append { headers["x-ms-blob-committed-block-count"] = "\(blocks)" }
        if let lease, BlobLease.isLocking(lease, at: now) {
            headers["x-ms-lease-duration"] = lease.seconds < 0 ? "infinite" : "fixed"
        }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { headers["x-ms-meta-\(name)"] = value }
        return headers
    }
}

extension Date {
    /// As RFC 9110 writes times in headers.
    var httpText: String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: self)
    }
}
