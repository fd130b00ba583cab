import PurserClients
import PurserEngine
import PurserSyntax
import Testing

@testable import PurserResources

struct ServiceFailuresTests {
    private func error(
        _ status: Int?, _ code: String, inner: String? = nil, service: ServiceError.Service = .resourceManager
    ) -> ServiceError {
        ServiceError(
            service: service, status: status, code: code, innerCode: inner, message: "m", requestID: "r-1",
            correlationID: "c-1")
    }

    @Test(
        arguments: [
            (401, "InvalidAuthenticationToken", FailureCategory.notSignedIn, DiagnosticCode.serviceNotSignedIn),
            (403, "AuthorizationFailed", .notAllowed, .serviceNotAllowed),
            (404, "ResourceNotFound", .failed, .serviceNotFound),
            (409, "Conflict", .failed, .serviceConflict),
            (429, "TooManyRequests", .failed, .serviceThrottled),
            (500, "InternalServerError", .failed, .serviceFailed),
            (nil, "TimedOut", .timedOut, .serviceTimedOut),
            (nil, "NotSignedIn", .notSignedIn, .serviceNotSignedIn),
            (nil, "Unreachable", .failed, .serviceUnreachable),
            (nil, "Cancelled", .failed, .serviceCancelled),
        ] as [(Int?, String, FailureCategory, DiagnosticCode)]) func `an answer has a category and a code`(
            _ status: Int?, _ code: String, _ category: FailureCategory, _ diagnostic: DiagnosticCode
        )
    {
        let error = error(status, code)
        #expect(error.category == category)
        #expect(error.diagnosticCode == diagnostic)
    }

    @Test func `a refused sign-in is no missing permission`() {
        #expect(error(401, "invalid_client", service: .entra).category == .notSignedIn)
    }

    @Test func `the inner code tells the way out first`() {
        let hint = error(403, "Forbidden", inner: "ForbiddenByFirewall", service: .keyVault).hint
        #expect(hint == "the vault's firewall does not admit this address")
        #expect(error(400, "SomethingElse").hint?.contains("the message says") == true)
        var throttled = error(429, "SomethingElse")
        throttled.isRetryable = true
        #expect(throttled.hint?.contains("--parallelism") == true)
    }

    @Test func `support finds the request by its identifiers`() {
        #expect(error(500, "X").traceIDs == ["x-ms-request-id: r-1", "x-ms-correlation-request-id: c-1"])
    }
}
