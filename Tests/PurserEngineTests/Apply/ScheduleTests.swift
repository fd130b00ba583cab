import PurserEngine
import PurserTestSupport
import Testing

@Suite struct ScheduleTests {
    @Test func `a step starts only after all that it needs`() {
        var schedule = Schedule(needs: [[], [0], [0], [1, 2]], width: 4)
        #expect(schedule.start() == [0])
        #expect(schedule.start() == [])
        schedule.finish(0, succeeded: true)
        #expect(schedule.start() == [1, 2])
        schedule.finish(2, succeeded: true)
        #expect(schedule.start() == [])
        schedule.finish(1, succeeded: true)
        #expect(schedule.start() == [3])
        schedule.finish(3, succeeded: true)
        #expect(schedule.isIdle)
        #expect(schedule.finishedCount == 4)
    }

    @Test func `no more than the width run at once`() {
        var schedule = Schedule(needs: [[], [], []], width: 2)
        #expect(schedule.start() == [0, 1])
        schedule.finish(1, succeeded: true)
        #expect(schedule.start() == [2])
    }

    @Test func `nothing starts after a failure, and running steps still end`() {
        var schedule = Schedule(needs: [[], [], [0], [1]], width: 2)
        #expect(schedule.start() == [0, 1])
        schedule.finish(0, succeeded: false)
        #expect(schedule.start() == [])
        #expect(!schedule.isIdle)
        schedule.finish(1, succeeded: true)
        #expect(schedule.start() == [])
        #expect(schedule.isIdle)
    }

    @Test func `any graph in any interleaving runs every step once and in order`() {
        var generator = SeededGenerator(for: "schedule order")
        for _ in 0..<300 {
            let count = Int.random(in: 1...40, using: &generator)
            let needs = (0..<count).map { step in
                (0..<step).filter { _ in Int.random(in: 0..<5, using: &generator) == 0 }
            }
            var schedule = Schedule(needs: needs, width: Int.random(in: 1...8, using: &generator))
            var running: [Int] = []
            var finished: Set<Int> = []
            while true {
                for step in schedule.start() {
                    #expect(needs[step].allSatisfy(finished.contains))
                    running.append(step)
                }
                guard let index = running.indices.randomElement(using: &generator) else { break }
                let step = running.remove(at: index)
                #expect(finished.insert(step).inserted)
                schedule.finish(step, succeeded: true)
            }
            #expect(finished.count == count)
            #expect(schedule.isIdle)
        }
    }
}
