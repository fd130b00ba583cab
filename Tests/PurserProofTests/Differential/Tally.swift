import Foundation
import PurserProof
import SwiftASN1

@testable import PurserSandbox

/// How often proof and sandbox agree, and where they do not.
struct Tally {
    private(set) var mounted = 0
    private(set) var failed = 0
    private(set) var undecided = 0
    private(set) var wrong = 0
    private(set) var secrets = 0
    private(set) var secretFailures = 0
    private(set) var files = 0

    /// What is wrong with the verdict; empty if it is right, or if the proof says that it does not know.
    mutating func add(_ proof: PodProof, _ actual: SandboxOutcome) -> [String] {
        guard let volume = proof.volumes.first else { return ["no volume"] }
        var problems: [String] = []
        let isOpen = proof.undecided.contains { $0.link != .secrets }
        if let failure = actual.failure {
            failed += 1
            if let foretold = volume.failure {
                // What is not known may fail before.
                if !isOpen, !Self.matches(foretold, failure) {
                    problems.append("foretold: \(foretold)\nbut: \(failure)")
                }
            } else if isOpen {
                undecided += 1
            } else {
                problems.append("foretold to mount, but: \(failure)")
            }
        } else {
            mounted += 1
            if let foretold = volume.failure {
                problems.append("foretold to fail (\(foretold)), but mounts \(actual.files.keys.sorted())")
            } else {
                if isOpen { undecided += 1 }
                problems += compare(volume, actual, proof)
            }
        }
        if !problems.isEmpty { wrong += 1 }
        return problems
    }

    private mutating func compare(_ volume: VolumeProof, _ actual: SandboxOutcome, _ proof: PodProof) -> [String] {
        var problems: [String] = []
        let foretold = Dictionary(volume.files.map { ($0.path, $0) }) { $1 }
        if Set(foretold.keys) != Set(actual.files.keys) {
            return ["files \(foretold.keys.sorted()), but \(actual.files.keys.sorted())"]
        }
        files += foretold.count
        for (path, file) in foretold {
            guard let real = actual.files[path] else { continue }
            if UInt32(file.mode) != real.mode { problems.append("mode of \(path): \(file.mode), but \(real.mode)") }
            if !Self.fits(file.content, real.bytes) { problems.append("\(path) is not \(file.content)") }
        }
        let isOpen = proof.undecided.contains { $0.link == .secrets || $0.link == .files }
        for (secret, outcome) in zip(volume.secrets, actual.secrets) {
            problems += Self.compare(secret, outcome, isOpen: isOpen)
            switch outcome {
            case .success: secrets += 1
            case .failure: secretFailures += 1
            }
        }
        return problems
    }

    private static func compare(
        _ secret: SyncedSecret, _ outcome: Result<[String: [UInt8]], ProviderFailure>, isOpen: Bool
    ) -> [String] {
        switch outcome {
        case .success(let data):
            if let failure = secret.failure {
                // An empty key is no failure of the driver, but of those who read it.
                let isEmptyKey = data.values.contains {
                    String(decoding: $0, as: UTF8.self).contains("PRIVATE KEY-----\n-----END")
                }
                return isEmptyKey ? [] : ["Secret foretold to fail: \(failure), but has \(data.keys.sorted())"]
            }
            return Set(secret.keys.keys) == Set(data.keys)
                ? [] : ["keys \(secret.keys.keys.sorted()), but \(data.keys.sorted())"]
        case .failure(.failed(let text)):
            guard let failure = secret.failure else { return isOpen ? [] : ["Secret foretold, but: \(text)"] }
            return isOpen || matches(failure, text) ? [] : ["Secret foretold: \(failure)\nbut: \(text)"]
        case .failure(.deadlineExceeded): return []
        }
    }

    /// Whether the parts of a text between `…` come in this order in another; the driver's own wrapping is left out.
    static func matches(_ foretold: String, _ actual: String) -> Bool {
        var rest = actual[...]
        for part in foretold.split(separator: "…") {
            let part = part.drop { $0 == " " }
            let inner = part.range(of: "err: ").map { part[$0.upperBound...] } ?? part
            guard let found = rest.range(of: part.hasPrefix("failed to get data in spc") ? inner : part) else {
                return false
            }
            rest = rest[found.upperBound...]
        }
        return true
    }

    private static func fits(_ content: FileContent, _ bytes: [UInt8]) -> Bool {
        let blocks = Set(PEMText.blocks(in: bytes).map(\.discriminator))
        switch content {
        case .unknown, .text: return blocks.isEmpty
        case .certificates: return blocks == ["CERTIFICATE"]
        case .publicKey: return blocks == ["PUBLIC KEY"]
        case .privateKey: return !blocks.isEmpty && blocks.allSatisfy { $0.hasSuffix("PRIVATE KEY") }
        case .privateKeyAndCertificates:
            return blocks.contains("CERTIFICATE") && blocks.contains { $0.hasSuffix("PRIVATE KEY") }
        case .encryptedKey: return blocks.contains("ENCRYPTED PRIVATE KEY")
        case .pfxText: return Data(base64Encoded: Data(bytes)) != nil && blocks.isEmpty
        case .pfx: return (try? DER.parse(bytes)) != nil
        case .empty: return bytes.isEmpty
        }
    }

    /// Precision: of the verdicts given, how many are right. Recall: of the mounts that fail, how many are foretold.
    func summary(_ cases: Int) -> String {
        let decided = cases - undecided
        let precision = decided == 0 ? 0 : Double(decided - wrong) / Double(decided)
        let recall = Double(cases - undecided - wrong) / Double(cases)
        return """
            differential: \(cases) cases, \(mounted) mounted with \(files) files, \(failed) failed, \(undecided) undecided, \
            \(wrong) wrong; \(secrets) Secrets made, \(secretFailures) refused; precision \(precision), decided \(recall)
            """
    }
}
