import PurserClients
import PurserEngine
import PurserProof
import PurserSyntax

/// What `check` found, as the events of `--json`.
enum CheckJSON {
    struct Event {
        let type: String
        let message: String
        let fields: [String: JSONValue]
        let level: String
    }

    static func events(of report: CheckReport) -> [Event] {
        let renderer = DiagnosticRenderer(sources: report.sources, sensitive: report.sensitive)
        var events = report.proof.findings.map { finding($0, in: report, renderer) }
        events += report.doubts.map { doubt in
            diagnostic(doubt.diagnostic, renderer, ["subjects": .array(doubt.subjects.map(JSONValue.string))])
        }
        events += report.proof.pods.map { pod($0, in: report) }
        return events + [summary(of: report)]
    }

    private static func diagnostic(
        _ diagnostic: Diagnostic, _ renderer: DiagnosticRenderer, _ more: [String: JSONValue]
    ) -> Event {
        let levels: [Diagnostic.Severity: String] = [.error: "error", .warning: "warn", .note: "info"]
        return Event(
            type: "diagnostic", message: "\(diagnostic.severity.rawValue): \(diagnostic.message)",
            fields: more.merging(["diagnostic": JSONConversion.json(renderer.json(of: diagnostic)) ?? .null]) { $1 },
            level: levels[diagnostic.severity] ?? "info")
    }

    private static func finding(
        _ finding: Finding, in report: CheckReport, _ renderer: DiagnosticRenderer
    ) -> Event {
        let isAllowed = report.severity(of: finding) != finding.severity
        let detail: JSONValue = [
            "link": .string(finding.link.rawValue), "effect": .string(finding.effect.word),
            "provider_message": finding.providerMessage.map(JSONValue.string) ?? .null,
            "chain": .array(finding.chain.map(link)), "fix": finding.fix.map { .string($0.summary) } ?? .null,
            "allowed": isAllowed ? .string(report.allowed.reason ?? "") : .null,
        ]
        let shown = report.allowed.applied(to: Diagnostics([finding.diagnostic])).items[0]
        return diagnostic(shown, renderer, ["finding": detail])
    }

    static func link(_ link: ChainLink) -> JSONValue {
        [
            "name": .string(link.name.rawValue), "detail": .string(link.detail), "state": .string(link.state.rawValue),
            "range": link.range.map { .string($0.start.description) } ?? .null,
        ]
    }

    private static func pod(_ pod: PodProof, in report: CheckReport) -> Event {
        let verdict = report.verdict(of: pod)
        let status: [PodProof.Verdict: String] = [.proved: "pass", .failed: "fail", .undecided: "undecided"]
        return Event(
            type: "check_result", message: "\(pod.subject): \(verdict.words)",
            fields: [
                "address": .string(pod.subject), "status": .string(status[verdict] ?? ""),
                "codes": .array(Set(pod.findings.map(\.code)).sorted().map { .string($0.rawValue) }),
                "undecided": .array(pod.undecided.map { .string("\($0.link.title): \($0.reason)") }),
                "volumes": .array(pod.volumes.map(volume)), "chain": .array(pod.chain.map(link)),
            ], level: verdict == .failed ? "error" : "info")
    }

    /// All that is proved of one pod.
    static func document(of pod: PodProof) -> JSONValue {
        [
            "address": .string(pod.subject), "verdict": .string(pod.verdict.rawValue),
            "volumes": .array(pod.volumes.map(volume)), "chain": .array(pod.chain.map(link)),
            "codes": .array(Set(pod.findings.map(\.code)).sorted().map { .string($0.rawValue) }),
            "undecided": .array(pod.undecided.map { .string("\($0.link.title): \($0.reason)") }),
        ]
    }

    static func volume(_ volume: VolumeProof) -> JSONValue {
        [
            "name": .string(volume.volume), "secretProviderClass": .string(volume.secretProviderClass),
            "failure": volume.failure.map(JSONValue.string) ?? .null, "files": .array(volume.files.map(file)),
            "access": .array(
                volume.access.map { access in
                    [
                        "object": .string(access.object), "type": .string(access.type.rawValue),
                        "identity": .string(access.identity), "grant": access.grant.map(JSONValue.string) ?? .null,
                    ]
                }),
            "secrets": .array(
                volume.secrets.map { secret in
                    [
                        "name": .string(secret.name), "type": .string(secret.type),
                        "keys": .object(secret.keys.mapValues(JSONValue.string)),
                        "failure": secret.failure.map(JSONValue.string) ?? .null,
                    ]
                }),
        ]
    }

    private static func file(_ file: MountedFile) -> JSONValue {
        [
            "path": .string(file.path), "object": .string(file.object), "type": .string(file.type.rawValue),
            "version": file.version.map(JSONValue.string) ?? .null, "content": .string(file.content.summary),
            "mode": .string(file.modeText), "source": file.source.map(JSONValue.string) ?? .null,
        ]
    }

    private static func summary(of report: CheckReport) -> Event {
        Event(
            type: "checked", message: report.summary,
            fields: [
                "environment": report.environment.map(JSONValue.string) ?? .null, "valid": .bool(!report.hasErrors),
                "pods": .integer(report.proof.pods.count), "proven": .integer(report.count(.proved)),
                "with_findings": .integer(report.count(.failed)), "undecided": .integer(report.count(.undecided)),
            ], level: report.hasErrors ? "error" : "info")
    }
}

extension Finding.Effect {
    var word: String {
        switch self {
        case .mountFails: "mount-fails"
        case .secretFails: "secret-fails"
        case .containerFails: "container-fails"
        case .surprise: "surprise"
        }
    }
}

extension PodProof.Verdict {
    var words: String {
        switch self {
        case .proved: "every file and Secret will be there"
        case .failed: "it will not get what it mounts"
        case .undecided: "undecided"
        }
    }
}

extension MountedFile {
    /// Octal, as `chmod` has it: `0644`.
    var modeText: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
