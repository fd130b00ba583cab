import Foundation

/// How many calls the services take: token buckets, as Resource Manager and Key Vault have them.
///
/// Sources: Azure documentation, "Understand how Azure Resource Manager throttles requests" (limits by subscription,
/// principal and kind of operation, and fifteen times that for all principals together); "Azure Key Vault service limits"
/// (by vault in ten seconds, and five times that for a subscription).
actor Throttle {
    enum Budget: String, Sendable, CaseIterable {
        case reads, writes, deletes
        case vaultRequests = "vault-requests"
        case keyCreations = "key-creations"

        fileprivate var usual: Limit {
            switch self {
            case .reads: Limit(bucket: 250, refill: 25)
            case .writes, .deletes: Limit(bucket: 200, refill: 10)
            case .vaultRequests: Limit(bucket: 4_000, refill: 400)
            case .keyCreations: Limit(bucket: 20, refill: 2)
            }
        }

        /// By how much more all who share the budget may ask than one of them.
        fileprivate var share: Double {
            switch self {
            case .reads, .writes, .deletes: 15
            case .vaultRequests, .keyCreations: 5
            }
        }
    }

    /// A bucket of calls, refilled by so many a second.
    struct Limit: Sendable, Equatable {
        var bucket: Double
        var refill: Double
    }

    /// What became of a call that was counted.
    struct Outcome: Sendable {
        /// Calls that are left to the caller, and to all together.
        let remaining: Int
        let globallyRemaining: Int
        /// Seconds until there is room again; nil if there was room.
        let retryAfter: Int?
    }

    private struct Bucket {
        var tokens: Double
        var at: Double
    }

    private var limits: [Budget: Limit]
    private let initial: [Budget: Limit]
    private var buckets: [String: Bucket] = [:]
    private var refused: [Budget: Int] = [:]

    /// Budgets that are not named have Azure's own limits.
    init(_ limits: [Budget: Limit] = [:]) {
        let usual = Dictionary(uniqueKeysWithValues: Budget.allCases.map { ($0, $0.usual) })
        initial = usual.merging(limits) { $1 }
        self.limits = initial
    }

    /// Counts a call of `caller`, one of those who share what `common` has. A refused call costs nothing.
    func take(_ budget: Budget, by caller: String, of common: String, at now: Double) -> Outcome {
        let limit = limits[budget] ?? budget.usual
        let global = Limit(bucket: limit.bucket * budget.share, refill: limit.refill * budget.share)
        let own = "\(budget.rawValue) \(common) \(caller)"
        let all = "\(budget.rawValue) \(common)"
        let left = min(tokens(own, limit, now), tokens(all, global, now))
        guard left >= 1 else {
            refused[budget, default: 0] += 1
            let wait = limit.refill > 0 ? ((1 - left) / limit.refill).rounded(.up) : 60
            return Outcome(
                remaining: 0, globallyRemaining: Int(tokens(all, global, now)), retryAfter: max(1, Int(wait)))
        }
        buckets[own]?.tokens -= 1
        buckets[all]?.tokens -= 1
        return Outcome(
            remaining: Int(tokens(own, limit, now)), globallyRemaining: Int(tokens(all, global, now)), retryAfter: nil)
    }

    private func tokens(_ key: String, _ limit: Limit, _ now: Double) -> Double {
        let known = buckets[key] ?? Bucket(tokens: limit.bucket, at: now)
        let tokens = min(limit.bucket, known.tokens + max(0, now - known.at) * limit.refill)
        buckets[key] = Bucket(tokens: tokens, at: now)
        return tokens
    }

    // MARK: Steering

    /// `{"reads": {"bucket": 10, "refill": 2}, …}`: new limits for the budgets that are named, with full buckets.
    func order(_ document: JSON) throws(FaultRuleError) {
        var ordered: [Budget: Limit] = [:]
        for (name, limit) in document.objectValue ?? [:] {
            guard let budget = Budget(rawValue: name) else { throw FaultRuleError("there is no budget '\(name)'") }
            guard let bucket = limit["bucket"]?.numberValue, let refill = limit["refill"]?.numberValue, bucket >= 1,
                refill >= 0
            else { throw FaultRuleError("a budget has a bucket of at least 1 and a refill a second") }
            ordered[budget] = Limit(bucket: bucket, refill: refill)
        }
        limits.merge(ordered) { $1 }
        buckets = [:]
    }

    func clear() {
        limits = initial
        buckets = [:]
        refused = [:]
    }

    /// The limits, and how many calls each refused.
    func listing() -> JSON {
        var document: JSON = [:]
        for budget in Budget.allCases {
            let limit = limits[budget] ?? budget.usual
            document[budget.rawValue] = [
                "bucket": .double(limit.bucket), "refill": .double(limit.refill), "refused": .int(refused[budget] ?? 0),
            ]
        }
        return document
    }
}

extension Throttle {
    /// Counts a call to Resource Manager.
    /// - Throws: 429 `SubscriptionRequestsThrottled` with the seconds to wait.
    /// - Returns: the headers that tell what is left.
    func takeManagement(_ request: SandboxRequest, by token: AccessToken, at now: Double) async throws(AzureError)
        -> Headers
    {
        let budget: Budget =
            switch request.method {
            case "GET", "HEAD": .reads
            case "DELETE": .deletes
            default: .writes
            }
        let subscription = ARMPath(request.segments).subscription?.lowercased()
        let outcome = take(budget, by: token.objectID, of: subscription ?? token.tenant, at: now)
        guard let retryAfter = outcome.retryAfter else {
            let name = "x-ms-ratelimit-remaining-\(subscription == nil ? "tenant" : "subscription")"
            var headers: Headers = ["\(name)-\(budget.rawValue)": "\(outcome.remaining)"]
            if subscription != nil { headers["\(name)-global-\(budget.rawValue)"] = "\(outcome.globallyRemaining)" }
            return headers
        }
        throw AzureError(
            429, subscription == nil ? "TenantRequestsThrottled" : "SubscriptionRequestsThrottled",
            "Number of '\(budget.rawValue.dropLast())' requests for "
                + "\(subscription == nil ? "tenant" : "subscription") '\(subscription ?? token.tenant)' actor "
                + "'\(token.objectID)' exceeded. Please try again after '\(retryAfter)' seconds after additional tokens "
                + "are available. Refer to https://aka.ms/arm-throttling for additional information.",
            headers: ["Retry-After": "\(retryAfter)", "x-ms-failure-cause": "gateway"])
    }

    /// Counts a call to a vault.
    /// - Throws: 429 `Throttled`. A vault does not say how long to wait: clients double their pauses from one second on.
    func takeVault(_ request: SandboxRequest, vault: JSON, at now: Double) async throws(AzureError) {
        let path = request.segments.map { $0.lowercased() }
        let subscription = AzureID.parts(ofGroup: vault["group"]?.stringValue ?? "").subscription
        let name = vault["name"]?.stringValue?.lowercased() ?? ""
        var budgets = [Budget.vaultRequests]
        if request.method == "POST", path.first == "keys", path.last == "create" { budgets.append(.keyCreations) }
        for budget in budgets where take(budget, by: name, of: subscription, at: now).retryAfter != nil {
            throw AzureError(
                429, "Throttled",
                "Request was not processed because too many requests were received. Reason: "
                    + "VaultRequestTypeLimitReached")
        }
    }
}
