/// What a document may cost. Whatever the input, parsing ends within these bounds with a tree or with diagnostics.
package struct YAMLLimits: Sendable, Hashable {
    /// Size of the text in UTF-8 bytes.
    package var bytes: Int
    /// Levels of lists and mappings within each other, after aliases are expanded.
    package var depth: Int
    /// Nodes that the text itself holds.
    package var nodes: Int
    /// Nodes that aliases and merge keys add, beside one for every eight bytes of text. Long scalars count for several.
    package var aliasedNodes: Int
    /// Problems that are reported in full.
    package var problems: Int
    /// Documents of a stream. A spec is one document, whatever this says.
    package var documents: Int

    package init(
        bytes: Int = 4 * 1024 * 1024,
        depth: Int = 64,
        nodes: Int = 1_000_000,
        aliasedNodes: Int = 100_000,
        problems: Int = 100,
        documents: Int = 50_000
    ) {
        self.bytes = bytes
        self.depth = depth
        self.nodes = nodes
        self.aliasedNodes = aliasedNodes
        self.problems = problems
        self.documents = documents
    }

    package static let `default` = YAMLLimits()
}
