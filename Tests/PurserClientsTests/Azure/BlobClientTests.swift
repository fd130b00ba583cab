import PurserTestSupport
import Testing

@testable import PurserClients

struct BlobClientTests {
    private static let blob = BlobAddress(account: "acct", container: "state", name: "team/prod/journal.ndjson")
    private static let url = "https://acct.blob.core.windows.net/state/team/prod/journal.ndjson"
    private static let bom = "\u{FEFF}"

    private func client(
        _ transport: any HTTPTransport, _ credential: FixedCredential = FixedCredential(),
        cloud: CloudEnvironment = .public
    ) -> BlobClient {
        let sender = RequestSender(
            transport: transport, policy: RetryPolicy(attempts: 3), clock: ClientClock(ManualClock()), jitter: .none)
        return BlobClient(
            cloud: Once { () async throws(ServiceError) in cloud }, credential: credential, sender: sender,
            now: { 784_111_777 })
    }

    private static func refusal(_ status: Int, _ code: String, body: String? = nil) -> String {
        let body =
            body
            ?? "\(bom)<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>\(code)</Code><Message>Because.\n"
            + "RequestId:r\nTime:t</Message></Error>"
        return "\(status)\nx-ms-error-code: \(code)\nx-ms-request-id: r-1\n\n\(body)"
    }

    @Test func `a blob is read with its ETag, its blocks and its lease`() async throws {
        let replay = try ReplayTransport(
            """
            GET \(Self.url)
            Authorization: Bearer token-1
            x-ms-version: 2025-11-05
            x-ms-date: Sun, 06 Nov 1994 08:49:37 GMT

            <<<
            200
            ETag: "0x8D1"
            x-ms-blob-committed-block-count: 7
            x-ms-lease-state: leased

            line
            """)
        let credential = FixedCredential()
        let blob = try #require(try await client(replay, credential).read(Self.blob))
        #expect(String(decoding: blob.bytes, as: UTF8.self).hasPrefix("line"))
        #expect(blob.etag == "\"0x8D1\"")
        #expect(blob.blocks == 7)
        #expect(blob.isLeased)
        #expect(credential.requests.map(\.scope) == ["https://storage.azure.com/.default"])
        replay.expectFinished()
    }

    @Test func `writes carry their conditions`() async throws {
        let replay = try ReplayTransport(
            """
            PUT \(Self.url)
            x-ms-blob-type: BlockBlob
            If-Match: "1"
            x-ms-lease-id: l

            {}
            <<<
            201
            ETag: "2"
            ===
            PUT \(Self.url)
            x-ms-blob-type: AppendBlob
            If-None-Match: *

            <<<
            201
            ETag: "3"
            ===
            PUT \(Self.url)?comp=appendblock
            x-ms-blob-condition-appendpos: 12
            If-Match: "3"

            {}
            <<<
            201
            ETag: "4"
            ===
            DELETE \(Self.url)
            If-Match: "4"

            <<<
            202
            """)
        let blobs = client(replay)
        let written = try await blobs.write(
            Array("{}".utf8), to: Self.blob, if: .unchanged(etag: "\"1\""), lease: "l")
        #expect(written == "\"2\"")
        #expect(try await blobs.createAppendBlob(Self.blob) == "\"3\"")
        #expect(try await blobs.append(Array("{}".utf8), to: Self.blob, at: 12, etag: "\"3\"") == "\"4\"")
        try await blobs.delete(Self.blob, if: .unchanged(etag: "\"4\""))
        replay.expectFinished()
    }

    @Test func `leases are taken, renewed, given back and broken`() async throws {
        func exchange(_ headers: String, _ answer: String) -> String {
            "PUT \(Self.url)?comp=lease\n\(headers)\n\n<<<\n\(answer)"
        }
        let replay = try ReplayTransport(
            [
                exchange(
                    "x-ms-lease-action: acquire\nx-ms-lease-duration: 60\nx-ms-proposed-lease-id: id", "201"),
                exchange("x-ms-lease-action: renew\nx-ms-lease-id: id", "200"),
                exchange("x-ms-lease-action: release\nx-ms-lease-id: id", "200"),
                exchange("x-ms-lease-action: break\nx-ms-lease-break-period: 0", "202"),
                exchange("x-ms-lease-action: break", Self.refusal(409, "LeaseNotPresentWithLeaseOperation")),
                exchange("x-ms-lease-action: break", Self.refusal(409, "LeaseAlreadyBroken")),
            ].joined(separator: "\n===\n"))
        let blobs = client(replay)
        try await blobs.acquireLease(Self.blob, id: "id", seconds: 60)
        try await blobs.renewLease(Self.blob, id: "id")
        try await blobs.releaseLease(Self.blob, id: "id")
        for _ in 1...3 { try await blobs.breakLease(Self.blob) }
        replay.expectFinished()
    }

