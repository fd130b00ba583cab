package import PurserEngine
package import PurserResources
package import PurserSyntax

/// What a command has to show, in order.
package enum ViewEvent: Sendable {
    case diagnostics(Diagnostics, sources: [SourceFile])
    case validated(environment: String, resources: Int)
    /// Before services are asked what is there.
    case refreshing(resources: Int)
    case planned(Plan, catalog: ResourceCatalog)
    /// What others have changed since Purser last looked, as the plan found it.
    case drifted(Plan, catalog: ResourceCatalog)
    /// What a spec says otherwise than another.
    case compared(Plan, catalog: ResourceCatalog)
    case saved(path: String)
    case applying(ApplyEvent)
    case ended(RunEnd)
    case verified(VerifyReport)
    case examined(DoctorReport)
    case checked(CheckReport)
    case explained(PodPicture)
    case recorded(StateSnapshot?, place: String, catalog: ResourceCatalog)
    /// Something that went as it should.
    case done(String)
    /// A question to whoever sits at the terminal, which awaits its answer on the same line.
    case prompt(String)
    /// Data for standard output, as it stands.
    case data(String)
}

/// How a run ended, with what is needed to tell it.
package struct RunEnd: Sendable {
    package enum Purpose: String, Sendable {
        case apply
        case destroy
        case undo
        case resume
    }

    package let purpose: Purpose
    package let report: ApplyReport
    /// Where each resource stands in the spec.
    package let places: [Address: SourceRange]
    package let sources: [SourceFile]
    /// As the user gave it, for the command that goes on.
    package let specPath: String

    package init(
        purpose: Purpose, report: ApplyReport, places: [Address: SourceRange], sources: [SourceFile], specPath: String
    ) {
        self.purpose = purpose
        self.report = report
        self.places = places
        self.sources = sources
        self.specPath = specPath
    }
}

/// Shows what a command does: to people, or to machines.
package protocol View: Sendable {
    func show(_ event: ViewEvent) async
    /// After the last event; leaves the terminal in order.
    func close() async
}

extension Diagnostics {
    /// Where a value may stand in the spec that must not be shown.
    var sensitiveRanges: [SourceRange] { filter(\.isSensitive).compactMap(\.range) }
}
