/// What may be told about a request: its method and its address, with the values of query parameters that could carry
/// a signature left out.
package struct RequestSummary: Sendable, Hashable, CustomStringConvertible {
    package var method: String
    package var url: String

    package init(_ request: HTTPRequest) {
        method = request.method
        url = Self.shown(request.url)
    }

    package var description: String { "\(method) \(url)" }

    /// Whether the request can change anything at the service.
    package var isWrite: Bool { !["GET", "HEAD", "OPTIONS"].contains(method) }

    private static let harmless: Set<String> = [
        "$expand", "$filter", "$top", "allowWatchBookmarks", "api-version", "comp", "dryRun", "fieldManager",
        "fieldSelector", "fieldValidation", "force", "forceDeletionTypes", "includePending", "labelSelector", "limit",
        "maxresults", "propagationPolicy", "resourceVersion", "resourceVersionMatch", "restype", "timeoutSeconds",
        "watch",
    ]

    private static func shown(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return url }
        let query = parts[1].split(separator: "&").map { parameter in
            let name = parameter.prefix { $0 != "=" }
            return harmless.contains(String(name)) ? String(parameter) : "\(name)=…"
        }
        return "\(parts[0])?\(query.joined(separator: "&"))"
    }
}

/// Sees every request as it is sent, repetitions and polls included, without headers and bodies.
package protocol RequestObserver: Sendable {
    func willSend(_ request: RequestSummary)
    /// The answer's status, or nil if there was none.
    func didReceive(_ status: Int?, for request: RequestSummary)
}

extension RequestObserver {
    package func didReceive(_ status: Int?, for request: RequestSummary) {}
}
