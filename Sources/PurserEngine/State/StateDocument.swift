import Foundation

/// The state as it lies in a file or blob: JSON, the same bytes for the same state.
package enum StateDocument {
    package static func bytes(of snapshot: StateSnapshot) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(snapshot)) + [UInt8(ascii: "\n")]
    }

    /// Throws `StateError` if it is damaged, of a newer format or of another environment; `place` is for messages.
    package static func snapshot(_ bytes: [UInt8], environment: String, place: String) throws -> StateSnapshot {
        do {
            switch try JSONDecoder().decode(VersionedState.self, from: Data(bytes)) {
            case .unversioned:
                throw StateError.damagedState(place: place, detail: "it is JSON without a formatVersion")
            case .newer(let version): throw StateError.newerFormat(place: place, found: version)
            case .known(let snapshot):
                guard snapshot.environment == environment else {
                    throw StateError.otherEnvironment(place: place, found: snapshot.environment)
                }
                return snapshot
            }
        } catch let error as DecodingError {
            throw StateError.damagedState(place: place, detail: error.shortDescription)
        }
    }
}

/// A state file as far as its format is known.
private enum VersionedState: Decodable {
    case unversioned
    case newer(version: Int)
    case known(StateSnapshot)

    private enum CodingKeys: String, CodingKey { case formatVersion }

    init(from decoder: any Decoder) throws {
        let version = try? decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .formatVersion)
        guard let version else {
            self = .unversioned
            return
        }
        self =
            version <= StateSnapshot.currentFormat ? .known(try StateSnapshot(from: decoder)) : .newer(version: version)
    }
}
