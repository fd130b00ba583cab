import Foundation
import SystemPackage

/// The sandbox's world on disk: collections of JSON documents, one file per document, all held in memory and written
/// through. A document appears or changes by one rename, so that a killed process leaves every document whole.
///
/// Files have mode 0600 and directories 0700: vaults' contents are among them.
actor Store {
    private let directory: FilePath
    private var collections: [String: [String: JSON]] = [:]
    private var temporaryNumber = 0

    /// Loads the world that lies in `directory`, or begins an empty one there.
    /// - Throws: a `StoreError` naming the file that cannot be read or does not hold JSON.
    init(directory: FilePath) throws {
        self.directory = directory
        try PrivateFiles.makeDirectory(directory)
        for collection in try PrivateFiles.entries(of: directory) where !collection.contains(".") {
            collections[StoreKey.decoded(collection)] = try Self.documents(in: directory.appending(collection))
        }
    }

    func get(_ collection: String, _ key: String) -> JSON? {
        collections[collection]?[key]
    }

    /// The documents of a collection, sorted by key.
    func list(_ collection: String) -> [(key: String, value: JSON)] {
        (collections[collection] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func put(_ collection: String, _ key: String, _ value: JSON) throws {
        guard get(collection, key) != value else { return }
        let path = StoreKey.path(of: key, in: directory.appending(StoreKey.encoded(collection)))
        try PrivateFiles.makeDirectory(path.removingLastComponent())
        temporaryNumber += 1
        let temporary = directory.appending(".write-\(temporaryNumber)")
        try PrivateFiles.replace(path, with: value.bytes(), temporary: temporary)
        collections[collection, default: [:]][key] = value
    }

    /// Succeeds if the document is already absent.
    func remove(_ collection: String, _ key: String) throws {
        guard get(collection, key) != nil else { return }
        try PrivateFiles.remove(StoreKey.path(of: key, in: directory.appending(StoreKey.encoded(collection))))
        collections[collection]?[key] = nil
    }

    /// The next number of a counter, starting at 1; never the same one twice, restarts included.
    func nextNumber(_ counter: String) throws -> Int {
        let next = (get("counters", counter)?.intValue ?? 0) + 1
        try put("counters", counter, .int(next))
        return next
    }

    /// Runs `body` without anybody else in between: what it reads is still so when it writes.
    func transaction<Result: Sendable>(
        _ body: @Sendable (isolated Store) throws -> Result
    ) rethrows -> Result {
        try body(self)
    }

    private static func documents(in folder: FilePath) throws -> [String: JSON] {
        var documents: [String: JSON] = [:]
        var folders: [(path: FilePath, prefix: String)] = [(folder, "")]
        while let (path, prefix) = folders.popLast() {
            for entry in try PrivateFiles.entries(of: path) {
                guard let name = StoreKey.documentName(entry) else {
                    folders.append((path.appending(entry), prefix + StoreKey.decoded(entry) + "/"))
                    continue
                }
                let file = path.appending(entry)
                guard let document = try? JSON(parsing: PrivateFiles.contents(of: file)) else {
                    throw StoreError.notJSON(file)
                }
                documents[prefix + name] = document
            }
        }
        return documents
    }
}

enum StoreError: Error, CustomStringConvertible {
    case notJSON(FilePath)
    case cannot(String, FilePath, errno: Int32)

    var description: String {
        switch self {
        case .notJSON(let file): "\(file) holds no JSON document"
        case .cannot(let action, let file, let number): "cannot \(action) \(file): \(Errno(rawValue: number))"
        }
    }
}

/// How a document's key becomes a path. Each part between slashes is a file name of its own, because an Azure
/// resource id is longer than the 255 bytes that a file name may have. Whatever is not a letter, digit, `-` or `_`
/// is percent-encoded, so that only a document's file name contains a dot.
private enum StoreKey {
    private static let suffix = ".json"
    private static let plain = CharacterSet(charactersIn: "-_").union(
        CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z"))
            .union(CharacterSet(charactersIn: "0"..."9")))

    static func path(of key: String, in folder: FilePath) -> FilePath {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false).map { encoded(String($0)) }
        return folder.appending(parts.dropLast().map { FilePath.Component($0) ?? "%" })
            .appending((parts.last ?? "") + suffix)
    }

    /// An empty part is a lone percent sign, which no encoding yields.
    static func encoded(_ part: String) -> String {
        part.isEmpty ? "%" : part.addingPercentEncoding(withAllowedCharacters: plain) ?? "%"
    }

    static func decoded(_ name: String) -> String {
        name == "%" ? "" : name.removingPercentEncoding ?? name
    }

    static func documentName(_ entry: String) -> String? {
        entry.hasSuffix(suffix) ? decoded(String(entry.dropLast(suffix.count))) : nil
    }
}
