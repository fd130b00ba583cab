/// An ordered failure in the words of the plane that it happens on.
struct FaultAnswer {
    let plane: FaultRule.Plane
    let status: Int
    let code: String?
    let retryAfter: Int?

    var response: SandboxResponse {
        var response =
            plane == .blob
            ? BlobError.response(AzureError(status, code ?? usualCode, Self.message))
            : SandboxResponse.json(status, plane == .kubernetes ? kubernetesBody : azureBody)
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
        if plane == .blob { return usualBlobCode }
        return switch status {
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

    private var usualBlobCode: String {
        switch status {
        case 401: "InvalidAuthenticationInfo"
        case 403: "AuthorizationFailure"
        case 404: "BlobNotFound"
        case 409: "BlobAlreadyExists"
        case 412: "ConditionNotMet"
        case 503: "ServerBusy"
        default: status >= 500 ? "InternalError" : "InvalidHeaderValue"
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
