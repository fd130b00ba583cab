/// An answer, and whether an earlier attempt at the same request may have been carried out.
struct Exchange: Sendable {
    var response: HTTPResponse
    var mayHaveRunBefore: Bool
}

/// Sends a request until there is an answer worth having, or none is to be had.
struct RequestSender: Sendable {
    var transport: any HTTPTransport
    var policy: RetryPolicy
    var clock: ClientClock
    var jitter: Jitter
    var observer: (any RequestObserver)?
    /// Bounds the time of every single attempt.
    var longestAttempt: Duration = .seconds(100)

    /// Returns the last answer, whatever its status. An error says whether any of the attempts may have been carried out.
    func send(_ request: HTTPRequest, repeatable: Bool) async throws(TransportError) -> Exchange {
        var attempt = 0
        var mayHaveRun = false
        while true {
            attempt += 1
            let outcome = await once(request)
            let pause = policy.pause(after: outcome, attempt: attempt, repeatable: repeatable, jitter: jitter.next())
            guard let pause else { return try Self.result(outcome, mayHaveRun: mayHaveRun) }
            mayHaveRun = mayHaveRun || Self.mayHaveRun(outcome)
            guard await clock.pause(pause) else {
                throw TransportError(
                    .cancelled, requestMayHaveBeenSent: mayHaveRun, detail: "cancelled between attempts")
            }
        }
    }

    private func once(_ request: HTTPRequest) async -> Result<HTTPResponse, TransportError> {
        let summary = RequestSummary(request)
        observer?.willSend(summary)
        var request = request
        request.timeout = min(request.timeout, longestAttempt)
        do throws(TransportError) {
            let response = try await transport.send(request)
            observer?.didReceive(response.status, for: summary)
            return .success(response)
        } catch {
            observer?.didReceive(nil, for: summary)
            return .failure(error)
        }
    }

    private static func result(
        _ outcome: Result<HTTPResponse, TransportError>, mayHaveRun: Bool
    ) throws(TransportError) -> Exchange {
        switch outcome {
        case .success(let response): return Exchange(response: response, mayHaveRunBefore: mayHaveRun)
        case .failure(var error):
            error.requestMayHaveBeenSent = error.requestMayHaveBeenSent || mayHaveRun
            throw error
        }
    }

    private static func mayHaveRun(_ outcome: Result<HTTPResponse, TransportError>) -> Bool {
        switch outcome {
        case .success(let response): response.status >= 500
        case .failure(let error): error.requestMayHaveBeenSent
        }
    }
}

extension RequestSender {
    /// As `send`, with the failure told as one of the service.
    func exchange(
        _ request: HTTPRequest, service: ServiceError.Service, repeatable: Bool
    ) async throws(ServiceError) -> Exchange {
        do throws(TransportError) {
            return try await send(request, repeatable: repeatable)
        } catch {
            throw ServiceError(
                error, service: service, request: request,
                correlationID: request.header("x-ms-correlation-request-id") ?? request.header("client-request-id"))
        }
    }
}
