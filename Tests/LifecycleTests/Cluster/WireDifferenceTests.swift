import Foundation
import PurserClients
import Testing

extension Lifecycle {
    /// The same requests, put to the sandbox and to a real API server over bare HTTP: both must answer alike, down to the
    /// text of each refusal.
    @Suite(WireTold()) struct WireDifferenceTests {
        @Test(.enabled(if: APIServer.assets != nil, "needs KUBEBUILDER_ASSETS"))
        func `the sandbox answers as a real API server of its version does`() async throws {
            try await TestCluster.with(.sandbox) { sandbox in
                try await TestCluster.with(.apiServer) { server in
                    guard sandbox.minor == server.minor else {
                        return print(
                            "no answers were compared, because \(server.description) is not of the version of "
                                + sandbox.description)
                    }
                    for probe in WireProbe.all {
                        let expected = try await answer(probe, of: server)
                        let found = try await answer(probe, of: sandbox)
                        #expect(found == expected, "\(probe.title)")
                    }
                    print("\(WireProbe.all.count) answers of \(sandbox.description) and \(server.description) compared")
                }
            }
        }

        private func answer(_ probe: WireProbe, of cluster: TestCluster) async throws -> String {
            let answer = try await cluster.api.send(
                probe.method, probe.path, probe.body.map { Array($0.utf8) }, type: probe.type, accept: probe.accept)
            return WireAnswer(answer, probe.looking).text
        }
    }
}

/// What of an answer must be the same everywhere.
struct WireAnswer {
    let text: String

    init(_ answer: RawAPI.Answer, _ looking: WireProbe.Looking) {
        var lines = ["\(answer.status)"]
        if answer.body["kind"] == "Status" {
            lines.append(Self.bare(answer.body["reason"] ?? "").text)
            lines.append(Self.bare(answer.body["message"] ?? "").text)
            lines.append(Self.once(Self.bare(answer.body["details"] ?? [:])).text)
        } else if answer.succeeded {
            switch looking {
            case .outcome: break
            case .object: lines.append(Self.bare(answer.body).text)
            case .spec: lines.append(Self.bare(answer.body["spec"] ?? [:]).text)
            case .table: lines.append(Self.table(answer.body).text)
            }
        } else {
            lines.append(Self.bare(.string(answer.text)).text)
        }
        text = lines.joined(separator: "\n")
    }

    /// Each cause once: the server looks at metadata twice.
    private static func once(_ details: JSONValue) -> JSONValue {
        var details = details
        let causes = (details["causes"]?.array ?? []).reduce(into: [JSONValue]()) { causes, cause in
            if !causes.contains(cause) { causes.append(cause) }
        }
        if !causes.isEmpty { details["causes"] = .array(causes) }
        return details
    }

    /// Names that each server draws anew; and `.`, by which a manager owns a map beside what is in it: the server tells it
    /// of maps that its own types have as pointers, and no client sees a difference.
    private static let drawn: Set<String> = [
        ".",
        "uid", "creationTimestamp", "resourceVersion", "time", "deletionTimestamp", "clusterIP", "clusterIPs",
    ]

    /// Without identifiers, versions, times, the JSON parsers' own words, and Go's picture of a value.
    private static func bare(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            return .object(
                members.filter { !drawn.contains($0.key) }.mapValues(bare))
        case .array(let elements): return .array(elements.map(bare))
        case .string(let text): return .string(bare(text))
        default: return value
        }
    }

    private static func bare(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "UID")
            .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, with: "TIME")
            .replacing(/(json parse error|error decoding patch|continue key is not valid): [^<j].*/) {
                "\($0.output.1): …"
            }
            .replacing(/current: \d+/, with: "current: N")
            .replacing(/Invalid value: "\{.*\}"/, with: "Invalid value: {…}")
            .replacing(/\n@@[\s\S]*/, with: "")
            .replacing(/Unsupported value: \{.*\}/, with: "Unsupported value: {…}")
    }

    /// Names and types of the columns, and the cells but for ages.
    private static func table(_ table: JSONValue) -> JSONValue {
        let columns = table["columnDefinitions"]?.array ?? []
        let kept = columns.indices.filter { columns[$0]["name"] != "Age" }
        let rows = (table["rows"]?.array ?? []).map { row in JSONValue.array(kept.compactMap { row["cells"]?[$0] }) }
        return [
            "columns": .array(columns.map { [$0["name"] ?? "", $0["type"] ?? "", $0["priority"] ?? 0] }),
            "rows": .array(rows),
        ]
    }
}

/// Tells why there was no comparison, where there was none.
struct WireTold: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        if APIServer.assets == nil { print("\(test.name) compared nothing\(ClusterScope.left)") }
    }
}
