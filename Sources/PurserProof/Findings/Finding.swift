package import PurserSyntax

/// One thing that is wrong on the way from a pod to its files, or that will be.
package struct Finding: Sendable, Hashable {
    /// What comes of it.
    package enum Effect: Sendable, Hashable {
        /// The volume is not mounted, and no container starts.
        case mountFails
        /// A Secret never appears, or not with what it should hold.
        case secretFails
        /// A container does not start, or does not find what it reads.
        case containerFails
        /// All works, but not as expected.
        case surprise
    }

    package var code: DiagnosticCode
    package var severity: Diagnostic.Severity
    package var message: String
    /// The address or name of what it concerns.
    package var subject: String
    package var range: SourceRange?
    /// The other end: what the place disagrees with.
    package var related: [Diagnostic.Note] = []
    /// The way from the pod to the files, with the links that do not hold.
    package var chain: [ChainLink] = []
    /// The link that this is about.
    package var link: ChainLink.Name
    package var effect: Effect
    /// The telling part of what the user would otherwise meet in events or logs; `…` stands for what is left out.
    package var providerMessage: String?
    package var hint: String?
    package var fix: SpecPatch?

    init(
        _ code: DiagnosticCode, _ message: String, of subject: String, at range: SourceRange?, link: ChainLink.Name,
        effect: Effect, severity: Diagnostic.Severity = .error, related: [Diagnostic.Note] = [],
        says providerMessage: String? = nil, hint: String? = nil, fix: SpecPatch? = nil
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.subject = subject
        self.range = range
        self.related = related
        self.link = link
        self.effect = effect
        self.providerMessage = providerMessage
        self.hint = hint
        self.fix = fix
    }

    package var diagnostic: Diagnostic {
        Diagnostic(
            code, message, at: range, hint: hint, address: subject, notes: related, severity: severity)
    }
}

/// One step of the way from a pod to a file.
package struct ChainLink: Sendable, Hashable {
    package enum Name: String, Sendable, Hashable, CaseIterable {
        case pod
        case volume
        case secretProviderClass
        case driver
        case identity
        case binding
        case permission
        case vault
        case objects
        case files
        case secrets
        case consumers

        package var title: String {
            self == .secretProviderClass ? "class" : rawValue
        }
    }

    package enum State: String, Sendable, Hashable {
        case holds
        case broken
        case undecided
    }

    package var name: Name
    package var detail: String
    package var state: State
    package var range: SourceRange?
}

/// Something that cannot be decided before a run, and why.
package struct Doubt: Sendable, Hashable {
    package var link: ChainLink.Name
    package var reason: String
    package var subject: String
    package var range: SourceRange?

    init(_ link: ChainLink.Name, _ reason: String, of subject: String, at range: SourceRange?) {
        self.link = link
        self.reason = reason
        self.subject = subject
        self.range = range
    }
}
