import Foundation

/// The blobs of a container, in one page. Source: Azure REST reference, Blob service, "List Blobs".
struct BlobList: Sendable {
    let request: SandboxRequest
    let containerKey: String
    let now: Double

    func response(in store: isolated Store) -> SandboxResponse {
        let prefix = request[query: "prefix"] ?? ""
        let delimiter = request[query: "delimiter"].flatMap { $0.isEmpty ? nil : $0 }
        var entries: [String] = []
        var folders: Set<String> = []
        for (key, document) in store.list(StorageAccounts.blobs) where key.hasPrefix("\(containerKey)/") {
            let name = String(key.dropFirst(containerKey.count + 1))
            guard name.hasPrefix(prefix), let blob = StoredBlob(document) else { continue }
            let rest = name.dropFirst(prefix.count)
            if let delimiter, let end = rest.firstRange(of: delimiter) {
                let folder = prefix + rest[..<end.upperBound]
                if folders.insert(folder).inserted {
                    entries.append("<BlobPrefix><Name>\(XMLText.escaped(folder))</Name></BlobPrefix>")
                }
            } else {
                entries.append(entry(name, blob))
            }
        }
        let text =
            "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://"
            + "\(request.host)/\" ContainerName=\"\(XMLText.escaped(request.segments.first ?? ""))\"><Prefix>"
            + "\(XMLText.escaped(prefix))</Prefix><Blobs>\(entries.joined())</Blobs><NextMarker /></EnumerationResults>"
        return SandboxResponse(
            status: 200, headers: ["Content-Type": "application/xml"], body: .bytes(Array(text.utf8)))
    }

    private func entry(_ name: String, _ blob: StoredBlob) -> String {
        let state = BlobLease.state(of: blob.lease, at: now).rawValue
        let status = BlobLease.isLocking(blob.lease, at: now) ? "locked" : "unlocked"
        return "<Blob><Name>\(XMLText.escaped(name))</Name><Properties><Last-Modified>"
            + "\(Date(timeIntervalSince1970: blob.modified).httpText)</Last-Modified><Etag>"
            + "\(blob.etag.replacing("\"", with: ""))</Etag><Content-Length>\(blob.content.count)</Content-Length>"
            + "<Content-Type>\(XMLText.escaped(blob.contentType))</Content-Type><BlobType>\(blob.kind.rawValue)"
            + "</BlobType><LeaseStatus>\(status)</LeaseStatus><LeaseState>\(state)</LeaseState></Properties></Blob>"
    }
}
