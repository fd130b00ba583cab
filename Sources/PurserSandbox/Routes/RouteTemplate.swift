/// A path with names for what varies, e.g. `/subscriptions/{subscription}/resourceGroups/{group}`. `{scope}` at its
/// beginning stands for any resource, group or subscription. Letter case does not count.
struct RouteTemplate: Sendable {
    let text: String
    /// Lower-case literals, nil for what varies.
    private let segments: [String?]
    private let hasScope: Bool

    init(_ text: String) {
        self.text = text
        let parts = text.split(separator: "/").map(String.init)
        hasScope = parts.first == "{scope}"
        segments = parts.dropFirst(hasScope ? 1 : 0).map { $0.hasPrefix("{") ? nil : $0.lowercased() }
    }

    func matches(_ path: [String]) -> Bool {
        guard hasScope ? path.count >= segments.count : path.count == segments.count else { return false }
        return zip(path.suffix(segments.count), segments).allSatisfy { part, literal in
            literal.map { $0 == part.lowercased() } ?? true
        }
    }
}
