import Foundation
import Testing

/// The real Helm against the sandbox alone: what it finds in the chart repository, and what the cluster makes of it.
@Suite(HelmTold()) struct HelmReleaseTests {
    @Test(arguments: HelmProgram.found)
    func `a release is installed, upgraded, rolled back and taken away, and leaves its CRDs`(
        program: HelmProgram
    ) async throws {
        try await SandboxWorld.with { sandbox in
            let helm = try HelmUser(program, sandbox: sandbox)
            let before = try await helm.objects()
            try await helm.createNamespace()
            try await helm.run("install", "csi", helm.chart, "--repo", helm.repository, "--version", "1.8.1", "--wait")
            #expect(try await helm.objects().contains("clusterroles/secretproviderclasses-role"))

            let sync = "secrets-store-csi-driver.syncSecret.enabled=true"
            try await helm.run(
                "upgrade", "csi", helm.chart, "--repo", helm.repository, "--version", "1.8.2", "--set", sync, "--wait")
            #expect(try await helm.objects().contains("clusterroles/secretprovidersyncing-role"))
            #expect(try await helm.charts() == ["\(helm.chart)-1.8.1", "\(helm.chart)-1.8.2"])

            try await helm.run("rollback", "csi", "1", "--wait")
            #expect(try await !helm.objects().contains("clusterroles/secretprovidersyncing-role"))
            #expect(try await helm.charts().last == "\(helm.chart)-1.8.1")

            try await helm.run("uninstall", "csi", "--wait")
            #expect(
                try await helm.objects().subtracting(before) == [
                    "customresourcedefinitions/secretproviderclasses.secrets-store.csi.x-k8s.io",
                    "customresourcedefinitions/secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io",
                ])
        }
    }

    @Test(arguments: HelmProgram.found)
    func `a release into a namespace that is missing fails and says so`(
        program: HelmProgram
    ) async throws {
        try await SandboxWorld.with { sandbox in
            let helm = try HelmUser(program, sandbox: sandbox)
            let (exitCode, _, complaint) = try await helm.outcome(
                ["install", "csi", helm.chart, "--repo", helm.repository])
            #expect(exitCode == 1)
            #expect(complaint.contains("namespaces \"csi\" not found"))
        }
    }
}
