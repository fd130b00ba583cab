import DequeModule

/// Which steps may run now: ordering and width as a value, so that any interleaving is a test without tasks.
///
/// A step becomes ready when all it needs have succeeded; steps start in order of their id. After a failure or `stop()`
/// nothing more starts. Every step costs time proportional to its own edges.
package struct Schedule: Sendable {
    private let dependents: [[Int]]
    private var waitingFor: [Int]
    private var ready: Deque<Int>
    private var running = 0
    private let width: Int
    package private(set) var isStopped = false
    package private(set) var finishedCount = 0

    /// `needs[i]` are the positions that position `i` waits for; they must form no cycle. `width` is at least 1.
    package init(needs: [[Int]], width: Int) {
        var dependents = [[Int]](repeating: [], count: needs.count)
        for (step, itsNeeds) in needs.enumerated() {
            for need in itsNeeds { dependents[need].append(step) }
        }
        self.dependents = dependents
        waitingFor = needs.map(\.count)
        ready = Deque(needs.indices.filter { needs[$0].isEmpty })
        self.width = max(1, width)
    }

    /// Takes the steps that are to start now.
    package mutating func start() -> [Int] {
        guard !isStopped else { return [] }
        var started: [Int] = []
        while running < width, let next = ready.popFirst() {
            started.append(next)
            running += 1
        }
        return started
    }

    /// Tells that a started step has ended. After a failure nothing more starts.
    package mutating func finish(_ step: Int, succeeded: Bool) {
        running -= 1
        guard succeeded else {
            isStopped = true
            return
        }
        finishedCount += 1
        for dependent in dependents[step] {
            waitingFor[dependent] -= 1
            if waitingFor[dependent] == 0 { ready.append(dependent) }
        }
    }

    package mutating func stop() { isStopped = true }

    /// Whether nothing runs and nothing more will start.
    package var isIdle: Bool { running == 0 && (isStopped || ready.isEmpty) }
}
