package import PurserSyntax

/// A part of a definition that a finding may point at.
///
/// A reader of definitions lists the places that it knows; a finding points at the deepest of them.
package enum Part: Hashable, Sendable {
    case namespace
    case provider
    case parameter(String)
    /// An entry of `objects`, by its place in the list.
    case object(Int)
    case objectField(Int, String)
    /// An entry of `secretObjects`, by its place in the list.
    case secret(Int)
    case secretField(Int, String)
    /// An item of an entry's `data`.
    case secretItem(Int, Int)
    /// A volume of a pod, by its name.
    case volume(String)
    case volumeField(String, String)
    /// A volume mount, by the names of its container and of its volume.
    case mount(String, String)
    case subPath(String, String)
    /// A variable that a Secret gives, by the names of its container and of the Secret.
    case variable(String, String)
    case serviceAccount
    case nodeSelector
    case authorization
    case binding
    /// A permission list of a grant: `secrets`.
    case permissions(String)
    /// A setting of the installation: `syncSecret.enabled`.
    case setting(String)
    case field(String)
}

/// Where a definition and its parts stand in the sources, as far as known.
package struct Places: Sendable, Hashable {
    package var whole: SourceRange?
    package var parts: [Part: SourceRange]

    package init(_ whole: SourceRange? = nil, _ parts: [Part: SourceRange] = [:]) {
        self.whole = whole
        self.parts = parts
    }

    /// The place of the first of the parts that has one, else of the whole.
    package subscript(_ parts: Part...) -> SourceRange? {
        parts.lazy.compactMap { self.parts[$0] }.first ?? whole
    }
}

/// Texts that only a run makes known, such as the client id of an identity that is still to be made: `${PLACE.OUTPUT}`.
/// Two that are equal stand for the same thing; of two that differ nobody can tell.
package enum Placeholder {
    package static func text(_ label: String, _ output: String) -> String { "${\(label).\(output)}" }

    package static func isIn(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "$")) && text.contains("${")
    }

    /// Whether two texts are the same; nil if that is not known yet. Identifiers of Azure have no letter case.
    static func areEqual(_ left: String, _ right: String) -> Bool? {
        if left == right { return true }
        return isIn(left) || isIn(right) ? nil : left.lowercased() == right.lowercased()
    }
}
