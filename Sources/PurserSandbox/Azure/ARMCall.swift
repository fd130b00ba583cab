import Foundation

/// One authorised call to Resource Manager.
struct ARMCall: Sendable {
    let request: SandboxRequest
    let path: ARMPath
    let caller: Principal
    let apiVersion: String
    let timing: Timing

    var method: String { request.method }
    /// The root that the client reached Resource Manager by; every URL in an answer begins with it.
    var root: String { "https://\(request.authority)" }

    /// Whether a resource, as Resource Manager shows it, lies in the subscription that the call names.
    func isInSubscription(_ resource: JSON) -> Bool {
        resource["id"]?.stringValue?.lowercased().hasPrefix(path.subscriptionID + "/") ?? false
    }

    /// Where a client asks how a long-running operation stands.
    func operationURL(_ path: String) -> String { "\(root)\(path)?api-version=\(apiVersion)" }

    /// The location that the body names, in Azure's normal form.
    func location(_ body: JSON) throws -> String {
        guard let location = body["location"]?.stringValue, !location.isEmpty else {
            throw AzureError(400, "LocationRequired", "The location property is required for this definition.")
        }
        let normal = location.lowercased().filter { $0 != " " }
        guard Self.locations.contains(normal) else {
            throw AzureError(
                400, "LocationNotAvailableForResourceType",
                "The provided location '\(location)' is not available for the resource. List of available regions is "
                    + "'\(Self.locations.joined(separator: ","))'.")
        }
        return normal
    }

    static let locations = [
        "northeurope", "westeurope", "germanywestcentral", "swedencentral", "uksouth", "francecentral", "eastus",
        "eastus2", "westus2", "westus3", "centralus", "southeastasia", "australiaeast", "japaneast", "norwayeast",
        "switzerlandnorth", "polandcentral", "italynorth", "spaincentral", "canadacentral", "brazilsouth",
    ]

    /// The tags of a body: at most 50, keys of at most 512 and values of at most 256 characters.
    func tags(_ body: JSON) throws -> JSON? {
        guard let tags = body["tags"], !tags.isNull else { return nil }
        guard let members = tags.objectValue, members.values.allSatisfy({ $0.stringValue != nil }) else {
            throw AzureError(400, "InvalidRequestContent", "The tags are no map of strings.")
        }
        let isTooLong = members.contains { $0.key.count > 512 || ($0.value.stringValue?.count ?? 0) > 256 }
        guard members.count <= 50, !isTooLong else {
            throw AzureError(
                400, "InvalidTags",
                "The tags are invalid: at most 50, with names of at most 512 and values of at most 256 characters.")
        }
        return tags
    }

    /// One page of a list, with the link to the next where there is one. `$top` bounds the page.
    func page(_ items: [JSON]) throws -> SandboxResponse {
        let start = request[query: "$skiptoken"].flatMap { Int($0) } ?? 0
        let size = request[query: "$top"].flatMap { Int($0) } ?? 1000
        guard start >= 0, size > 0 else {
            throw AzureError(400, "InvalidTopParameter", "The value of the $top parameter is not valid.")
        }
        var answer: JSON = ["value": .array(Array(items.dropFirst(start).prefix(size)))]
        if start + size < items.count {
            answer["nextLink"] = .string(nextLink(start + size))
        }
        return .json(answer)
    }

    private func nextLink(_ start: Int) -> String {
        let kept = request.query.filter { $0.name.lowercased() != "$skiptoken" }
        let items = (kept + [("$skiptoken", "\(start)")]).map { name, value in
            let allowed = CharacterSet.urlQueryAllowed.subtracting(CharacterSet(charactersIn: "&=+"))
            return "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? value)"
        }
        return "\(root)\(request.path)?\(items.joined(separator: "&"))"
    }

    /// 404 as Resource Manager itself gives it for a resource within a group.
    func notFound(_ type: String, _ name: String) -> AzureError {
        AzureError(
            404, "ResourceNotFound",
            "The Resource '\(type)/\(name)' under resource group '\(path.groupName ?? "")' was not found. For more details "
                + "please go to https://aka.ms/ARMResourceNotFoundFix", headers: ["x-ms-failure-cause": "gateway"])
    }

    var methodNotAllowed: AzureError {
        AzureError(
            405, "MethodNotAllowed", "The request method '\(method)' is not supported for '\(request.path)'.")
    }
}

extension Date {
    /// `2026-04-02T08:00:00Z`, as ARM writes times.
    init(seconds: Double) { self.init(timeIntervalSince1970: seconds) }
    var azureText: String { formatted(.iso8601) }
}
