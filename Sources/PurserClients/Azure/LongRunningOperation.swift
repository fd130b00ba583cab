/// Decides, answer by answer, how an operation of Azure Resource Manager goes on. It sends nothing itself.
///
/// Source: Azure Resource Manager, "Track asynchronous Azure operations". What comes back decides, not the verb:
/// `Azure-AsyncOperation` is polled for a status; else the `Location` of a 202 is polled for its own status code; else a
/// body with a `provisioningState` that is not terminal is read again until it is. A `Location` on a 201 is no
/// operation. A polling address may change with each answer and is kept byte for byte.
struct LongRunningOperation: Sendable {
    enum Step: Sendable, Equatable {
        /// Read this address after the pause; nil leaves the pause to the caller.
        case poll(url: String, after: Duration?)
        /// The operation succeeded; its result is read at this address.
        case fetch(url: String)
        /// The operation succeeded; this answer's body is the result.
        case done
        /// The operation failed or was cancelled, or an answer makes no sense.
        case failed(code: String, message: String)
    }

    private enum Flavour: Sendable {
        case asyncOperation
        case location
        case provisioningState
    }

    private let method: String
    private let resourceURL: String
    private var flavour: Flavour?
    private var pollURL: String
    private var resultURL: String?
    private var misses = 0

    /// Polls that may answer 404 while a new resource is not visible everywhere.
    private static let tolerableMisses = 10

    init(method: String, resourceURL: String) {
        self.method = method
        self.resourceURL = resourceURL
        pollURL = resourceURL
    }

    /// What follows from the first answer, a successful one.
    mutating func start(_ response: HTTPResponse) -> Step {
        let location = response.header("Location")
        if let url = response.header("Azure-AsyncOperation") {
            flavour = .asyncOperation
            resultURL = method == "POST" ? location : nil
            return polling(url, response)
        }
        if response.status == 202, let location {
            flavour = .location
            return polling(location, response)
        }
        guard response.status != 204, method == "PUT" || method == "PATCH",
            let state = Self.provisioningState(of: response), !Self.isTerminal(state)
        else { return .done }
        flavour = .provisioningState
        return polling(resourceURL, response)
    }

    /// What follows from the answer to a poll, whatever its status. Answers that say nothing about the operation (429,
    /// 5xx) are polled again.
    mutating func next(_ response: HTTPResponse) -> Step {
        if response.status == 429 || response.status == 408 || response.status >= 500 {
            return .poll(url: pollURL, after: RetryPolicy.retryAfter(response.headers))
        }
        if response.status == 404 { return missing(response) }
        guard (200..<300).contains(response.status) else { return .failed(code: "", message: "") }
        switch flavour {
        case .asyncOperation: return nextOfAsyncOperation(response)
        case .location: return nextOfLocation(response)
        case .provisioningState, nil: return nextOfProvisioningState(response)
        }
    }

    private mutating func polling(_ url: String, _ response: HTTPResponse) -> Step {
        pollURL = url
        return .poll(url: url, after: RetryPolicy.retryAfter(response.headers))
    }

    /// During a deletion 404 is the end; while something is made, it is not visible yet.
    private mutating func missing(_ response: HTTPResponse) -> Step {
        if method == "DELETE" { return .done }
        misses += 1
        guard misses <= Self.tolerableMisses else { return .failed(code: "", message: "") }
        return .poll(url: pollURL, after: RetryPolicy.retryAfter(response.headers))
    }

    private mutating func nextOfAsyncOperation(_ response: HTTPResponse) -> Step {
        let body = try? JSONValue(parsing: response.body)
        guard let status = body?["status"]?.string ?? body?.at("properties", "provisioningState")?.string else {
            return .failed(code: ServiceError.Code.unexpectedAnswer, message: "the operation's answer has no status")
        }
        switch status.lowercased() {
        case "succeeded": return afterSuccess()
        case "failed", "canceled", "cancelled": return .failed(code: status, message: "the operation \(status)")
        default: return polling(response.header("Azure-AsyncOperation") ?? pollURL, response)
        }
    }

    /// A changed resource is read at its own address, an action's result at its `Location`; a deletion has none.
    private func afterSuccess() -> Step {
        switch method {
        case "PUT", "PATCH": .fetch(url: resourceURL)
        case "POST": resultURL.map { .fetch(url: $0) } ?? .done
        default: .done
        }
    }

    private mutating func nextOfLocation(_ response: HTTPResponse) -> Step {
        if response.status == 202 { return polling(response.header("Location") ?? pollURL, response) }
        return method == "PUT" || method == "PATCH" ? .fetch(url: resourceURL) : .done
    }

    private mutating func nextOfProvisioningState(_ response: HTTPResponse) -> Step {
        guard let state = Self.provisioningState(of: response), state.lowercased() != "succeeded" else { return .done }
        guard Self.isTerminal(state) else { return polling(pollURL, response) }
        return .failed(code: state, message: "the resource's provisioning ended as \(state)")
    }

    private static func provisioningState(of response: HTTPResponse) -> String? {
        (try? JSONValue(parsing: response.body))?.at("properties", "provisioningState")?.string
    }

    static func isTerminal(_ state: String) -> Bool {
        ["succeeded", "failed", "canceled", "cancelled"].contains(state.lowercased())
    }
}
