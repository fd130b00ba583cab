import PurserEngine
import PurserSyntax

/// Shows to people: the plan and other data on standard output, everything else on standard error.
///
/// On a terminal the running steps are lines that are drawn anew; elsewhere each step has a line when it starts and one
/// when it ends, and one every 30 seconds in between.
package actor HumanView: View {
    private let context: CommandContext
    private let outputStyle: TextStyle
    private let errorStyle: TextStyle
    private let animates: Bool
    private let origin: ContinuousClock.Instant
    private var board = ProgressBoard()
    private var drawnLines = 0
    private var ticker: Task<Void, Never>?

    package init(context: CommandContext, colour: Bool) {
        self.context = context
        let terminal = context.terminal
        let forced = context.has("CLICOLOR_FORCE") && context.environment["CLICOLOR_FORCE"] != "0"
        let isAllowed = colour && !context.has("NO_COLOR") && !terminal.isDumb
        outputStyle = TextStyle(isColoured: isAllowed && (terminal.showsOutput || forced))
        errorStyle = TextStyle(isColoured: isAllowed && (terminal.showsErrors || forced))
        animates = terminal.showsErrors && !terminal.isDumb && !context.isAutomated
        origin = ContinuousClock.now
    }

    package func show(_ event: ViewEvent) async {
        switch event {
        case .diagnostics(let diagnostics, let sources):
            guard !diagnostics.isEmpty else { return }
            let renderer = DiagnosticRenderer(
                sources: sources, width: context.terminal.width, usesColour: errorStyle.isColoured,
                sensitive: diagnostics.sensitiveRanges)
            say(renderer.text(of: diagnostics))
        case .validated(let environment, let resources):
            say("The spec of \(environment) is valid: \(resources) resources.\n")
        case .refreshing(let resources):
            if animates { say("Looking at \(resources) resources…\n") }
        case .planned(let plan, let catalog):
            write(PlanRenderer(catalog: catalog, style: outputStyle).text(of: plan))
        case .drifted(let plan, let catalog):
            write(PlanRenderer(catalog: catalog, style: outputStyle).driftText(of: plan))
        case .compared(let plan, let catalog):
            write(PlanRenderer(catalog: catalog, style: outputStyle).comparisonText(of: plan))
        case .saved(let path):
            say("\nThe plan is saved. To run exactly it:\n    purser apply \(TerminalText.visible(path.shellWord))\n")
        case .applying(let event): applying(event)
        case .ended(let end):
            stopTicking()
            say("\n" + ReportRenderer(style: errorStyle).text(of: end))
        case .verified(let report): write(VerifyRenderer(style: outputStyle).text(of: report))
        case .examined(let report): write(DoctorRenderer(style: outputStyle).text(of: report))
        case .checked(let report):
            write(CheckRenderer(style: outputStyle, width: context.terminal.width).text(of: report))
        case .explained(let picture): write(PodPictureRenderer(picture, style: outputStyle).text)
        case .recorded(let state, let place, let catalog):
            write(StateRenderer(catalog: catalog, style: outputStyle).text(of: state, place: place))
        case .done(let text): say(TerminalText.visible(text) + "\n")
        case .prompt(let text): say(text)
        case .data(let text): write(text)
        }
    }

    package func close() { stopTicking() }

    // MARK: Runs

    private func applying(_ event: ApplyEvent) {
        switch event {
        case .began(let total):
            board.begin(total: total)
            startTicking()
        case .started(let step):
            board.start(step, at: elapsed)
            if !animates { say(step.phrase(.begun) + "\n") }
        case .progressed(let step, let message): board.progress(step, message)
        case .waiting(let step, let message, let left): board.wait(step, message, until: elapsed + left)
        case .finished(let step, let seconds):
            board.end(step)
            line("\(errorStyle.added("✓")) \(step.phrase(.ended)) (\(Self.rounded(seconds)) s)")
        case .failed(let step, let failure):
            board.end(step)
            line("\(errorStyle.error("✗")) \(step.phrase(.failed)) \(TerminalText.visible(failure.summary))")
        case .interrupted(let running):
            line(
                errorStyle.warning("Interrupted.")
                    + " Waiting for \(running) running; then the rest is undone. Again to stop at once.")
        case .rollbackBegan(let total):
            board = ProgressBoard()
            board.begin(total: total)
            if total > 0 { line(errorStyle.bold("Undoing \(total) \(total == 1 ? "step" : "steps").")) }
        case .undoStarted(let step): board.start(step, at: elapsed)
        case .undone(let step):
            board.end(step)
            line("\(errorStyle.changed("↶")) \(step.phrase(.undone))")
        case .undoFailed(let step, let failure):
            board.end(step)
            line("\(errorStyle.error("✗")) \(step.phrase(.notUndone)) \(TerminalText.visible(failure.summary))")
        }
        redraw()
    }

    private var elapsed: Duration { ContinuousClock.now - origin }

    private static func rounded(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func startTicking() {
        guard ticker == nil else { return }
        ticker = Task { [weak self] in
            while !Task.isCancelled {
                // The display's own pace, on a terminal alone: nothing waits for it, and nothing depends on it.
                try? await Task.sleep(for: .seconds(1))
                await self?.tick()
            }
        }
    }

    private func stopTicking() {
        ticker?.cancel()
        ticker = nil
        say(erasure())
    }

    private func tick() {
        guard ticker != nil else { return }
        if animates { redraw() } else { board.heartbeats(at: elapsed).forEach { say($0 + "\n") } }
    }

    // MARK: Lines

    private func line(_ text: String) { say(erasure() + text + "\n") }

    private func redraw() {
        guard animates, ticker != nil else { return }
        let erasure = erasure()
        let lines = board.statusLines(at: elapsed, width: context.terminal.width, limit: 12)
        guard !lines.isEmpty || !erasure.isEmpty else { return }
        say(erasure + lines.map { errorStyle.faint($0) + "\n" }.joined())
        drawnLines = lines.count
    }

    /// What moves up over the status lines and clears what is below (ECMA-48: CPL, ED). Written together with what
    /// comes in their place, so that nothing flickers.
    private func erasure() -> String {
        defer { drawnLines = 0 }
        return drawnLines > 0 ? "\u{1B}[\(drawnLines)F\u{1B}[J" : ""
    }

    private func say(_ text: String) {
        if !text.isEmpty { context.errors.write(text) }
    }

    private func write(_ text: String) {
        say(erasure())
        context.output.write(text)
    }
}
