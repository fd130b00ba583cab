/// A refusal in Azure's words; each plane shapes it its own way.
struct AzureError: Error, Sendable {
    let status: Int
    let code: String
    let message: String
    /// The more precise code that the Key Vault data plane adds.
    var innerCode: String?
    var headers: Headers = [:]

    init(_ status: Int, _ code: String, _ message: String, inner: String? = nil, headers: Headers = [:]) {
        self.status = status
        self.code = code
        self.message = message
        innerCode = inner
        self.headers = headers
    }

    /// `{"error":{"code","message"[,"innererror":{"code"}]}}`
    var response: SandboxResponse {
        var error: JSON = ["code": .string(code), "message": .string(message)]
        if let innerCode { error["innererror"] = ["code": .string(innerCode)] }
        return .json(status, ["error": error], headers: headers)
    }
}

extension SandboxRequest {
    /// The body as a JSON object.
    /// - Throws: 400 `InvalidRequestContent` as Resource Manager gives it.
    func object() throws -> JSON {
        guard let document = try? json(), document.objectValue != nil else {
            throw AzureError(
                400, "InvalidRequestContent",
                "The request content was invalid and could not be deserialized: 'the body is no JSON object'.")
        }
        return document
    }
}
