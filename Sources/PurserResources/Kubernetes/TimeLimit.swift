import PurserEngine

/// A length of time as the spec writes it: a whole number and `s`, `m`, `h` or `d`.
enum TimeLimit {
    /// Returns nil for a text of another form.
    static func duration(_ text: String) -> Duration? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number >= 0 else { return nil }
        switch unit {
        case "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        case "d": return .seconds(number * 86_400)
        default: return nil
        }
    }
}

extension Attributes {
    /// The time that an attribute gives, or `fallback` where it is absent (a state from before the attribute was).
    func duration(_ attribute: Attribute<String>, or fallback: Duration) -> Duration {
        self[attribute].flatMap(TimeLimit.duration) ?? fallback
    }
}
