/// The documents of a text that may hold several, as files of Kubernetes manifests do.
package struct YAMLStream: Sendable {
    /// The documents that could be read, in order; empty ones are left out.
    package let documents: [YAMLNode]
    /// What is wrong with the others.
    package let problems: Diagnostics

    package init(documents: [YAMLNode], problems: Diagnostics) {
        self.documents = documents
        self.problems = problems
    }
}

extension YAMLParser {
    /// Reads every document of a file. One that is wrong is reported and left out, and reading goes on with the next
    /// line that begins a document.
    ///
    /// JSON documents may also follow each other without a `---`, each beginning on a line of its own.
    /// The bounds are those of `parse`, over all documents together; anchors end with their document.
    package static func parseStream(_ file: SourceFile, limits: YAMLLimits = .default) -> YAMLStream {
        do {
            try checkText(of: file, limits: limits)
        } catch {
            return YAMLStream(documents: [], problems: error)
        }
        var reader = YAMLStreamReader(file: file, limits: limits)
        reader.readAll()
        return YAMLStream(documents: reader.documents, problems: reader.problems.diagnostics.sorted())
    }
}

/// Runs libyaml over a stream, again behind each document that it cannot read.
private struct YAMLStreamReader {
    private let file: SourceFile
    private let limits: YAMLLimits
    private(set) var documents: [YAMLNode] = []
    private(set) var problems: YAMLProblems
    /// Of the document that has begun and not ended.
    private var builder: YAMLTreeBuilder?
    private var begun = 0
    private var nodes = 0
    /// The line at which the last document began, counted from 0.
    private var lastStart = 0
    /// Where libyaml begins next, counted from 0; nil at the end.
    private var nextLine: Int? = 0

    init(file: SourceFile, limits: YAMLLimits) {
        self.file = file
        self.limits = limits
        problems = YAMLProblems(limit: limits.problems)
    }

    mutating func readAll() {
        while let line = nextLine, let offset = file.byteOffset(ofLine: line + 1) {
            nextLine = nil
            lastStart = max(lastStart, line)
            do throws(YAMLScannerFailure) {
                try YAMLEventReader.read(file.text, from: offset, firstLine: line) { accept($0) }
            } catch {
                recover(from: error)
            }
        }
    }

    private mutating func accept(_ event: YAMLEvent) -> YAMLEventReader.Progress {
        if case .documentStart = event.kind { return begin(event) }
        guard var current = builder else { return .goOn }
        // Taken out while it changes, so that nothing is copied.
        builder = nil
        let progress = current.accept(event)
        if case .documentEnd = event.kind {
            return end(current)
        }
        if progress == .stop { return give(up: current) }
        builder = current
        return .goOn
    }

    private mutating func begin(_ event: YAMLEvent) -> YAMLEventReader.Progress {
        begun += 1
        lastStart = max(lastStart, event.start.line)
        guard begun <= limits.documents else {
            problems.append(
                Diagnostic(
                    .tooManyDocuments, "more than \(limits.documents) documents; the rest is not read",
                    at: SourceRange(at: file.location(of: event.start)), hint: "split the file"))
            return .stop
        }
        var own = limits
        own.nodes = limits.nodes - nodes
        var builder = YAMLTreeBuilder(file: file, limits: own)
        _ = builder.accept(event)
        self.builder = builder
        return .goOn
    }

    private mutating func end(_ finished: YAMLTreeBuilder) -> YAMLEventReader.Progress {
        nodes += finished.nodes
        do {
            if let root = try finished.finish() { documents.append(root) }
        } catch {
            for problem in error { problems.append(problem) }
        }
        return problems.isFull ? .stop : .goOn
    }

    /// A document beyond its bounds ends there; the next one is read unless the bounds of the whole are reached.
    private mutating func give(up stopped: YAMLTreeBuilder) -> YAMLEventReader.Progress {
        nodes += stopped.nodes
        for problem in stopped.problems.diagnostics { problems.append(problem) }
        if nodes <= limits.nodes { goOnBehindDocument() }
        return .stop
    }

    private mutating func recover(from failure: YAMLScannerFailure) {
        let mark = failure.problemMark
        if builder == nil, mark.column == 0, mark.line > lastStart, file.line(mark.line + 1)?.first == "{" {
            nextLine = mark.line
            return
        }
        var failed = builder ?? YAMLTreeBuilder(file: file, limits: limits)
        builder = nil
        nodes += failed.nodes
        failed.fail(failure)
        for problem in failed.problems.diagnostics { problems.append(problem) }
        goOnBehindDocument()
    }

    /// A marker within quotes or brackets ends them as well (YAML 1.1, section 9.1), so that the first one counts.
    private mutating func goOnBehindDocument() {
        guard !problems.isFull else { return }
        nextLine = (lastStart + 1..<max(lastStart + 1, file.lineCount)).first { file.line($0 + 1)?.isMarker == true }
    }
}

extension Substring {
    /// Whether the line begins a document.
    fileprivate var isMarker: Bool {
        guard hasPrefix("---") else { return false }
        let next = unicodeScalars.dropFirst(3).first
        return next == nil || next == " " || next == "\t"
    }
}
