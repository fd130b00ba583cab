import PurserProof
import PurserSyntax

/// Where the entries of a class's `objects` parameter stand in the file, although YAML sees one text.
struct ObjectPlaces {
    private let block: Block?

    init(_ scalar: YAMLNode, in file: SourceFile) { block = Block(scalar, in: file) }

    /// Only what is written as a `|` block has the lines of the file.
    var parts: [Part: SourceRange] {
        guard let block, let items = block.root?["array"]?.sequence else { return [:] }
        var parts: [Part: SourceRange] = [:]
        for (index, item) in items.enumerated() {
            parts[.object(index)] = block.place(item.range)
            guard let inner = Block(item, in: block.text), let fields = inner.root?.mapping else { continue }
            for field in fields {
                let place = block.place(inner.place(field.value.range))
                parts[.objectField(index, field.name)] = place
                if field.name == "objectName" { parts[.object(index)] = place }
            }
        }
        return parts
    }

    /// A `|` block: its text, and the way from places in it to those in the file around it.
    private struct Block {
        let text: SourceFile
        /// The line of the `|`, behind which the text begins.
        private let line: Int
        private let indentation: Int

        init?(_ node: YAMLNode, in file: SourceFile) {
            guard case .scalar(let text, let form) = node.content, form.style == .literal else { return nil }
            let content = SourceFile(path: file.path, text: text)
            let line = node.range.start.line
            let first = (1...content.lineCount).first { content.line($0)?.isBlank == false } ?? 1
            let outer = file.line(line + first)?.spaces ?? 0
            self.text = content
            self.line = line
            indentation = max(0, outer - (content.line(first)?.spaces ?? 0))
        }

        var root: YAMLNode? { try? YAMLParser.parse(text) }

        func place(_ range: SourceRange) -> SourceRange {
            SourceRange(start: place(range.start), end: place(range.end))
        }

        private func place(_ place: SourceLocation) -> SourceLocation {
            SourceLocation(file: place.file, line: place.line + line, column: place.column + indentation)
        }
    }
}

extension Substring {
    fileprivate var spaces: Int { prefix { $0 == " " }.count }
    fileprivate var isBlank: Bool { allSatisfy { $0 == " " } }
}
