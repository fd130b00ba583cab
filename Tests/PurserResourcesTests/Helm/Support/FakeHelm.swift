import Foundation
import PurserClients
import Synchronization

/// Plays out `helm`: releases with their history, and a way to leave one half done.
final class FakeHelm: HelmRunner {
    struct Revision: Sendable {
        var status: String
        var chart: String
        var values: JSONValue
        var description = ""
    }

    private struct State {
        var revisions: [Revision] = []
        var calls: [[String]] = []
        var questions = Int.max
        /// What the repository gives out under any version.
        var content = "archive"
        var canPull = true
        /// What a version renders: the next time, and each time from then on.
        var renderings: [String: [String]] = [:]
        var manifest: String? = ""
        var hooks = ""
    }

    private let state = Mutex(State())
    var calls: [[String]] { state.withLock { $0.calls } }
    var revisions: [Revision] { state.withLock { $0.revisions } }
    /// What may change the release, in order.
    var verbs: [String] { calls.compactMap(\.first).filter { ["upgrade", "rollback", "uninstall"].contains($0) } }

    /// The repository gives out something else from now on; nothing if nil.
    func give(_ content: String?) {
        state.withLock {
            $0.canPull = content != nil
            $0.content = content ?? ""
        }
    }

    /// What `helm template` prints of a version of the chart; of several texts, one after the other.
    func render(_ version: String, _ texts: String...) { state.withLock { $0.renderings[version] = texts } }

    /// What `helm get` prints of the release; without a manifest, the cluster does not answer.
    func keep(manifest: String?, hooks: String = "") {
        state.withLock {
            $0.manifest = manifest
            $0.hooks = hooks
        }
    }

    /// Leaves the latest revision in a status; after so many questions it is deployed.
    func leave(_ status: String, forStatusCalls count: Int = .max) {
        state.withLock {
            $0.revisions[$0.revisions.count - 1].status = status
            $0.questions = count
        }
    }

    func fail(revision: Int) { state.withLock { $0.revisions[revision - 1].status = "failed" } }

    func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
        state.withLock { state in
            state.calls.append(invocation.arguments)
            let arguments = invocation.arguments
            switch arguments.first {
            case "version": return HelmOutput(exitCode: 0, standardOutput: Array("v3.17.1+g980d8ac".utf8))
            case "upgrade": return Self.upgrade(arguments, invocation.input, &state.revisions)
            case "pull": return Self.pull(arguments, state)
            case "template":
                let version = Self.version(of: arguments[2])
                let texts = state.renderings[version] ?? [""]
                if texts.count > 1 { state.renderings[version] = Array(texts.dropFirst()) }
                return HelmOutput(exitCode: 0, standardOutput: Array(texts[0].utf8))
            case "get" where arguments[1] != "values":
                guard let manifest = state.manifest else { return Self.unreachable }
                let text = arguments[1] == "hooks" ? state.hooks : manifest
                return HelmOutput(exitCode: 0, standardOutput: Array(text.utf8))
            case "uninstall":
                if state.revisions.isEmpty { return Self.notFound }
                state.revisions = []
                return HelmOutput(exitCode: 0)
            case "rollback":
                guard let number = Int(arguments[2]), state.revisions.indices.contains(number - 1) else {
                    return Self.notFound
                }
                state.revisions[state.revisions.count - 1].status = "superseded"
                state.revisions.append(state.revisions[number - 1])
                state.revisions[state.revisions.count - 1].status = "deployed"
                state.revisions[state.revisions.count - 1].description = "Rollback to \(number)"
                return HelmOutput(exitCode: 0)
            default:
                if arguments.first == "status" {
                    state.questions -= 1
                    if state.questions == 0 { state.revisions[state.revisions.count - 1].status = "deployed" }
                }
                return Self.tell(arguments, state.revisions)
            }
        }
    }

    private static func upgrade(
        _ arguments: [String], _ input: [UInt8]?, _ revisions: inout [Revision]
    ) -> HelmOutput {
        let values = input.flatMap { try? JSONValue(parsing: $0) } ?? [:]
        if !revisions.isEmpty { revisions[revisions.count - 1].status = "superseded" }
        revisions.append(Revision(status: "deployed", chart: name(of: arguments[2]), values: values))
        return output(status(revisions))
    }

    /// `NAME-VERSION` of an archive, which is all that a fetched chart is named by.
    private static func name(of archive: String) -> String {
        String((archive.split(separator: "/").last ?? "").dropLast(".tgz".count))
    }

    private static func version(of archive: String) -> String {
        String(name(of: archive).split(separator: "-").last ?? "")
    }

    private static func pull(_ arguments: [String], _ state: State) -> HelmOutput {
        guard state.canPull, let version = arguments.firstIndex(of: "--version").map({ arguments[$0 + 1] }),
            let directory = arguments.firstIndex(of: "--destination").map({ arguments[$0 + 1] })
        else { return HelmOutput(exitCode: 1, standardError: "Error: the repository cannot be reached") }
        let name = arguments[1].split(separator: "/").last ?? ""
        let file = "\(directory)/\(name.prefix { $0 != "@" })-\(version).tgz"
        _ = FileManager.default.createFile(atPath: file, contents: Data("\(version) \(state.content)".utf8))
        return HelmOutput(exitCode: 0)
    }

    private static func tell(_ arguments: [String], _ revisions: [Revision]) -> HelmOutput {
        guard let last = revisions.last else { return notFound }
        switch arguments.first {
        case "status": return output(status(revisions))
        case "get": return output(last.values)
        default:
            return output(
                .array(
                    revisions.enumerated().map { index, revision in
                        [
                            "revision": .integer(index + 1), "status": .string(revision.status),
                            "chart": .string(revision.chart), "app_version": "1.8.2", "description": "",
                        ]
                    }))
        }
    }

    private static func status(_ revisions: [Revision]) -> JSONValue {
        [
            "name": "csi", "namespace": "csi", "version": .integer(revisions.count),
            "info": [
                "status": .string(revisions.last?.status ?? ""),
                "description": .string(revisions.last?.description ?? ""),
            ],
        ]
    }

    private static func output(_ value: JSONValue) -> HelmOutput {
        HelmOutput(exitCode: 0, standardOutput: value.encoded)
    }
    private static let unreachable = HelmOutput(
        exitCode: 1, standardError: "Error: Kubernetes cluster unreachable: connection refused")
    private static let notFound = HelmOutput(exitCode: 1, standardError: "Error: release: not found")
}
