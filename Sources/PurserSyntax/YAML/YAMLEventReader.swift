import CLibYAML

/// Runs libyaml over a text. The C parser lives within one call, and only Swift values leave it.
package enum YAMLEventReader {
    package enum Progress {
        case goOn
        case stop
    }

    /// Hands each event to `deliver` until the stream ends or `deliver` says stop.
    ///
    /// - Parameters:
    ///   - text: the whole text.
    ///   - offset: the UTF-8 offset to begin at, which is the beginning of a line.
    ///   - firstLine: the number of that line, counted from 0; marks count on from it.
    ///   - deliver: takes an event, and says whether more are wanted.
    /// - Throws: libyaml's failure; the events before it have been delivered.
    package static func read(
        _ text: String,
        from offset: Int = 0,
        firstLine: Int = 0,
        deliver: (YAMLEvent) -> Progress
    ) throws(YAMLScannerFailure) {
        var text = text
        let result = text.withUTF8 { bytes -> Result<Void, YAMLScannerFailure> in
            guard offset < bytes.count else { return .success(()) }
            return read(UnsafeBufferPointer(rebasing: bytes[offset...]), firstLine, deliver: deliver)
        }
        try result.get()
    }

    private static func read(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ firstLine: Int,
        deliver: (YAMLEvent) -> Progress
    ) -> Result<Void, YAMLScannerFailure> {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return .failure(.outOfMemory) }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        while true {
            var raw = yaml_event_t()
            guard yaml_parser_parse(&parser, &raw) == 1 else {
                return .failure(YAMLScannerFailure(parser, firstLine))
            }
            let event = YAMLEvent(raw, firstLine)
            yaml_event_delete(&raw)
            guard let event, deliver(event) == .goOn, event.kind != .streamEnd else { return .success(()) }
        }
    }
}

extension YAMLMark {
    fileprivate init(_ mark: yaml_mark_t, _ firstLine: Int) {
        self.init(line: Int(mark.line) + firstLine, column: Int(mark.column))
    }
}

extension YAMLScannerFailure {
    fileprivate static let outOfMemory = YAMLScannerFailure(
        problem: "out of memory", context: nil, problemMark: YAMLMark(line: 0, column: 0), contextMark: nil)

    fileprivate init(_ parser: yaml_parser_t, _ firstLine: Int) {
        if parser.error == YAML_MEMORY_ERROR {
            self = .outOfMemory
            return
        }
        problem = parser.problem.map { String(cString: $0) } ?? ""
        context = parser.context.map { String(cString: $0) }
        problemMark = YAMLMark(parser.problem_mark, firstLine)
        contextMark = parser.context == nil ? nil : YAMLMark(parser.context_mark, firstLine)
    }
}

extension YAMLEvent {
    /// Copies an event; nil for "no event", which libyaml gives after the end of the stream.
    fileprivate init?(_ raw: yaml_event_t, _ firstLine: Int) {
        guard let kind = Kind(raw) else { return nil }
        self.kind = kind
        start = YAMLMark(raw.start_mark, firstLine)
        end = YAMLMark(raw.end_mark, firstLine)
        (anchor, tag) = Self.properties(of: raw)
    }

    private static func properties(of raw: yaml_event_t) -> (anchor: String?, tag: String?) {
        switch raw.type {
        case YAML_SCALAR_EVENT: (copy(raw.data.scalar.anchor), copy(raw.data.scalar.tag))
        case YAML_SEQUENCE_START_EVENT: (copy(raw.data.sequence_start.anchor), copy(raw.data.sequence_start.tag))
        case YAML_MAPPING_START_EVENT: (copy(raw.data.mapping_start.anchor), copy(raw.data.mapping_start.tag))
        default: (nil, nil)
        }
    }

    fileprivate static func copy(_ text: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        text.map { String(cString: $0) }
    }
}

extension YAMLEvent.Kind {
    fileprivate init?(_ raw: yaml_event_t) {
        switch raw.type {
        case YAML_STREAM_START_EVENT: self = .streamStart
        case YAML_STREAM_END_EVENT: self = .streamEnd
        case YAML_DOCUMENT_START_EVENT: self = .documentStart(isImplicit: raw.data.document_start.implicit == 1)
        case YAML_DOCUMENT_END_EVENT: self = .documentEnd(isImplicit: raw.data.document_end.implicit == 1)
        case YAML_ALIAS_EVENT: self = .alias(YAMLEvent.copy(raw.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT: self = Self.scalar(raw)
        case YAML_SEQUENCE_START_EVENT:
            self = .sequenceStart(isFlow: raw.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE)
        case YAML_SEQUENCE_END_EVENT: self = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            self = .mappingStart(isFlow: raw.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE)
        case YAML_MAPPING_END_EVENT: self = .mappingEnd
        default: return nil
        }
    }

    /// A scalar's text goes by its length, because `"\0"` puts a NUL into it.
    private static func scalar(_ raw: yaml_event_t) -> Self {
        let bytes = UnsafeBufferPointer(start: raw.data.scalar.value, count: raw.data.scalar.length)
        return .scalar(String(decoding: bytes, as: UTF8.self), YAMLScalarForm.Style(raw.data.scalar.style))
    }
}

extension YAMLScalarForm.Style {
    fileprivate init(_ style: yaml_scalar_style_t) {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: self = .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: self = .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: self = .literal
        case YAML_FOLDED_SCALAR_STYLE: self = .folded
        default: self = .plain
        }
    }
}
