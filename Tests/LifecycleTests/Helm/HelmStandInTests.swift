import Foundation
import Subprocess
import SystemPackage
import Testing

/// `Scripts/helm`, which stands in for helm on machines without it, answers as helm does.
@Suite(.enabled(if: standInIsInstalled, "needs the Helm SDK: Scripts/setup installs it where no helm is"))
struct HelmStandInTests {
    @Test(arguments: [
        (["frobnicate"], "Error: unknown command \"frobnicate\" for \"helm\"\n"),
        (["status", "csi", "--frobnicate"], "Error: unknown flag: --frobnicate\n"),
        (["status", "csi", "-n"], "Error: flag needs an argument: -n\n"),
        (["install", "csi"], "Error: \"helm\" requires 2 arguments: NAME CHART\n"),
        (
            ["uninstall", "csi", "--timeout", "5x"],
            "Error: invalid argument \"5x\" for \"--timeout\" flag: time: invalid duration \"5x\"\n"
        ),
    ])
    func `a wrong command line ends with one line and exit code 1`(
        arguments: [String], complaint: String
    ) async throws {
        let outcome = try await helm(arguments)
        #expect(outcome == Outcome(exitCode: 1, output: "", complaint: complaint))
    }

    @Test func `its version is that of the SDK`() async throws {
        let short = try await helm(["version", "--short"])
        #expect(short.output.wholeMatch(of: /v4\.\d+\.\d+\+sdk\n/) != nil)
        let bare = try await helm(["version", "--template", "{{.Version}}"])
        #expect(short.output == bare.output + "+sdk\n")
    }

    @Test func `settings may stand before the command and after it`() async throws {
        let before = try await helm(["-n", "csi", "--kubeconfig=/nonexistent", "status", "csi"])
        let after = try await helm(["status", "csi", "--namespace=csi", "--kubeconfig", "/nonexistent"])
        #expect(before == after)
        #expect(before.exitCode == 1)
        #expect(before.complaint.hasPrefix("Error: kubernetes cluster unreachable: "))
    }

    @Test func `values on standard input join those of the command line`() async throws {
        let chart = checkout.appendingPathComponent("Sources/PurserSandbox/Charts/csi-secrets-store-provider-azure")
        let rotation = "{secrets-store-csi-driver: {enableSecretRotation: true, rotationPollInterval: 1m}}"
        let outcome = try await helm(
            ["template", "csi", chart.path, "-f", "-", "--set", "secrets-store-csi-driver.rotationPollInterval=3m"],
            input: rotation)
        #expect(outcome.output.contains("- --enable-secret-rotation=true\n"))
        #expect(outcome.output.contains("- --rotation-poll-interval=3m\n"))
    }

    private struct Outcome: Equatable {
        var exitCode: Int32?
        var output: String
        var complaint: String
    }

    private func helm(_ arguments: [String], input: String = "") async throws -> Outcome {
        let result = try await run(
            .path(FilePath(checkout.appendingPathComponent("Scripts/helm").path)),
            arguments: Arguments(arguments),
            input: .string(input), output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        var exitCode: Int32?
        if case .exited(let code) = result.terminationStatus { exitCode = code }
        return Outcome(exitCode: exitCode, output: result.standardOutput, complaint: result.standardError)
    }
}

private let checkout = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private let standInIsInstalled = FileManager.default.isExecutableFile(
    atPath: checkout.appendingPathComponent(".venv-helm/libexec/helm").path)
