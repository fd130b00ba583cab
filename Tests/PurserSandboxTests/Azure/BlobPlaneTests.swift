import Foundation
import Testing

@testable import PurserSandbox

struct BlobPlaneTests {
    private static let host = "pursersandboxstate.blob.storage.purser.test"
    private static let first = "11111111-1111-4111-8111-111111111111"
    private static let second = "22222222-2222-4222-8222-222222222222"

    private struct Reply {
        let status: Int
        let headers: Headers
        let text: String
        var code: String? { headers["x-ms-error-code"] }
    }

    private func send(
        _ world: AzureWorld, _ method: String, _ target: String, _ headers: Headers = [:], body: String = "",
        host: String = host, token: String? = nil
    ) async -> Reply {
        var headers = headers
        if headers["x-ms-version"] == nil { headers["x-ms-version"] = "2025-11-05" }
        headers["x-ms-date"] = "Sun, 06 Nov 1994 08:49:37 GMT"
        let bearer = if let token { token } else { await world.token("https://storage.azure.com") }
        if !bearer.isEmpty { headers["Authorization"] = "Bearer \(bearer)" }
        let request = SandboxRequest(method, target, authority: host, headers: headers, body: Array(body.utf8))
        guard let (plane, service) = world.azure.route(request) else { return Reply(status: 0, headers: [:], text: "") }
        #expect(plane == .blob)
        let response = await service.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return Reply(status: 0, headers: [:], text: "") }
        return Reply(status: response.status, headers: response.headers, text: String(decoding: bytes, as: UTF8.self))
    }

    private func lease(_ world: AzureWorld, _ action: String, _ headers: Headers = [:]) async -> String {
        var headers = headers
        headers["x-ms-lease-action"] = action
        let reply = await send(world, "PUT", "/state/b?comp=lease", headers)
        return
            "\(reply.status) \(reply.code ?? reply.headers["x-ms-lease-id"] ?? reply.headers["x-ms-lease-time"] ?? "")"
            .trimmingCharacters(in: .whitespaces)
    }

    private func put(_ world: AzureWorld, _ headers: Headers = [:], body: String = "x") async -> String {
        var headers = headers
        headers["x-ms-blob-type"] = "BlockBlob"
        let reply = await send(world, "PUT", "/state/b", headers, body: body)
        return "\(reply.status) \(reply.code ?? "")".trimmingCharacters(in: .whitespaces)
    }

    @Test func `a refusal is XML behind a byte order mark, with the code in a header too`() async throws {
        let reply = await send(try await AzureWorld(), "GET", "/state/none")
        #expect(reply.status == 404)
        #expect(reply.code == "BlobNotFound")
        #expect(Array(reply.text.utf8.prefix(3)) == [0xEF, 0xBB, 0xBF])
        #expect(
            reply.text.contains(
                "<Error><Code>BlobNotFound</Code><Message>The specified blob does not exist.\nRequestId:"))
        #expect(reply.headers["x-ms-request-id"] != nil)
    }

    @Test func `tokens are for storage, and their holder needs a data role`() async throws {
        let world = try await AzureWorld()
        let none = await send(world, "GET", "/state/b", token: "")
        #expect(none.status == 401)
        #expect(none.code == "NoAuthenticationInformation")
        #expect(none.headers["WWW-Authenticate"]?.hasSuffix("resource_id=https://storage.azure.com") == true)
        let foreign = await send(world, "GET", "/state/b", token: await world.token())
        #expect(foreign.status == 401)
        #expect(foreign.code == "InvalidAuthenticationInfo")
        try await world.store.transaction { store in
            for (key, _) in store.list(RoleAssignments.collection) where key.contains("pursersandboxstate") {
                try store.remove(RoleAssignments.collection, key)
            }
        }
        // The deployer is Owner of the subscription still.
        let owner = await send(world, "GET", "/state/b")
        #expect(owner.status == 403)
        #expect(owner.code == "AuthorizationPermissionMismatch")
        try await world.store.transaction { store in
            try RoleAssignments.put(
                "5f0e6d7a-8b92-4c18-9c18-a3d2f1c07b64",
                scope: "\(AzureID.group("purser-state"))/providers/Microsoft.Storage/storageAccounts/pursersandboxstate"
                    + "/blobServices/default/containers/state",
                role: .storageBlobDataReader, principal: WorldFacts.deployerObjectID, in: store)
        }
        #expect(await send(world, "GET", "/state/b").code == "BlobNotFound")
        #expect(await put(world) == "403 AuthorizationPermissionMismatch")
        #expect(await send(world, "GET", "/other/b").code == "AuthorizationPermissionMismatch")
    }

    @Test func `conditions are kept`() async throws {
        let world = try await AzureWorld()
        #expect(await put(world, ["If-Match": "\"1\""]) == "412 ConditionNotMet")
        #expect(await put(world, ["If-None-Match": "*"]) == "201")
        #expect(await put(world, ["If-None-Match": "*"]) == "409 BlobAlreadyExists")
        let read = await send(world, "GET", "/state/b")
        let etag = try #require(read.headers["ETag"])
        #expect(read.text == "x" && etag.hasPrefix("\"0x8D"))
        #expect(await send(world, "GET", "/state/b", ["If-None-Match": etag]).status == 304)
        #expect(await put(world, ["If-Match": etag]) == "201")
        #expect(await put(world, ["If-Match": etag]) == "412 ConditionNotMet")
        #expect(await send(world, "DELETE", "/state/b", ["If-Match": etag]).code == "ConditionNotMet")
        #expect(await send(world, "DELETE", "/state/b").status == 202)
        #expect(await send(world, "DELETE", "/state/b").code == "BlobNotFound")
    }

    @Test func `blocks are appended where they are meant to`() async throws {
        let world = try await AzureWorld()
        let append = "/state/a/j?comp=appendblock"
        #expect(await send(world, "PUT", append, body: "one\n").code == "BlobNotFound")
        #expect(await put(world) == "201")
        #expect(await send(world, "PUT", "/state/b?comp=appendblock", body: "x").code == "InvalidBlobType")
        #expect(await send(world, "PUT", "/state/a/j", ["x-ms-blob-type": "AppendBlob"]).status == 201)
        let first = await send(world, "PUT", append, ["x-ms-blob-condition-appendpos": "0"], body: "one\n")
        #expect(first.status == 201)
        #expect(first.headers["x-ms-blob-append-offset"] == "0")
        #expect(first.headers["x-ms-blob-committed-block-count"] == "1")
        let again = await send(world, "PUT", append, ["x-ms-blob-condition-appendpos": "0"], body: "one\n")
        #expect(again.status == 412)
        #expect(again.code == "AppendPositionConditionNotMet")
        let etag = first.headers["ETag"] ?? ""
        #expect(await send(world, "PUT", append, ["If-Match": etag], body: "two\n").status == 201)
        #expect(await send(world, "PUT", append, ["If-Match": etag], body: "two\n").code == "ConditionNotMet")
        #expect(await send(world, "PUT", append, ["If-Match": etag]).status == 412)
        #expect(await send(world, "GET", "/state/a/j").text == "one\ntwo\n")
        try await world.store.transaction { store in
            let key = "pursersandboxstate/state/a/j"
            var full = store.get("blobs", key) ?? [:]
            full["blocks"] = 50_000
            try store.put("blobs", key, full)
        }
        #expect(await send(world, "PUT", append, body: "x").code == "BlockCountExceedsLimit")
    }

    @Test func `a lease goes through its states`() async throws {
        let world = try await AzureWorld()
        let (one, two): (Headers, Headers) = (["x-ms-lease-id": Self.first], ["x-ms-lease-id": Self.second])
        func asked(_ id: String, _ seconds: String = "60") -> Headers {
            ["x-ms-lease-duration": seconds, "x-ms-proposed-lease-id": id]
        }
        #expect(await lease(world, "acquire", asked(Self.first)) == "404 BlobNotFound")
        #expect(await put(world) == "201")
        #expect(await lease(world, "acquire", asked(Self.first, "61")) == "400 InvalidHeaderValue")
        #expect(await lease(world, "renew", one) == "409 LeaseNotPresentWithLeaseOperation")
        #expect(await lease(world, "break") == "409 LeaseNotPresentWithLeaseOperation")
        #expect(await lease(world, "acquire", asked(Self.first)) == "201 \(Self.first)")
        // The same id again is the answer to one whose answer was lost.
        #expect(await lease(world, "acquire", asked(Self.first)) == "201 \(Self.first)")
        #expect(await lease(world, "acquire", asked(Self.second)) == "409 LeaseAlreadyPresent")
        #expect(await lease(world, "renew", two) == "409 LeaseIdMismatchWithLeaseOperation")
        #expect(await put(world) == "412 LeaseIdMissing")
        #expect(await put(world, two) == "412 LeaseIdMismatchWithBlobOperation")
        #expect(await put(world, one) == "201")
        #expect(await send(world, "GET", "/state/b").headers["x-ms-lease-state"] == "leased")
        world.time.advance(by: 59)
        #expect(await lease(world, "renew", one) == "200 \(Self.first)")
        world.time.advance(by: 59)
        #expect(await lease(world, "acquire", asked(Self.second)) == "409 LeaseAlreadyPresent")
        world.time.advance(by: 2)
        #expect(await send(world, "GET", "/state/b").headers["x-ms-lease-state"] == "expired")
        #expect(await put(world, one) == "412 LeaseLost")
        #expect(await lease(world, "acquire", asked(Self.second)) == "201 \(Self.second)")
        #expect(await lease(world, "release", one) == "409 LeaseIdMismatchWithLeaseOperation")
        #expect(await lease(world, "break", ["x-ms-lease-break-period": "10"]) == "202 10")
        #expect(await send(world, "GET", "/state/b").headers["x-ms-lease-state"] == "breaking")
        #expect(await lease(world, "acquire", asked(Self.second)) == "409 LeaseIsBreakingAndCannotBeAcquired")
        #expect(await lease(world, "break", ["x-ms-lease-break-period": "0"]) == "202 0")
        #expect(await send(world, "GET", "/state/b").headers["x-ms-lease-state"] == "broken")
        #expect(await lease(world, "renew", two) == "409 LeaseIsBrokenAndCannotBeRenewed")
        #expect(await lease(world, "break") == "409 LeaseAlreadyBroken")
        #expect(await lease(world, "acquire", asked(Self.first)) == "201 \(Self.first)")
        #expect(await lease(world, "release", one) == "200")
        #expect(await put(world, one) == "412 LeaseNotPresentWithBlobOperation")
        #expect(await put(world) == "201")
    }

    @Test func `containers are made, and blobs listed by folders`() async throws {
        let world = try await AzureWorld()
        #expect(await send(world, "PUT", "/more/x", ["x-ms-blob-type": "BlockBlob"]).code == "ContainerNotFound")
        #expect(await send(world, "PUT", "/more?restype=container").status == 201)
        #expect(await send(world, "PUT", "/more?restype=container").code == "ContainerAlreadyExists")
        for name in ["a/1", "a/2", "b&c"] {
            #expect(
                await send(
                    world, "PUT", "/more/\(name.replacing("&", with: "%26"))", ["x-ms-blob-type": "BlockBlob"],
                    body: "x"
                ).status == 201)
        }
        let all = await send(world, "GET", "/more?restype=container&comp=list").text
        #expect(all.components(separatedBy: "<Blob>").count == 4)
        #expect(all.contains("<Name>b&amp;c</Name>"))
        let folders = await send(world, "GET", "/more?restype=container&comp=list&delimiter=/").text
        #expect(folders.contains("<BlobPrefix><Name>a/</Name></BlobPrefix>") && !folders.contains("a/1"))
        let within = await send(world, "GET", "/more?restype=container&comp=list&prefix=a/2").text
        #expect(within.contains("a/2") && !within.contains("a/1"))
    }

    @Test func `what is not served is refused`() async throws {
        let world = try await AzureWorld()
        #expect(await send(world, "POST", "/state/b").code == "UnsupportedHttpVerb")
        #expect(await send(world, "PUT", "/state/b?comp=page").code == "InvalidQueryParameterValue")
        #expect(await send(world, "GET", "/state").code == "InvalidUri")
        #expect(await send(world, "GET", "/state/b", ["x-ms-version": "2015-04-05"]).code == "InvalidHeaderValue")
        #expect(await world.azure.resolves(host: Self.host))
        #expect(await !world.azure.resolves(host: "nobody.blob.storage.purser.test"))
    }
}
