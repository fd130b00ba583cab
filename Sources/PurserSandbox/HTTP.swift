import Foundation

/// Header fields in their order; names are compared without case.
struct Headers: Sendable, ExpressibleByDictionaryLiteral {
    var fields: [(name: String, value: String)]

    init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }
    init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { ($0.0, $0.1) } }

    /// The first field of that name. Setting replaces all of that name.
    subscript(name: String) -> String? {
        get { fields.first { $0.name.lowercased() == name.lowercased() }?.value }
        set {
            fields.removeAll { $0.name.lowercased() == name.lowercased() }
            if let newValue { fields.append((name, newValue)) }
        }
    }
}

extension Headers {
    /// The values of all fields of that name, in their order.
    func all(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}

/// What a client asked, as it came off the wire.
struct SandboxRequest: Sendable {
    var method: String
    /// Host and port as the client named them, e.g. `localhost:8443`.
    var authority: String
    /// The path as sent, percent-encoded, without the query.
    var path: String
    /// The query's items, decoded, in their order.
    var query: [(name: String, value: String)]
    var headers: Headers
    var body: [UInt8]

    init(
        _ method: String, _ target: String, authority: String = "localhost", headers: Headers = [:], body: [UInt8] = []
    ) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        self.authority = authority
        path = String(parts[0])
        query = parts.count > 1 ? Self.items(ofForm: String(parts[1])) : []
        self.headers = headers
        self.body = body
    }

    /// Whether the call asks to change nothing: `dryRun=All` of the Kubernetes API.
    var isDryRun: Bool { query.contains { $0.name == "dryRun" && $0.value == "All" } }

    /// The authority without its port, in lower case.
    var host: String {
        let name = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return name.lowercased()
    }

    /// The path's parts, decoded; empty ones are left out, so that `//a/b/` is the same as `/a/b`.
    var segments: [String] {
        path.split(separator: "/").map { $0.removingPercentEncoding ?? String($0) }
    }

    /// The first query item of that name, without case, as Azure reads them.
    subscript(query name: String) -> String? {
        query.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// - Throws: `DecodingError` if the body is not JSON.
    func json() throws -> JSON { try JSON(parsing: body) }

    /// The body's fields as `application/x-www-form-urlencoded`; the last of several equal names counts.
    func form() -> [String: String] {
        Dictionary(Self.items(ofForm: String(decoding: body, as: UTF8.self)).map { ($0.name, $0.value) }) { $1 }
    }

    private static func items(ofForm text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { part in
                let blanks = String(part.map { $0 == "+" ? " " : $0 })
                return blanks.removingPercentEncoding ?? blanks
            }
            return (decoded[0], decoded.count > 1 ? decoded[1] : "")
        }
    }
}

/// What the sandbox answers.
struct SandboxResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Chunks sent as they come; the answer ends with the stream.
        case stream(AsyncStream<[UInt8]>)
        /// Binary messages over the WebSocket that the request asked for, which is closed after them. The status is 101,
        /// and the headers name the subprotocol.
        case messages([[UInt8]])
    }

    var status: Int
    var headers: Headers
    var body: Body

    init(status: Int, headers: Headers = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// 200 with that document.
    static func json(_ document: JSON, headers: Headers = [:]) -> SandboxResponse {
        json(200, document, headers: headers)
    }

    static func json(_ status: Int, _ document: JSON, headers: Headers = [:]) -> SandboxResponse {
        var response = SandboxResponse(status: status, headers: headers, body: .bytes(document.bytes()))
        if response.headers["Content-Type"] == nil {
            response.headers["Content-Type"] = "application/json; charset=utf-8"
        }
        return response
    }

    static func text(_ status: Int, _ text: String) -> SandboxResponse {
        SandboxResponse(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(Array(text.utf8)))
    }
}

/// One of the services that the sandbox plays out.
protocol SandboxService: Sendable {
    func respond(to request: SandboxRequest) async -> SandboxResponse
}
