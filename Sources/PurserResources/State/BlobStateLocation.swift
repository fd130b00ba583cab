import PurserClients
package import PurserSyntax

/// Where in Blob storage the state of all environments lies: `azblob://ACCOUNT/CONTAINER[/PREFIX]`.
package struct BlobStateLocation: Sendable, Hashable, CustomStringConvertible {
    package static let scheme = "azblob://"

    package let account: String
    package let container: String
    /// Parts of a path between slashes; may be empty.
    package let prefix: [String]

    /// Reads what the user gave. Names keep Azure's own rules (Azure documentation, "Naming rules and restrictions for
    /// Azure resources", Microsoft.Storage; "Naming and referencing containers, blobs, and metadata").
    package init(_ text: String) throws(Diagnostics) {
        let shown = ServiceError.cleaned(text, longest: 300)
        guard text.hasPrefix(Self.scheme) else { throw Self.wrong(shown, "is no place that state can be kept at") }
        var parts = text.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
            .map(String.init)
        if parts.count > 2, parts.last == "" { parts.removeLast() }
        guard parts.count >= 2 else { throw Self.wrong(shown, "names no container") }
        account = parts[0]
        container = parts[1]
        prefix = Array(parts.dropFirst(2))
        guard account.wholeMatch(of: /[a-z0-9]{3,24}/) != nil else {
            throw Self.wrong(shown, "names an account that is not 3 to 24 lower-case letters and digits")
        }
        guard container.wholeMatch(of: /[a-z0-9](-?[a-z0-9])+/) != nil, (3...63).contains(container.utf8.count) else {
            throw Self.wrong(
                shown, "names a container that is not 3 to 63 lower-case letters, digits and single hyphens")
        }
        guard prefix.allSatisfy({ $0.wholeMatch(of: /[A-Za-z0-9_-][A-Za-z0-9._-]*/) != nil && !$0.hasSuffix(".") }),
            prefix.joined(separator: "/").utf8.count <= 900
        else {
            throw Self.wrong(shown, "has a prefix that is not letters, digits and . _ - between single slashes")
        }
    }

    private static func wrong(_ text: String, _ problem: String) -> Diagnostics {
        Diagnostics(
            .stateInvalidPlace, "'\(text)' \(problem)",
            hint: "give a directory, or azblob://ACCOUNT/CONTAINER, or azblob://ACCOUNT/CONTAINER/PREFIX")
    }

    package var description: String { Self.scheme + ([account, container] + prefix).joined(separator: "/") }

    /// The blob of that name among those of an environment.
    func blob(_ name: String, of environment: String) -> BlobAddress {
        BlobAddress(
            account: account, container: container, name: (prefix + [environment, name]).joined(separator: "/"))
    }
}

extension BlobAddress {
    /// For messages.
    var place: String { "\(BlobStateLocation.scheme)\(account)/\(container)/\(name)" }
}

extension DiagnosticCode {
    package static let stateInvalidPlace = DiagnosticCode(rawValue: "state/invalid-place")
}
