import Testing

@testable import PurserSandbox

/// Source: "Understand how Azure Resource Manager throttles requests"; "Azure Key Vault service limits".
struct ThrottleTests {
    @Test func `each kind of call has its bucket, and the answers tell what is left`() async throws {
        let world = try await AzureWorld()
        let first = await world.arm("GET", AzureWorld.group)
        #expect(first.headers["x-ms-ratelimit-remaining-subscription-reads"] == "249")
        #expect(first.headers["x-ms-ratelimit-remaining-subscription-global-reads"] == "3749")
        let written = await world.makeGroup()
        #expect(written.headers["x-ms-ratelimit-remaining-subscription-writes"] == "199")
        let deleted = await world.arm("DELETE", AzureWorld.group)
        #expect(deleted.headers["x-ms-ratelimit-remaining-subscription-deletes"] == "199")
        let tenant = await world.arm("GET", "/subscriptions")
        #expect(tenant.headers["x-ms-ratelimit-remaining-tenant-reads"] == "249")
    }

    @Test func `an empty bucket refuses until it is refilled`() async throws {
        let world = try await AzureWorld()
        try await world.throttle.order(["reads": ["bucket": 2, "refill": 0.5]])
        #expect(await world.arm("GET", AzureWorld.group).status == 404)
        #expect(await world.arm("GET", AzureWorld.group).status == 404)
        let refused = await world.arm("GET", AzureWorld.group)
        #expect(refused.status == 429)
        #expect(refused.code == "SubscriptionRequestsThrottled")
        #expect(refused.headers["Retry-After"] == "2")
        #expect(await world.makeGroup().status == 201, "writes have a bucket of their own")
        world.time.advance(by: 2)
        #expect(await world.arm("GET", AzureWorld.group).status == 200)
        #expect(await world.throttle.listing()[path: "reads", "refused"] == 1)
    }

    @Test func `a vault throttles without saying for how long`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        try await world.throttle.order(["vault-requests": ["bucket": 1, "refill": 1]])
        #expect(await world.vault("GET", "/secrets").status == 200)
        let refused = await world.vault("GET", "/secrets")
        #expect(refused.status == 429)
        #expect(refused.code == "Throttled")
        #expect(refused.headers["Retry-After"] == nil)
        world.time.advance(by: 1)
        #expect(await world.vault("GET", "/secrets").status == 200)
    }

    @Test func `keys are made more slowly than they are read`() async throws {
        let world = try await AzureWorld()
        await world.makeVault()
        for number in 0..<20 {
            #expect(await world.vault("POST", "/keys/k\(number)/create", ["kty": "EC"]).status == 200)
        }
        #expect(await world.vault("POST", "/keys/k20/create", ["kty": "EC"]).code == "Throttled")
        #expect(await world.vault("GET", "/keys/k0").status == 200)
    }

    @Test func `limits that make no sense are refused`() async throws {
        let throttle = Throttle()
        await #expect(throws: FaultRuleError.self) { try await throttle.order(["reeds": ["bucket": 1, "refill": 1]]) }
        await #expect(throws: FaultRuleError.self) { try await throttle.order(["reads": ["bucket": 0, "refill": 1]]) }
    }
}
