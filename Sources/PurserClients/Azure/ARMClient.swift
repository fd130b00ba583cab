/// Azure Resource Manager: resources by path, long-running operations followed to their end.
///
/// Paths start with `/subscriptions/…` and carry no `api-version`. Errors are `ServiceError`s; 404 is nil where a value
/// is optional.
package struct ARMClient: Sendable {
    /// The longest time that one operation is followed.
    package static let longestOperation: Duration = .seconds(3600)

    let cloud: Once<CloudEnvironment>
    let credential: any AzureCredential
    let sender: RequestSender
    /// One for all requests of a run: support finds a whole run by it.
    package let correlationID: String

    /// The resource, or nil if it does not exist (404).
    package func get(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> JSONValue? {
        let request = try await request("GET", path, apiVersion, query)
        let exchange = try await authorized(request, repeatable: true)
        if exchange.response.status == 404 { return nil }
        return try result(exchange, of: request)
    }

    /// All elements of a list, page after page. Pages that point to another host are refused.
    package func list(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:]
    ) async throws(ServiceError) -> [JSONValue] {
        var request = try await request("GET", path, apiVersion, query)
        var elements: [JSONValue] = []
        var seen: Set<String> = []
        while seen.insert(request.url).inserted {
            let page = try result(try await authorized(request, repeatable: true), of: request)
            elements += page["value"]?.array ?? []
            guard let next = page["nextLink"]?.string, !next.isEmpty else { return elements }
            request = try await follow(next, from: request)
        }
        throw ServiceError(
            service: .resourceManager, code: ServiceError.Code.unexpectedAnswer,
            message: "the pages of the list form a circle",
            correlationID: correlationID, request: RequestSummary(request))
    }

    /// Creates or replaces the resource and returns it as it is once the operation has ended.
    package func put(
        _ path: String, apiVersion: String, body: JSONValue, ifMatch: String? = nil
    ) async throws(ServiceError) -> JSONValue {
        try await write("PUT", path, apiVersion, body: body, ifMatch: ifMatch)
    }

    /// Changes the given members and returns the resource as it is once the operation has ended.
    package func patch(
        _ path: String, apiVersion: String, body: JSONValue, ifMatch: String? = nil
    ) async throws(ServiceError) -> JSONValue {
        try await write("PATCH", path, apiVersion, body: body, ifMatch: ifMatch)
    }

    /// Performs an action and returns its result (`.null` if it has none) once the operation has ended.
    ///
    /// `repeatable` says that performing it twice does no harm (purge, recover, list…), so that it is sent again after a
    /// lost connection.
    package func post(
        _ path: String,
        apiVersion: String,
        body: JSONValue? = nil,
        query: KeyValuePairs<String, String> = [:],
        repeatable: Bool = false
    ) async throws(ServiceError) -> JSONValue {
        try await write("POST", path, apiVersion, query: query, body: body, repeatable: repeatable)
    }

    /// Deletes the resource and returns once it is gone: true if it was there, false if it was already absent.
    @discardableResult
    package func delete(
        _ path: String, apiVersion: String, query: KeyValuePairs<String, String> = [:], ifMatch: String? = nil
    ) async throws(ServiceError) -> Bool {
        var request = try await request("DELETE", path, apiVersion, query)
        if let ifMatch { request.headers.append(HTTPHeader("If-Match", ifMatch)) }
        let exchange = try await authorized(request, repeatable: true)
        if exchange.response.status == 404 { return exchange.mayHaveRunBefore }
        _ = try await followed(exchange, of: request)
        return exchange.response.status != 204 || exchange.mayHaveRunBefore
    }
}

// MARK: - Requests

extension ARMClient {
    private func write(
        _ method: String,
        _ path: String,
        _ apiVersion: String,
        query: KeyValuePairs<String, String> = [:],
        body: JSONValue?,
        ifMatch: String? = nil,
        repeatable: Bool = true
    ) async throws(ServiceError) -> JSONValue {
        var request = try await request(method, path, apiVersion, query)
        request.body = body?.encoded
        if body != nil { request.headers.append(HTTPHeader("Content-Type", "application/json")) }
        if let ifMatch { request.headers.append(HTTPHeader("If-Match", ifMatch)) }
        return try await followed(try await authorized(request, repeatable: repeatable), of: request)
    }

    private func request(
        _ method: String, _ path: String, _ apiVersion: String, _ query: KeyValuePairs<String, String>
    ) async throws(ServiceError) -> HTTPRequest {
        let root = try await cloud.value().resourceManager
        let parameters = [(key: "api-version", value: apiVersion)] + query.map { $0 }
        let url = "\(root)\(PercentEncoding.path(path))?\(PercentEncoding.query(parameters))"
        return HTTPRequest(method: method, url: url, headers: headers())
    }

    private func headers() -> [HTTPHeader] {
        [
            HTTPHeader("Accept", "application/json"),
            HTTPHeader("Accept-Language", "en-US"),
            HTTPHeader("User-Agent", UserAgent.text),
            HTTPHeader("x-ms-client-request-id", Identifier.random()),
            HTTPHeader("x-ms-correlation-request-id", correlationID),
        ]
    }

