import Foundation
import PurserClients
import PurserEngine
import PurserProof
import PurserSyntax

/// Shows to machines: one JSON object a line on standard output, in the form of Terraform's machine-readable UI.
///
/// Every line has `@level`, `@message`, `@timestamp` and `type`. Unknown types are to be ignored by readers. Source:
/// Terraform's documentation, "Machine-Readable UI"; types that Terraform does not know are Purser's.
package actor JSONView: View {
    package static let formatVersion = "1.0"

    private let context: CommandContext
    private var hasBegun = false

    package init(context: CommandContext) { self.context = context }

    package func show(_ event: ViewEvent) {
        if !hasBegun {
            hasBegun = true
            write(
                "version", "purser \(PurserVersion.current)",
                ["purser": .string(PurserVersion.current), "ui": .string(Self.formatVersion)])
        }
        switch event {
        case .diagnostics(let diagnostics, let sources):
            write(diagnostics, sources)
        case .validated(let environment, let resources):
            write(
                "validated", "The spec of \(environment) is valid: \(resources) resources",
                ["environment": .string(environment), "resources": .integer(resources), "valid": true])
        case .refreshing(let resources):
            write("refresh_start", "Looking at \(resources) resources", ["resources": .integer(resources)])
        case .planned(let plan, let catalog): write(plan, catalog)
        case .drifted(let plan, let catalog): writeDrift(plan, catalog)
        case .compared(let plan, let catalog):
            writeChanges(plan, catalog)
            write("change_summary", plan.comparisonSummary, ["changes": counts(plan)])
        case .saved(let path): write("plan_saved", "The plan is saved in \(path)", ["path": .string(path)])
        case .applying(let event): write(event)
        case .ended(let end): write(end)
        case .verified(let report): write(report)
        case .examined(let report):
            for event in DoctorRenderer.events(of: report) {
                write(event.type, event.message, event.fields, level: event.level)
            }
        case .checked(let report): write(report)
        case .explained(let picture): write("output", "", ["text": .string(PodPictureRenderer(picture).text)])
        case .recorded(let state, let place, _):
            write(
                "state", state.map { "serial \($0.serial)" } ?? "nothing is recorded",
                ["place": .string(place), "state": state.flatMap(JSONConversion.json) ?? .null])
        case .done(let text): write("log", text)
        case .prompt(let text): write("log", text)
        case .data(let text): write("output", "", ["text": .string(text)])
        }
    }

    package func close() {}

    // MARK: Lines

    private func write(_ type: String, _ message: String, _ more: [String: JSONValue] = [:], level: String = "info") {
        var line = more
        line["@level"] = .string(level)
        line["@message"] = .string(message)
        line["@module"] = "purser"
        line["@timestamp"] = .string(context.now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        line["type"] = .string(type)
        context.output.write(JSONValue.object(line).text + "\n")
    }

    private func write(_ diagnostics: Diagnostics, _ sources: [SourceFile]) {
        let renderer = DiagnosticRenderer(sources: sources, sensitive: diagnostics.sensitiveRanges)
        for diagnostic in diagnostics.sorted() { write(diagnostic, renderer) }
    }

    private func write(_ diagnostic: Diagnostic, _ renderer: DiagnosticRenderer) {
        let level =
            switch diagnostic.severity {
            case .error: "error"
            case .warning: "warn"
            case .note: "info"
            }
        write(
            "diagnostic", "\(diagnostic.severity.rawValue): \(diagnostic.message)",
            ["diagnostic": JSONConversion.json(renderer.json(of: diagnostic)) ?? .null], level: level)
    }

    private func write(_ plan: Plan, _ catalog: ResourceCatalog) {
        writeDrift(plan, catalog)
        writeChanges(plan, catalog)
        if !plan.allowed.isEmpty {
            write(
                "findings_allowed", "allowed: \(plan.allowed.codes.map(\.rawValue).joined(separator: ", "))",
                ["allowed": JSONConversion.json(plan.allowed) ?? .null])
        }
        write("change_summary", plan.summary, ["changes": counts(plan)])
    }

    private func writeChanges(_ plan: Plan, _ catalog: ResourceCatalog) {
        for change in plan.changes where change.isShown {
            write(
                "planned_change", "\(change.address): \(change.action.phrase)",
                ["change": document(of: change, catalog)])
        }
    }

    private func writeDrift(_ plan: Plan, _ catalog: ResourceCatalog) {
        for change in plan.drift {
            write(
                "resource_drift", "\(change.address): was changed outside Purser",
                ["change": document(of: change, catalog)])
        }
        for change in plan.goneFromService {
            write(
                "resource_drift", "\(change.address): was deleted outside Purser",
                ["change": document(of: change, catalog)])
        }
    }

    private func document(of change: Change, _ catalog: ResourceCatalog) -> JSONValue {
        var document = JSONConversion.json(PlanFile.document(of: change, catalog: catalog)) ?? .null
        let resource: JSONValue = [
            "addr": .string(change.address.description), "resource_type": .string(change.kind.text),
            "resource_name": .string(change.address.key),
        ]
        document["resource"] = resource
        return document
    }

    private func counts(_ plan: Plan) -> JSONValue {
        let replaced = plan.count(of: .replace)
        return [
            "add": .integer(plan.count(of: .create) + plan.count(of: .recover) + replaced),
            "change": .integer(plan.count(of: .update) + plan.count(of: .adopt)),
            "remove": .integer(plan.count(of: .delete) + replaced),
            "recover": .integer(plan.count(of: .recover)), "adopt": .integer(plan.count(of: .adopt)),
            "replace": .integer(replaced), "forget": .integer(plan.count(of: .forget)),
            "move": .integer(plan.moveCount),
            "operation": .string(plan.purpose == .destroy ? "destroy" : "plan"),
        ]
    }

    // MARK: Runs

    private func write(_ event: ApplyEvent) {
        switch event {
        case .began(let total): write("run_start", "\(total) steps", ["steps": .integer(total)])
        case .started(let step): write("apply_start", step.phrase(.begun), hook(step))
        case .progressed(let step, let message):
            write("apply_progress", "\(step.phrase(.begun)) \(message)", hook(step, ["message": .string(message)]))
        case .waiting(let step, let message, let left):
            let seconds = Int(left.components.seconds)
            write(
                "apply_progress", "\(step.phrase(.begun)) \(message), for \(seconds) s at most",
                hook(step, ["message": .string(message), "remaining_seconds": .integer(seconds)]))
        case .finished(let step, let seconds):
            write("apply_complete", step.phrase(.ended), hook(step, ["elapsed_seconds": .number(seconds)]))
        case .failed(let step, let failure):
            write(
                "apply_errored", "\(step.address): \(failure.summary)", hook(step, failure: failure), level: "error")
        case .interrupted(let running):
            write("interrupted", "waiting for \(running) running", ["running": .integer(running)], level: "warn")
        case .rollbackBegan(let total): write("rollback_start", "undoing \(total) steps", ["steps": .integer(total)])
        case .undoStarted(let step): write("rollback_step_start", step.phrase(.undoing), hook(step))
        case .undone(let step): write("rollback_step_complete", step.phrase(.undone), hook(step))
        case .undoFailed(let step, let failure):
            write(
                "rollback_step_errored", "\(step.address): \(failure.summary)", hook(step, failure: failure),
                level: "error")
        }
    }

    private func hook(
        _ step: Step, _ more: [String: JSONValue] = [:], failure: Failure? = nil
    ) -> [String: JSONValue] {
        var hook = more
        hook["resource"] = ["addr": .string(step.address.description), "resource_type": .string(step.kind.text)]
        hook["action"] = .string(step.operation.rawValue)
        if let failure {
            hook["code"] = .string(failure.code.rawValue)
            hook["error"] = .string(failure.summary)
            hook["trace_ids"] = .array(failure.traceIDs.map(JSONValue.string))
        }
        return ["hook": .object(hook)]
    }

    private func write(_ end: RunEnd) {
        let report = end.report
        write(ReportRenderer(style: .plain).problems(end), end.sources)
        write(
            "run_complete", "\(end.purpose.noun): \(report.ending.rawValue)",
            [
                "ending": .string(report.ending.rawValue), "interrupted": .bool(report.wasInterrupted),
                "done": .object(
                    Dictionary(uniqueKeysWithValues: report.done.map { ($0.key.rawValue, .integer($0.value)) })),
                "kept": .array(report.kept.map(JSONValue.string)),
                "remaining": .array(report.remaining.map { .string($0.description) }),
            ], level: report.ending == .done ? "info" : "error")
    }

    private func write(_ report: CheckReport) {
        let renderer = DiagnosticRenderer(sources: report.sources, sensitive: report.sensitive)
        for problem in report.problems.sorted() { write(problem, renderer) }
        for event in CheckJSON.events(of: report) { write(event.type, event.message, event.fields, level: event.level) }
    }

    private func write(_ report: VerifyReport) {
        for subject in report.subjects {
            write(
                "check_result",
                "\(subject.address): \(subject.problems.isEmpty ? "ok" : subject.problems.map(\.text).joined(separator: "; "))",
                [
                    "address": .string(subject.address.description), "pod": .string(subject.pod),
                    "status": .string(subject.problems.isEmpty ? "pass" : "fail"),
                    "broken_link": subject.brokenLink.map { .string($0.rawValue) } ?? .null,
                    "problems": .array(subject.problems.map { .string($0.text) }),
                    "mounts": .array(
                        subject.mounts.map { mount in
                            [
                                "source": .string(mount.source), "path": mount.path.map(JSONValue.string) ?? .null,
                                "files": .array(mount.files.map(JSONValue.string)),
                            ]
                        }),
                ], level: subject.problems.isEmpty ? "info" : "error")
        }
        write("verified", VerifyRenderer(style: .plain).summary(of: report), ["valid": .bool(report.isGood)])
    }
}
