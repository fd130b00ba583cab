import Foundation

/// What stands before the services of one listener: it tells the planes apart, keeps the log, and lets the ordered
/// faults happen.
struct Front: Sendable {
    /// The service that a request is for. Nil where nothing is served.
    let route: @Sendable (SandboxRequest) -> (plane: FaultRule.Plane, service: any SandboxService)?
    /// Answers the requests that steer the sandbox itself, which are neither logged nor faulted. Nil for all others.
    let admin: @Sendable (SandboxRequest) async -> SandboxResponse?
    let faults: Faults
    let log: RequestLog
    let timing: Timing
    /// Ends the process at once, as a crash would.
    let crash: @Sendable () -> Void

    func deliver(_ request: SandboxRequest) async -> Delivery {
        if let response = await admin(request) { return .answer(response) }
        guard let (plane, service) = route(request) else {
            return .answer(.text(404, "404 page not found\n"))
        }
        let delivery = await carryOut(request, service, faults.meet(request, on: plane), plane: plane)
        await log.record(request, on: plane, status: delivery.status)
        return delivery
    }

    private func carryOut(
        _ request: SandboxRequest, _ service: any SandboxService, _ met: [FaultRule.Fault], plane: FaultRule.Plane
    ) async -> Delivery {
        for fault in met {
            switch fault {
            case .delay(let duration): try? await timing.clock.sleep(for: duration)
            case .status(let status, let code, let retryAfter):
                return .answer(FaultAnswer(plane: plane, status: status, code: code, retryAfter: retryAfter).response)
            case .reset(.before): return .reset
            case .crash(.before): crash()
            case .reset(.after), .crash(.after), .truncate: break
            }
        }
        let response = await service.respond(to: request)
        for fault in met {
            switch fault {
            case .reset(.after): return .reset
            case .crash(.after): crash()
            case .truncate(let bytes): return .truncated(response, bytes: bytes)
            case .delay, .status, .reset(.before), .crash(.before): break
            }
        }
        return .answer(response)
    }
}

extension Delivery {
    fileprivate var status: Int? {
        switch self {
        case .answer(let response), .truncated(let response, _): response.status
        case .reset: nil
        }
    }
}

/// An ordered failure in the words of the plane that it happens on.
private struct FaultAnswer {
    let plane: FaultRule.Plane
    let status: Int
    let code: String?
    let retryAfter: Int?

    var response: SandboxResponse {
        var response = SandboxResponse.json(status, plane == .kubernetes ? kubernetesBody : azureBody)
        if let retryAfter { response.headers["Retry-After"] = String(retryAfter) }
        return response
    }

    private static let message = "This failure was ordered by a fault rule."

    private var azureBody: JSON {
        if plane == .entra {
            return ["error": .string(code ?? "temporarily_unavailable"), "error_description": .string(Self.message)]
        }
        return ["error": ["code": .string(code ?? usualCode), "message": .string(Self.message)]]
    }

    private var usualCode: String {
        switch status {
        case 403: plane == .vault ? "Forbidden" : "AuthorizationFailed"
        case 404: plane == .vault ? "NotFound" : "ResourceNotFound"
        case 409: "Conflict"
        case 412: "PreconditionFailed"
        case 429: plane == .vault ? "Throttled" : "TooManyRequests"
        case 503: "ServiceUnavailable"
        case 504: "GatewayTimeout"
        default: status >= 500 ? "InternalServerError" : "BadRequest"
        }
    }

    private var kubernetesBody: JSON {
        [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
            "message": .string(Self.message), "reason": .string(code ?? usualReason), "code": .int(status),
        ]
    }

    private var usualReason: String {
        switch status {
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "NotFound"
        case 409: "Conflict"
        case 422: "Invalid"
        case 429: "TooManyRequests"
        case 503: "ServiceUnavailable"
        case 504: "Timeout"
        default: status >= 500 ? "InternalError" : "BadRequest"
        }
    }
}
