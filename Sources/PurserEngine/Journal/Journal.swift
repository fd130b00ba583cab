import Crypto
import Foundation

/// Durable bytes for one journal. Appended bytes are on disk when `append` returns.
package protocol JournalStorage: Sendable {
    /// All that was appended, or nil if there is no journal.
    func read() async throws -> [UInt8]?
    func append(_ bytes: [UInt8]) async throws
    func remove() async throws
}

/// The write-ahead record of one run: an intent before each call, its outcome after.
package actor Journal {
    private let storage: any JournalStorage
    private let encoder: JSONEncoder

    package init(storage: any JournalStorage) {
        self.storage = storage
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    package func append(_ entry: JournalEntry) async throws {
        try await storage.append(JournalLine.bytes(of: [UInt8](encoder.encode(entry))))
    }

    package func remove() async throws { try await storage.remove() }
}

/// The form of a line: `{"sum":"<16 hex digits>","entry":<entry>}` and a newline. The sum is the beginning of the
/// SHA-256 of the entry's bytes as they stand.
enum JournalLine {
    private static let head = [UInt8](#"{"sum":""#.utf8)
    private static let middle = [UInt8](#"","entry":"#.utf8)
    private static let sumLength = 16

    static func bytes(of entry: [UInt8]) -> [UInt8] {
        head + sum(of: entry) + middle + entry + [UInt8(ascii: "}"), UInt8(ascii: "\n")]
    }

    /// The entry's bytes, or nil if the line (without newline) is not whole.
    static func entry(in line: ArraySlice<UInt8>) -> [UInt8]? {
        let prefixLength = head.count + sumLength + middle.count
        guard line.count > prefixLength, line.starts(with: head), line.last == UInt8(ascii: "}") else { return nil }
        let sumStart = line.startIndex + head.count
        let written = line[sumStart..<sumStart + sumLength]
        guard line[(sumStart + sumLength)...].starts(with: middle) else { return nil }
        let entry = [UInt8](line[(line.startIndex + prefixLength)...].dropLast())
        return written.elementsEqual(sum(of: entry)) ? entry : nil
    }

    private static func sum(of bytes: [UInt8]) -> [UInt8] {
        let digits = [UInt8]("0123456789abcdef".utf8)
        return SHA256.hash(data: bytes).prefix(sumLength / 2)
            .flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
}

/// What a journal says, read back.
package struct JournalReplay: Sendable {
    package let begin: JournalEntry.Begin
    /// In the order in which they were begun.
    package private(set) var intents: [JournalEntry.Intent] = []
    package private(set) var done: [Int: Attributes?] = [:]
    package private(set) var failed: [Int: Bool] = [:]
    package private(set) var undone: [Int: Attributes?] = [:]
    package private(set) var rollbackBegan = false
    package private(set) var ending: ApplyReport.Ending?

    /// Reads a journal. A torn last line is dropped: its call was never begun, or its outcome counts as unknown.
    /// Throws `StateError.damagedJournal` for anything else that is wrong, and changes nothing.
    /// Returns nil if not even the first line is whole: the run had not begun anything.
    package static func read(_ bytes: [UInt8]) throws -> JournalReplay? {
        var replay: JournalReplay?
        let decoder = JSONDecoder()
        // What follows the last newline is nothing, or a torn line.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        for (index, line) in lines.enumerated() {
            guard let entryBytes = JournalLine.entry(in: line),
                let entry = try? decoder.decode(JournalEntry.self, from: Data(entryBytes))
            else { throw StateError.damagedJournal(line: index + 1) }
            if case .begin(let begin) = entry, replay == nil {
                replay = JournalReplay(begin: begin)
            } else if replay?.take(entry) != true {
                throw StateError.damagedJournal(line: index + 1)
            }
        }
        return replay
    }

    private init(begin: JournalEntry.Begin) { self.begin = begin }

    private mutating func take(_ entry: JournalEntry) -> Bool {
        switch entry {
        case .begin: return false
        case .intent(let intent): intents.append(intent)
        case .done(let step, let attributes): done[step] = .some(attributes)
        case .failed(let step, let outcomeUnknown): failed[step] = outcomeUnknown
        case .rollbackBegan: rollbackBegan = true
        case .undone(let step, let attributes): undone[step] = .some(attributes)
        case .undoFailed: break
        case .end(let ending): self.ending = ending
        }
        return true
    }

    /// The steps whose effect may be there: done, or begun with an unknown outcome, and not undone; newest first.
    package var effective: [JournalEntry.Intent] {
        intents.reversed().filter { intent in
            guard undone[intent.step] == nil else { return false }
            return done[intent.step] != nil || failed[intent.step] ?? true
        }
    }

    /// The steps that were begun and of which nobody knows how they ended.
    package var unsettled: [JournalEntry.Intent] {
        intents.filter { intent in
            done[intent.step] == nil && undone[intent.step] == nil && failed[intent.step] ?? true
        }
    }

    /// Whether nobody heard how the step's call ended.
    package func isUncertain(_ step: Int) -> Bool { done[step] == nil && failed[step] ?? true }

    /// The state after the steps that were done and not undone.
    package func folded(into base: StateSnapshot) -> StateSnapshot {
        var state = base
        for intent in intents {
            if let restored = undone[intent.step] {
                restored.map { record($0, of: intent, in: &state, base: base) }
            } else if let attributes = done[intent.step] {
                apply(intent, attributes, to: &state)
            }
        }
        return state
    }

    private func apply(_ intent: JournalEntry.Intent, _ attributes: Attributes?, to state: inout StateSnapshot) {
        if let old = intent.movedFrom { state.resources[old] = nil }
        if let attributes {
            var record = intent.record
            record.attributes = attributes
            state.resources[intent.address] = record
        } else {
            state.resources[intent.address] = nil
        }
    }

    /// After an undo, the outputs that could not be brought back as they were are recorded; nothing else changes.
    private func record(
        _ restored: Attributes, of intent: JournalEntry.Intent, in state: inout StateSnapshot, base: StateSnapshot
    ) {
        let address = intent.movedFrom ?? intent.address
        guard base.resources[address] != nil else { return }
        state.resources[address]?.attributes = restored
    }
}
