/// A value that must not be seen: prints as `<sensitive>`, cannot be encoded, opens only by `reveal()`.
package struct Sensitive<Wrapped: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let wrapped: Wrapped

    package init(_ wrapped: Wrapped) { self.wrapped = wrapped }

    package func reveal() -> Wrapped { wrapped }

    package var description: String { "<sensitive>" }
    package var debugDescription: String { "<sensitive>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Opens the sources that sensitive attributes name, and tells where other files are that a spec names. Nothing is
/// executed to obtain a value, and files are read only below the spec's own directory.
package protocol SecretInputs: Sendable {
    /// The bytes that the source (`{"env": …}` or `{"file": …}`, a sensitive attribute's value) holds now.
    /// Throws an `OperationFailure` when it cannot be read.
    func bytes(of source: Value) throws -> Sensitive<[UInt8]>
    /// A new text of this many characters from the system's random source.
    func generated(length: Int) -> Sensitive<String>
    /// The place of a file or directory, given relative to the spec's directory; nil if it is not in there, or leads out
    /// of it by a link, whether or not there is something.
    func path(of relative: String) -> String?
}

extension SecretInputs {
    package func path(of relative: String) -> String? { nil }
}