    /// A GET of an address that the service gave. A token goes only to Resource Manager itself.
    private func follow(_ url: String, from request: HTTPRequest) async throws(ServiceError) -> HTTPRequest {
        let root = try await cloud.value().resourceManager
        let absolute = url.hasPrefix("/") ? (Address(root)?.origin ?? root) + url : url
        guard let home = Address(root), let target = Address(absolute), home.isSameServer(as: target) else {
            throw ServiceError(
                service: .resourceManager, code: ServiceError.Code.foreignHost,
                message: "the service points to \(Address(absolute)?.origin ?? "an address that is none"), "
                    + "which is not \(root): not followed",
                correlationID: correlationID, outcomeUnknown: RequestSummary(request).isWrite,
                request: RequestSummary(request))
        }
        return HTTPRequest(method: "GET", url: absolute, headers: headers())
    }

    /// Sends with a token. A token that is refused (401) is replaced once.
    private func authorized(_ request: HTTPRequest, repeatable: Bool) async throws(ServiceError) -> Exchange {
        let scope = try await cloud.value().resourceManagerScope
        let token = try await credential.token(scope: scope)
        let first = try await sender.exchange(
            request.authorized(token), service: .resourceManager, repeatable: repeatable)
        guard first.response.status == 401 else { return first }
        let challenge = BearerChallenge(first.response.header("WWW-Authenticate"))
        let renewed = try await credential.token(
            TokenRequest(scope: scope, claims: challenge?.claims, rejected: token))
        return try await sender.exchange(
            request.authorized(renewed), service: .resourceManager, repeatable: repeatable)
    }

    private func result(_ exchange: Exchange, of request: HTTPRequest) throws(ServiceError) -> JSONValue {
        guard (200..<300).contains(exchange.response.status) else {
            throw ServiceError(exchange, service: .resourceManager, request: request)
        }
        return try exchange.response.json(of: request, service: .resourceManager)
    }
}

extension HTTPRequest {
    func authorized(_ token: AccessToken) -> HTTPRequest {
        var request = self
        request.headers.append(HTTPHeader("Authorization", "Bearer \(token.value.reveal())"))
        return request
    }
}

// MARK: - Long-running operations

extension ARMClient {
    /// Follows what the first answer began, and returns the result.
    private func followed(_ first: Exchange, of request: HTTPRequest) async throws(ServiceError) -> JSONValue {
        guard (200..<300).contains(first.response.status) else {
            throw ServiceError(first, service: .resourceManager, request: request)
        }
        var operation = LongRunningOperation(method: request.method, resourceURL: request.url)
        var step = operation.start(first.response)
        var exchange = first
        let began = sender.clock.now()
        var pause: Duration = .seconds(1)
        while case .poll(let url, let asked) = step {
            let wait = min(asked ?? pause, .seconds(60))
            try await checkTime(since: began, adding: wait, request)
            try await sender.clock.pause(wait, for: .resourceManager)
            pause = min(pause * 1.5, .seconds(30))
            guard let polled = try await poll(url, of: request) else { continue }
            exchange = polled
            step = operation.next(polled.response)
        }
        return try await ended(step, exchange, of: request)
    }

    private func ended(
        _ step: LongRunningOperation.Step, _ exchange: Exchange, of request: HTTPRequest
    ) async throws(ServiceError) -> JSONValue {
        switch step {
        case .fetch(let url):
            let final = try await follow(url, from: request)
            return try result(try await authorized(final, repeatable: true), of: final)
        case .failed(let code, let message):
            throw failure(exchange, of: request, code: code, message: message)
        case .done, .poll:
            return try exchange.response.json(of: request, service: .resourceManager)
        }
    }

    /// The answer to a poll, or nil if there was none: that says nothing about the operation.
    private func poll(_ url: String, of request: HTTPRequest) async throws(ServiceError) -> Exchange? {
        let poll = try await follow(url, from: request)
        do throws(ServiceError) {
            return try await authorized(poll, repeatable: true)
        } catch {
            guard error.isRetryable, !error.isCancellation else { throw error }
            return nil
        }
    }

    private func checkTime(
        since began: Duration, adding wait: Duration, _ request: HTTPRequest
    ) async throws(ServiceError) {
        guard sender.clock.now() - began + wait > Self.longestOperation else { return }
        throw ServiceError(
            service: .resourceManager, code: ServiceError.Code.timedOut,
            message: "the operation did not end within \(Self.longestOperation)", correlationID: correlationID,
            outcomeUnknown: true, request: RequestSummary(request))
    }

    /// The reason stands in the poll's body, in the usual envelope, whatever the poll's status.
    private func failure(
        _ exchange: Exchange, of request: HTTPRequest, code: String, message: String
    ) -> ServiceError {
        var error = ServiceError(exchange, service: .resourceManager, request: request)
        let explains = (try? JSONValue(parsing: exchange.response.body))?["error"]?.object != nil
        if !explains, !code.isEmpty {
            error.code = code
            error.message = message
        }
        error.outcomeUnknown = false
        error.isRetryable = false
        return error
    }
}
