import Foundation
package import PurserClients

/// A request and what comes of it, as a fixture writes them.
///
/// ```
/// PUT https://management.azure.com/subscriptions/s/resourcegroups/demo?api-version=2025-04-01
/// If-Match: "1"
///
/// {"location":"westeurope"}
/// <<<
/// 201
/// x-ms-request-id: 7
///
/// {"name":"demo"}
/// ```
///
/// Exchanges are separated by lines of `===`; lines starting with `#` before a request are remarks. A header of the
/// request that is written must be there, others may; a body that is written must be the same JSON, or the same text.
/// In place of an answer's status may stand a transport's failure: `reset`, `truncated`, `connect`, `timeout`, `tls`.
package struct WireExchange: Sendable {
    package var method: String
    package var url: String
    package var headers: [HTTPHeader]
    package var body: String?
    package var outcome: Result<HTTPResponse, TransportError>

    package struct Malformed: Error {
        package var text: String
    }

    /// Reads all exchanges of a text.
    package static func parse(_ text: String) throws -> [WireExchange] {
        try text.split(separator: /(?m)^===.*$/).compactMap { part in
            let content = part.split(separator: "\n", omittingEmptySubsequences: false).drop {
                $0.hasPrefix("#") || $0.allSatisfy(\.isWhitespace)
            }
            return content.isEmpty ? nil : try WireExchange(lines: Array(content))
        }
    }

    /// Reads `Tests/Fixtures/Wire/NAME.http`.
    package static func fixture(_ name: String) throws -> [WireExchange] {
        let file = Golden.fixtures.appending(path: "Wire/\(name).http")
        return try parse(String(contentsOf: file, encoding: .utf8))
    }

    private init(lines: [Substring]) throws {
        guard let middle = lines.firstIndex(of: "<<<") else { throw Malformed(text: lines.joined(separator: "\n")) }
        let request = try Message(lines[..<middle])
        let answer = try Message(lines[(middle + 1)...])
        let words = request.first.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else { throw Malformed(text: String(request.first)) }
        method = String(words[0])
        url = String(words[1])
        headers = request.headers
        body = request.body
        outcome = try Self.outcome(answer)
    }

    private static func outcome(_ answer: Message) throws -> Result<HTTPResponse, TransportError> {
        if let status = Int(answer.first) {
            let body = Array((answer.body ?? "").utf8)
            return .success(HTTPResponse(status: status, headers: answer.headers, body: body))
        }
        guard let kind = TransportError.Kind(rawValue: String(answer.first)) else {
            throw Malformed(text: String(answer.first))
        }
        let isBefore = kind == .connect || kind == .tls
        return .failure(TransportError(kind, requestMayHaveBeenSent: !isBefore, detail: "as ordered"))
    }

    /// First line, header lines, an empty line, the body.
    private struct Message {
        var first: Substring
        var headers: [HTTPHeader] = []
        var body: String?

        init(_ lines: ArraySlice<Substring>) throws {
            guard let first = lines.first else { throw Malformed(text: "an exchange without a first line") }
            self.first = first
            let rest = lines.dropFirst()
            let head = rest.prefix { !$0.isEmpty }
            headers = try head.map { line in
                guard let colon = line.firstIndex(of: ":") else { throw Malformed(text: String(line)) }
                let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
                return HTTPHeader(String(line[..<colon]), String(value))
            }
            var text = rest.dropFirst(head.count + 1).joined(separator: "\n")
            while text.hasSuffix("\n") { text.removeLast() }
            body = text.isEmpty ? nil : text
        }
    }

    /// What of the request is not as written, or nil if all is.
    package func difference(from request: HTTPRequest) -> String? {
        guard method == request.method, url == request.url else {
            return "expected \(method) \(url)\n but got \(request.method) \(request.url)"
        }
        for header in headers where request.header(header.name) != header.value {
            return
                "\(method) \(url): expected \(header.name): \(header.value), got \(request.header(header.name) ?? "none")"
        }
        guard let body else { return nil }
        let sent = request.body ?? []
        if let expected = try? JSONValue(parsing: body), let actual = try? JSONValue(parsing: sent) {
            return expected == actual ? nil : "\(method) \(url): expected body \(expected.text), got \(actual.text)"
        }
        let text = String(decoding: sent, as: UTF8.self)
        return text == body ? nil : "\(method) \(url): expected body \(body), got \(text)"
    }
}
