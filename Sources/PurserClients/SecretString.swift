/// A text that must not be shown: it prints and mirrors as `<sensitive>`, cannot be encoded, and opens only by
/// `reveal()`.
package struct SecretString: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The text itself. Whoever opens it keeps it out of logs, errors, state and plans.
    package func reveal() -> String { text }

    package var description: String { "<sensitive>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