    @Test(arguments: [
        (403, "AuthorizationPermissionMismatch"), (403, "AuthorizationFailure"), (404, "ContainerNotFound"),
        (409, "BlobAlreadyExists"), (409, "LeaseAlreadyPresent"), (409, "BlockCountExceedsLimit"),
        (412, "ConditionNotMet"), (412, "AppendPositionConditionNotMet"), (412, "LeaseIdMissing"),
        (400, "InvalidHeaderValue"), (409, "InvalidBlobType"), (409, "ContainerBeingDeleted"),
    ])
    func `a refusal has the service's code and words, and is not repeated`(_ status: Int, _ code: String) async throws {
        let replay = try ReplayTransport("PUT \(Self.url)\n\n{}\n<<<\n\(Self.refusal(status, code))")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).write(Array("{}".utf8), to: Self.blob, if: .absent)
        }
        #expect(error?.service == .blobStorage)
        #expect(error?.status == status)
        #expect(error?.code == code)
        #expect(error?.message == "Because.")
        #expect(error?.requestID == "r-1")
        #expect(error?.outcomeUnknown == false)
        replay.expectFinished()
    }

    @Test func `the code stands in a header where there is no body`() async throws {
        let replay = try ReplayTransport(
            "GET \(Self.url)\n\n<<<\n\(Self.refusal(403, "AuthorizationFailure", body: ""))")
        let error = await #expect(throws: ServiceError.self) { try await client(replay).read(Self.blob) }
        #expect(error?.code == "AuthorizationFailure")
    }

    @Test func `what is not there is nil, and a container that is not there an error`() async throws {
        let replay = try ReplayTransport(
            """
            GET \(Self.url)

            <<<
            \(Self.refusal(404, "BlobNotFound"))
            ===
            DELETE \(Self.url)

            <<<
            \(Self.refusal(404, "BlobNotFound"))
            ===
            GET \(Self.url)

            <<<
            \(Self.refusal(404, "ContainerNotFound"))
            """)
        let blobs = client(replay)
        #expect(try await blobs.read(Self.blob) == nil)
        try await blobs.delete(Self.blob)
        let error = await #expect(throws: ServiceError.self) { try await blobs.read(Self.blob) }
        #expect(error?.code == "ContainerNotFound")
    }

    @Test func `a refusal of a second attempt tells that the first may have been carried out`() async throws {
        let append = "PUT \(Self.url)?comp=appendblock\n\n{}\n<<<\n"
        let replay = try ReplayTransport(
            "\(append)reset\n===\n\(append)\(Self.refusal(503, "ServerBusy"))\n===\n"
                + "\(append)\(Self.refusal(412, "AppendPositionConditionNotMet"))")
        let error = await #expect(throws: ServiceError.self) {
            try await client(replay).append(Array("{}".utf8), to: Self.blob, at: 0, etag: "\"1\"")
        }
        #expect(error?.status == 412)
        #expect(error?.outcomeUnknown == true)
        replay.expectFinished()
    }

    @Test func `a token that is refused is replaced once`() async throws {
        let challenge =
            "WWW-Authenticate: Bearer authorization_uri=https://login.microsoftonline.com/t/oauth2/authorize "
            + "resource_id=https://storage.azure.com"
        let replay = try ReplayTransport(
            """
            GET \(Self.url)
            Authorization: Bearer token-1

            <<<
            401
            x-ms-error-code: InvalidAuthenticationInfo
            \(challenge)
            ===
            GET \(Self.url)
            Authorization: Bearer token-2

            <<<
            401
            x-ms-error-code: InvalidAuthenticationInfo
            \(challenge)
            """)
        let error = await #expect(throws: ServiceError.self) { try await client(replay).read(Self.blob) }
        #expect(error?.status == 401)
        replay.expectFinished()
    }

    @Test(arguments: [
        (CloudEnvironment.china, "https://acct.blob.core.chinacloudapi.cn/state/x"),
        (.usGovernment, "https://acct.blob.core.usgovcloudapi.net/state/x"),
    ])
    func `each cloud has its own host`(_ cloud: CloudEnvironment, _ url: String) async throws {
        let replay = try ReplayTransport("GET \(url)\n\n<<<\n200")
        let blob = BlobAddress(account: "acct", container: "state", name: "x")
        _ = try await client(replay, cloud: cloud).read(blob)
        replay.expectFinished()
    }

    @Test func `a cloud that names no storage is told how to be helped`() async throws {
        var cloud = CloudEnvironment.public
        cloud.storageDNSSuffix = nil
        let error = await #expect(throws: ServiceError.self) {
            try await client(try ReplayTransport(""), cloud: cloud).read(Self.blob)
        }
        #expect(error?.code == ServiceError.Code.configuration)
        #expect(error?.message.contains("PURSER_STORAGE_SUFFIX") == true)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_827_696, "Tue, 29 Feb 2000 12:34:56 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"),
    ])
    func `a time is written as it is read`(_ seconds: Int, _ text: String) {
        #expect(HTTPDate.text(seconds) == text)
        #expect(HTTPDate.seconds(text) == seconds)
    }
}
