import CLibYAML

/// Writes values as YAML that every reader reads back as the same values, be it one of YAML 1.1 or 1.2.
///
/// Lists and objects are in block style, texts of several lines literal blocks (`|`), and a text that another reader
/// might take for a number, boolean, null or date is in quotes.
package enum YAMLEmitter {
    /// What libyaml cannot write: memory has run out, or a text is longer than the 2 GiB that it counts.
    package struct Failure: Error, CustomStringConvertible {
        package let description = "libyaml cannot write this: there is too little memory"
    }

    /// The document, with a line break at its end and without `---`.
    package static func text(of value: YAMLValue) throws(Failure) -> String {
        var output = YAMLOutput()
        let isComplete = withUnsafeMutablePointer(to: &output) { pointer in
            var emitter = yaml_emitter_t()
            defer { yaml_emitter_delete(&emitter) }
            return yaml_emitter_initialize(&emitter) == 1 && YAMLWriter.write(value, with: &emitter, to: pointer)
        }
        // Every event sequence below is a valid one and every string UTF-8: nothing else can be wrong.
        guard isComplete else { throw Failure() }
        return String(decoding: output.bytes, as: UTF8.self)
    }
}

/// Where libyaml's write handler puts the bytes.
private struct YAMLOutput {
    var bytes: [UInt8] = []
}

private enum YAMLWriter {
    typealias Emitter = UnsafeMutablePointer<yaml_emitter_t>

    static func write(_ value: YAMLValue, with emitter: Emitter, to output: UnsafeMutablePointer<YAMLOutput>) -> Bool {
        yaml_emitter_set_unicode(emitter, 1)
        yaml_emitter_set_width(emitter, -1)
        yaml_emitter_set_output(
            emitter,
            { output, bytes, count in
                output?.assumingMemoryBound(to: YAMLOutput.self).pointee.bytes
                    .append(contentsOf: UnsafeBufferPointer(start: bytes, count: count))
                return 1
            }, output)
        return emit(emitter) { yaml_stream_start_event_initialize($0, YAML_UTF8_ENCODING) }
            && emit(emitter) { yaml_document_start_event_initialize($0, nil, nil, nil, 1) }
            && write(value, emitter)
            && emit(emitter) { yaml_document_end_event_initialize($0, 1) }
            && emit(emitter) { yaml_stream_end_event_initialize($0) }
    }

    private static func write(_ value: YAMLValue, _ emitter: Emitter) -> Bool {
        switch value {
        case .null: scalar("null", YAML_PLAIN_SCALAR_STYLE, emitter)
        case .bool(let value): scalar(value ? "true" : "false", YAML_PLAIN_SCALAR_STYLE, emitter)
        case .int(let value): scalar(String(value), YAML_PLAIN_SCALAR_STYLE, emitter)
        case .double(let value): scalar(number(value), YAML_PLAIN_SCALAR_STYLE, emitter)
        case .string(let text): scalar(text, style(of: text), emitter)
        case .list(let values): list(values, emitter)
        case .object(let fields): object(fields, emitter)
        }
    }

    private static func list(_ values: [YAMLValue], _ emitter: Emitter) -> Bool {
        let style = values.isEmpty ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
        return emit(emitter) { yaml_sequence_start_event_initialize($0, nil, nil, 1, style) }
            && values.allSatisfy { write($0, emitter) }
            && emit(emitter) { yaml_sequence_end_event_initialize($0) }
    }

    private static func object(_ fields: [YAMLField], _ emitter: Emitter) -> Bool {
        let style = fields.isEmpty ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
        return emit(emitter) { yaml_mapping_start_event_initialize($0, nil, nil, 1, style) }
            && fields.allSatisfy { field in
                scalar(field.name, keyStyle(of: field.name), emitter) && write(field.value, emitter)
            }
            && emit(emitter) { yaml_mapping_end_event_initialize($0) }
    }

    private static func scalar(_ text: String, _ style: yaml_scalar_style_t, _ emitter: Emitter) -> Bool {
        guard let length = Int32(exactly: text.utf8.count) else { return false }
        // The NUL, which is not counted, is there because libyaml asks for a pointer even to no bytes.
        return (Array(text.utf8) + [0]).withUnsafeBufferPointer { bytes in
            emit(emitter) { yaml_scalar_event_initialize($0, nil, nil, bytes.baseAddress, length, 1, 1, style) }
        }
    }

    /// Makes an event and hands it to libyaml, which destroys it.
    private static func emit(_ emitter: Emitter, _ make: (UnsafeMutablePointer<yaml_event_t>) -> Int32) -> Bool {
        var event = yaml_event_t()
        return make(&event) == 1 && yaml_emitter_emit(emitter, &event) == 1
    }

    private static func keyStyle(of text: String) -> yaml_scalar_style_t {
        let style = style(of: text)
        return style == YAML_LITERAL_SCALAR_STYLE ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : style
    }

    private static func style(of text: String) -> yaml_scalar_style_t {
        if isLiteral(text) { return YAML_LITERAL_SCALAR_STYLE }
        if text.unicodeScalars.contains(where: { $0.endsLine || $0 == "\t" }) { return YAML_DOUBLE_QUOTED_SCALAR_STYLE }
        return YAMLPlainText.isSafe(text) ? YAML_PLAIN_SCALAR_STYLE : YAML_SINGLE_QUOTED_SCALAR_STYLE
    }

    /// Whether a literal block shows the text as it is: several lines, none of them indented at the beginning of the
    /// text or with invisible white space at its end, and nothing that a terminal or another reader takes amiss.
    private static func isLiteral(_ text: String) -> Bool {
        guard text.utf8.contains(0x0A), let first = text.unicodeScalars.first else { return false }
        guard first != " ", first != "\t", first != "\n" else { return false }
        var previous: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            guard scalar == "\n" || scalar == "\t" || scalar.isGraphicInYAML else { return false }
            if scalar == "\n", previous == " " || previous == "\t" { return false }
            previous = scalar
        }
        return previous != " " && previous != "\t"
    }

    /// The shortest text that reads back as the same number. The point is for readers of YAML 1.1, for which `1e+20`
    /// is a string.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let text = value.description
        guard let exponent = text.firstIndex(of: "e"), !text.contains(".") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }
}

extension Unicode.Scalar {
    /// Whether libyaml writes the character as it is; it escapes what is outside of the basic plane.
    fileprivate var isGraphicInYAML: Bool {
        switch value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
        default: false
        }
    }
}
