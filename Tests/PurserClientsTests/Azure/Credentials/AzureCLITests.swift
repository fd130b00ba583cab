import Foundation
import PurserTestSupport
import Testing

@testable import PurserClients

/// Source: Azure CLI reference, `az account get-access-token`.
struct AzureCLITests {
    private func clients(_ az: any AzureCLIRunner, tenant: String? = nil) async throws -> Clients {
        var settings = CredentialFixture.settings(["PURSER_CREDENTIAL": "azure-cli"], az: az)
        settings.tenant = tenant
        return try await Clients.make(settings: settings)
    }

    private func failure(_ az: any AzureCLIRunner) async throws -> ServiceError? {
        let clients = try await clients(az)
        return await #expect(throws: ServiceError.self) {
            try await clients.credential.token(scope: CredentialFixture.scope)
        }
    }

    @Test func `the tenant of the spec is asked for`() async throws {
        let az = ScriptedCLI(printing: #"{"accessToken":"a","expires_on":1800000600}"#)
        _ = try await clients(az, tenant: "t-1").credential.token(scope: CredentialFixture.scope)
        #expect(await az.calls.first?.suffix(2) == ["--tenant", "t-1"])
    }

    /// Local time without a zone says nothing that could be relied on.
    @Test func `a token whose end is told in local time alone is kept for a short while`() async throws {
        let az = ScriptedCLI(printing: #"{"accessToken":"a","expiresOn":"2027-01-15 09:10:33.000000"}"#)
        let token = try await clients(az).credential.token(scope: CredentialFixture.scope)
        #expect(token.lifetime == .seconds(300))
    }

    @Test func `nobody signed in is passed over, in az's own words`() async throws {
        let error = try await failure(
            ScriptedCLI(failing: "WARNING: old\nERROR: Please run 'az login' to setup account.\n"))
        #expect(error?.code == "NotSignedIn")
        #expect(error?.details == ["azure-cli: az says: Please run 'az login' to setup account."])
    }

    @Test func `another failure of az is told`() async throws {
        let error = try await failure(ScriptedCLI(failing: "ERROR: The command failed with an unexpected error."))
        #expect(error?.code == "AzureCLIFailed")
        #expect(error?.message == "az failed: The command failed with an unexpected error.")
    }

    @Test(arguments: ["", "{}", "not json", #"{"accessToken":""}"#])
    func `output without a token is told and not shown`(_ output: String) async throws {
        let error = try await failure(ScriptedCLI(printing: output))
        #expect(error?.message == "az printed no token")
    }

    // MARK: The process

    private func withAz(_ script: String, _ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "purser-az-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let binary = directory.appending(path: "az")
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: binary)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: binary.path)
        try await body("/nowhere:\(directory.path):/usr/bin:/bin")
    }

    @Test func `az sees proxy and trust, and no other credential`() async throws {
        try await withAz("echo \"$@\"; env | grep -vE '^(PATH|PWD|SHLVL|_)=' | sort") { path in
            let environment = [
                "PATH": path, "HTTPS_PROXY": "http://proxy", "SSL_CERT_FILE": "/ca.pem",
                "AZURE_CLIENT_SECRET": "s3cret",
                "AZURE_CORE_OUTPUT": "table", "SECRET_VALUE": "s3cret", "IDENTITY_HEADER": "s3cret",
            ]
            // A busy machine may take long to start a shell.
            let process = AzureCLIProcess(environment: environment, timeout: .seconds(300))
            let output = try await process.run(["account", "a b; $(c)"])
            #expect(
                String(decoding: output.standardOutput, as: UTF8.self) == """
                    account a b; $(c)
                    AZURE_CORE_OUTPUT=table
                    HTTPS_PROXY=http://proxy
                    REQUESTS_CA_BUNDLE=/ca.pem
                    SSL_CERT_FILE=/ca.pem

                    """)
        }
    }

    @Test func `an az that never ends is given up`() async throws {
        try await withAz("exec sleep 100000") { path in
            let process = AzureCLIProcess(environment: ["PATH": path], timeout: .zero)
            let error = await #expect(throws: ServiceError.self) { try await process.run(["version"]) }
            #expect(error?.isTimeout == true)
        }
    }

    @Test func `a PATH without az is told`() async throws {
        let process = AzureCLIProcess(environment: ["PATH": "/nowhere"])
        let error = await #expect(throws: ServiceError.self) { try await process.run([]) }
        #expect(error?.code == "CredentialUnavailable")
    }
}
