import PurserSyntax

extension [YAMLEntry] {
    /// The deepest node that a path such as `objects[0].secret` or `data["tls.key"]` leads to, and how much of the path
    /// is left there; nil if not even its first part is written. A key that holds dots may be quoted, and need not be.
    func deepest(along path: Substring) -> (node: YAMLNode, left: Int)? {
        var best: (node: YAMLNode, left: Int)?
        for entry in self {
            guard let rest = path.rest(after: entry.name) else { continue }
            let found = entry.value.deepest(along: rest)
            if let known = best, known.left <= found.left { continue }
            best = found
        }
        return best
    }
}

extension YAMLNode {
    fileprivate func deepest(along path: Substring) -> (node: YAMLNode, left: Int) {
        let here = (node: self, left: path.utf8.count)
        switch content {
        case .scalar: return here
        case .mapping(let entries): return entries.deepest(along: path) ?? here
        case .sequence(let nodes):
            guard let (index, rest) = path.index, nodes.indices.contains(index) else { return here }
            return nodes[index].deepest(along: rest)
        }
    }
}

extension Substring {
    /// What follows a key at the beginning of this path: `key`, `.key` or `["key"]`.
    fileprivate func rest(after key: String) -> Substring? {
        let isQuoted = utf8.starts(with: "[\"".utf8)
        var rest = isQuoted ? utf8.dropFirst(2) : utf8.first == UInt8(ascii: ".") ? utf8.dropFirst() : utf8
        guard rest.starts(with: key.utf8) else { return nil }
        rest = rest.dropFirst(key.utf8.count)
        if isQuoted { return rest.starts(with: "\"]".utf8) ? Substring(rest.dropFirst(2)) : nil }
        let ends = rest.first.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") } ?? true
        return ends ? Substring(rest) : nil
    }

    /// The number at the beginning of a path like `[2].name`, and what follows it.
    fileprivate var index: (Int, Substring)? {
        guard first == "[", let end = firstIndex(of: "]"), let index = Int(self[..<end].dropFirst()) else { return nil }
        return (index, self[self.index(after: end)...])
    }
}
