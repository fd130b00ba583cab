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
