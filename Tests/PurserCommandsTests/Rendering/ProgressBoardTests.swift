import PurserEngine
import Testing

@testable import PurserCommands

@Suite struct ProgressBoardTests {
    private func step(_ id: Int) -> Step {
        Step(id: id, address: Address("boxes/b\(id)"), kind: "test/box", operation: .create, needs: [])
    }

    @Test func `a silent step is mentioned every 30 seconds, with what it waits for`() {
        var board = ProgressBoard()
        board.begin(total: 2)
        board.start(step(0), at: .seconds(0))
        board.start(step(1), at: .seconds(20))
        #expect(board.heartbeats(at: .seconds(29)).isEmpty)
        #expect(board.heartbeats(at: .seconds(30)) == ["boxes/b0: still creating… (30 s)"])
        board.progress(step(1), "the identity\nis not visible yet")
        #expect(
            board.heartbeats(at: .seconds(50)) == [
                "boxes/b1: still creating… (30 s): the identity\\nis not visible yet"
            ])
        board.end(step(0))
        #expect(board.heartbeats(at: .seconds(79)).isEmpty)
        #expect(board.heartbeats(at: .seconds(80)).count == 1)
    }

    @Test func `a wait is shown with what is left of it, however long its message`() {
        var board = ProgressBoard()
        board.begin(total: 1)
        board.start(step(0), at: .seconds(0))
        board.wait(step(0), "waiting until the vault admits reading secrets", until: .seconds(180))
        #expect(
            board.statusLines(at: .seconds(12), width: 50, limit: 5)[0]
                == "  boxes/b0: creating… 12 s, at most 168 s more: w…")
        #expect(
            board.heartbeats(at: .seconds(30)) == [
                "boxes/b0: still creating… (30 s, at most 150 s more): waiting until the vault admits reading secrets"
            ])
        #expect(board.statusLines(at: .seconds(181), width: 80, limit: 5)[0].contains("181 s, at most 0 s more"))
        board.progress(step(0), "writing")
        #expect(board.statusLines(at: .seconds(190), width: 80, limit: 5)[0] == "  boxes/b0: creating… 190 s: writing")
    }

    @Test func `status lines fit the terminal's width and height`() {
        var board = ProgressBoard()
        board.begin(total: 30)
        for id in 0..<20 { board.start(step(id), at: .seconds(id)) }
        board.progress(step(0), String(repeating: "long ", count: 40))
        let lines = board.statusLines(at: .seconds(60), width: 50, limit: 5)
        #expect(lines.count == 7)
        #expect(lines.allSatisfy { $0.count <= 50 })
        #expect(lines[1] == "  boxes/b1: creating… 59 s")
        #expect(lines.suffix(2) == ["  … and 15 more", "  0 of 30 done"])
    }
}
