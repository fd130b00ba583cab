/// Long-running operations: each ends at an instant fixed when it begins, so that a restart changes nothing.
enum Operations {
    private static let collection = "operations"

    static func begin(_ id: String, endingAt end: Double, in store: isolated Store) throws {
        try store.put(collection, id, ["end": .double(end)])
    }

    /// Whether the operation has ended; nil if there is none of that id.
    static func hasEnded(_ id: String, at now: Double, in store: isolated Store) -> Bool? {
        store.get(collection, id)?["end"]?.numberValue.map { $0 <= now }
    }

    /// The answer to a poll of a `Location` URL: 202 while the operation runs, then 200 with the given body.
    static func locationAnswer(
        _ id: String, _ call: ARMCall, finished: JSON? = nil, running: JSON? = nil, in store: isolated Store
    ) throws -> SandboxResponse {
        guard let hasEnded = hasEnded(id, at: call.timing.seconds, in: store) else {
            throw AzureError(404, "NotFound", "The operation '\(id)' was not found.")
        }
        if hasEnded {
            return finished.map { .json(200, $0) } ?? SandboxResponse(status: 200)
        }
        let headers: Headers = ["Location": call.root + call.request.path + "?api-version=\(call.apiVersion)"]
        var response =
            running.map { SandboxResponse.json(202, $0, headers: headers) }
            ?? SandboxResponse(status: 202, headers: headers)
        response.headers["Retry-After"] = "1"
        return response
    }

    /// The answer to a poll of an `Azure-AsyncOperation` URL: always 200, with the status in the body.
    static func asyncAnswer(_ id: String, _ call: ARMCall, in store: isolated Store) throws -> SandboxResponse {
        guard let hasEnded = hasEnded(id, at: call.timing.seconds, in: store) else {
            throw AzureError(404, "NotFound", "The operation '\(id)' was not found.")
        }
        var body: JSON = ["name": .string(id), "status": hasEnded ? "Succeeded" : "InProgress"]
        body["startTime"] = .string(call.timing.now().azureText)
        if hasEnded { body["endTime"] = .string(call.timing.now().azureText) }
        return .json(200, body, headers: hasEnded ? [:] : ["Retry-After": "1"])
    }
}
