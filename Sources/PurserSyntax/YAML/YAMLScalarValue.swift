/// The typed value of a scalar.
///
/// A plain scalar is read as `kubectl` and `helm` read it, because specs carry pod and chart fragments in Kubernetes'
/// own words: YAML 1.1 numbers (`0644` is octal, `1_000` a thousand), `null`, `true` and `false` in three spellings.
/// There is one deliberate exception: `yes`, `no`, `on`, `off`, `y` and `n` stay strings, because YAML 1.1 and 1.2
/// disagree about them and who writes `country: no` means a country. `isAmbiguousBoolean` tells the decoder of a boolean
/// to ask for `true` or `false`. Base-60 numbers (`1:30`), dates, and digits that look octal but are not (`0891`) are
/// strings as well.
///
/// Sources: YAML 1.1 type repository (yaml.org/type), YAML 1.2.2 section 10.3, go-yaml `resolve.go`.
package enum YAMLScalarValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)

    package init(_ text: String, _ form: YAMLScalarForm) {
        switch form.tag {
        case .string?: self = .string(text)
        case .float?: self = Self(plain: text).asFloat
        case .null?, .bool?, .int?: self = Self(plain: text)
        case nil: self = form.style == .plain ? Self(plain: text) : .string(text)
        }
    }

    /// The value that a text has when it stands without quotes.
    package init(plain text: String) {
        if text.utf8.count <= Self.longestWord, let word = Self.words[text] {
            self = word
        } else if let number = Self.number(text) {
            self = number
        } else {
            self = .string(text)
        }
    }

    /// Whether this is the value `null`, which is asked of every node.
    static func isNull(_ text: String, _ form: YAMLScalarForm) -> Bool {
        switch form.tag {
        case .string?: return false
        case nil where form.style != .plain: return false
        default: return text.isEmpty || text.utf8.count <= longestWord && words[text] == .null
        }
    }

    var asFloat: Self {
        if case .int(let value) = self { .float(Double(value)) } else { self }
    }

    var kindInWords: String {
        switch self {
        case .null: "nothing"
        case .bool: "a boolean"
        case .int, .float: "a number"
        case .string: "a string"
        }
    }

    private static let words: [String: Self] = [
        "": .null, "~": .null, "null": .null, "Null": .null, "NULL": .null,
        "true": .bool(true), "True": .bool(true), "TRUE": .bool(true),
        "false": .bool(false), "False": .bool(false), "FALSE": .bool(false),
        ".inf": .float(.infinity), ".Inf": .float(.infinity), ".INF": .float(.infinity),
        "+.inf": .float(.infinity), "+.Inf": .float(.infinity), "+.INF": .float(.infinity),
        "-.inf": .float(-.infinity), "-.Inf": .float(-.infinity), "-.INF": .float(-.infinity),
        ".nan": .float(.nan), ".NaN": .float(.nan), ".NAN": .float(.nan),
    ]

    private static let longestWord = 5

    /// Words that are booleans for YAML 1.1 and strings for YAML 1.2.
    static let ambiguousBooleans: Set<String> = [
        "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No", "NO",
        "on", "On", "ON", "off", "Off", "OFF",
    ]
}

extension YAMLScalarValue {
    /// An integer or a decimal fraction; nil if the text is neither.
    fileprivate static func number(_ text: String) -> Self? {
        guard let first = text.utf8.first, first == 0x2B || first == 0x2D || first == 0x2E || isDigit(first) else {
            return nil
        }
        let digits = text.filter { $0 != "_" }
        guard digits.utf8.first != nil, text.utf8.first != 0x5F else { return nil }
        return integer(digits) ?? float(digits)
    }

    private static func integer(_ text: String) -> Self? {
        let negative = text.hasPrefix("-")
        let unsigned = negative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let (radix, digits) = radix(of: unsigned)
        guard let first = digits.utf8.first, first != 0x2B, first != 0x2D else { return nil }
        if let value = Int((negative ? "-" : "") + digits, radix: radix) { return .int(value) }
        // Too large for 64 bits: a float, as go-yaml has it. Other bases that large are not numbers.
        return radix == 10 && digits.utf8.allSatisfy(isDigit) ? finite(text) : nil
    }

    private static func radix(of text: Substring) -> (Int, Substring) {
        switch text.prefix(2) {
        case "0x", "0X": (16, text.dropFirst(2))
        case "0b", "0B": (2, text.dropFirst(2))
        case "0o", "0O": (8, text.dropFirst(2))
        case _ where text.count > 1 && text.first == "0": (8, text.dropFirst())
        default: (10, text)
        }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; leading zeros before another digit need a point or exponent.
    private static func float(_ text: String) -> Self? {
        var rest = text.utf8[...]
        func skipDigits() -> Int {
            let digits = rest.prefix(while: isDigit).count
            rest = rest.dropFirst(digits)
            return digits
        }
        func skip(_ bytes: [UInt8]) -> Bool {
            guard let first = rest.first, bytes.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = skip([0x2B, 0x2D])
        let whole = skipDigits()
        let point = skip([0x2E])
        let fraction = point ? skipDigits() : 0
        guard whole + fraction > 0 else { return nil }
        let exponent = skip([0x65, 0x45])
        if exponent {
            _ = skip([0x2B, 0x2D])
            guard skipDigits() > 0 else { return nil }
        }
        guard rest.isEmpty, point || exponent else { return nil }
        return finite(normalised(text))
    }

    /// `1e999` is a string: JSON could not carry it.
    private static func finite(_ text: String) -> Self? {
        Double(text).flatMap { $0.isFinite ? .float($0) : nil }
    }

    /// Swift reads neither `.5` nor `5.` as a number.
    private static func normalised(_ text: String) -> String {
        var result = ""
        var previous: Character = " "
        for character in text {
            if character == ".", !previous.isNumber { result.append("0") }
            if previous == ".", !character.isNumber { result.append("0") }
            result.append(character)
            previous = character
        }
        return previous == "." ? result + "0" : result
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension YAMLNode {
    /// The typed value; nil for lists and mappings.
    package var scalarValue: YAMLScalarValue? {
        if case .scalar(let text, let form) = content { YAMLScalarValue(text, form) } else { nil }
    }

    /// Whether this is a plain `yes`, `no`, `on`, `off`, `y` or `n`: read as a string, and where a boolean is wanted
    /// worth the hint to write `true` or `false`.
    package var isAmbiguousBoolean: Bool {
        if case .scalar(let text, let form) = content, form.style == .plain, form.tag == nil {
            YAMLScalarValue.ambiguousBooleans.contains(text)
        } else {
            false
        }
    }
}
