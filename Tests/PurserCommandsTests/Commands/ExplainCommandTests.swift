import Foundation
import PurserCommands
import PurserEngine
import PurserProof
import PurserSyntax
import PurserTestSupport
import SystemPackage
import Testing

@Suite struct ExplainCommandTests {
    @Test func `a code's page is printed, with what is common to its area`() async throws {
        let explained = try await CommandHarness().run("explain", "syntax/duplicate-key")
        #expect(explained.status == .done)
        expectGolden(explained.output, "Commands/explain-code.txt")
    }

    @Test func `a code that is not known is met with the nearest one`() async throws {
        let harness = try CommandHarness()
        let missed = await harness.run("explain", "syntax/duplicate-keys")
        #expect(missed.status == .usage)
        #expect(missed.errors.contains("did you mean 'syntax/duplicate-key'?"))
        #expect(await harness.run("explain", "duplicate-key").errors.contains("did you mean 'syntax/duplicate-key'?"))
        #expect(await harness.run("explain", "xyzzy").errors.contains("a message shows its code in brackets"))
    }

    @Test func `a page as JSON has code, text and area`() async throws {
        let explained = try await CommandHarness().run("explain", "syntax/duplicate-key", "--json")
        #expect(explained.output.contains("\"code\" : \"syntax/duplicate-key\""))
        #expect(explained.output.contains("\"area\" : \"The file is not the YAML"))
    }

    @Test func `every code has a page, and a finding's tells how a cluster shows it`() async throws {
        let harness = try CommandHarness()
        for code in CodePages.all.pages.keys.sorted() {
            let explained = await harness.run("explain", code)
            #expect(explained.status == .done && explained.output.hasPrefix("\(code)\n\n"), "\(code)")
            guard let page = FindingCatalogue.page(of: DiagnosticCode(code)) else { continue }
            #expect(explained.output.contains("In a cluster "), "\(code)")
            #expect(explained.output.contains("To do: \(page.fix)"), "\(code)")
        }
    }

    // MARK: Pods

    /// The catalogue's environment with a history and a pinned version, and the versions that a run has left.
    private func withPod(_ changes: [(String, String)] = []) async throws -> CommandHarness {
        let harness = try CommandHarness()
        let spec = changes.reduce(FindingCatalogue.spec) { $0.replacing($1.0, with: $1.1) }
        try harness.write(spec, to: "plans/demo/environment.yaml")
        var state = StateSnapshot(environment: "aks-csi-demo", lineage: "l")
        for (address, kind) in [
            ("vaults/demo/secrets/app-secret", "azure/secret"),
            ("vaults/demo/certificates/app-cert", "azure/certificate"),
        ] {
            state.resources[Address(address)] = RecordedResource(
                kind: KindName(kind), attributes: Attributes(["version": "4387e9f3d6e14c459867679a90fd0f79"]))
        }
        let directory = FilePath(harness.directory.appending(path: "state/aks-csi-demo").path())
        try await FileStateBackend(directory: directory, environment: "aks-csi-demo").save(state)
        return harness
    }

    @Test func `a pod is drawn with every file, its source and version, and the grant that lets it through`()
        async throws
    {
        let explained = try await withPod().offline("explain", "pods/app")
        #expect(explained.status == .done, "\(explained.errors)")
        expectGolden(explained.output, "Commands/explain-pod.txt")
    }

    @Test func `a pod is drawn as Mermaid`() async throws {
        let explained = try await withPod().offline("explain", "pods/app", "--mermaid")
        expectGolden(explained.output, "Commands/explain-pod.mermaid")
    }

    @Test func `what is not known of a pod's way has a question mark`() async throws {
        let harness = try await withPod([
            ("    name: csi-demo-keyvault\n", "    name: csi-demo-keyvault\n    existing: true\n"),
            ("    access:\n      demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}\n", ""),
            ("    secrets:\n      app-secret: {value: {env: SECRET_VALUE}}\n", ""),
            ("    certificates:\n      app-cert: {selfSigned: {subject: CN=app, validity: 365d, keySize: 2048}}\n", ""),
            ("    release: csi\n", ""),
            ("      - secret: app-secret\n", "      - {secret: app-secret, versionHistory: 2}\n"),
        ])
        let explained = await harness.offline("explain", "pods/app")
        #expect(explained.status == .done, "\(explained.errors)")
        expectGolden(explained.output, "Commands/explain-pod-unknown.txt")
        expectGolden(
            await harness.offline("explain", "pods/app", "--mermaid").output, "Commands/explain-pod-unknown.mermaid")
    }

    @Test func `a broken pod is drawn with the link that does not hold`() async throws {
        let harness = try await withPod([("    nodes: all\n", "")])
        let explained = await harness.offline("explain", "pods/app")
        expectGolden(explained.output, "Commands/explain-pod-broken.txt")
    }

    @Test func `every page is long enough to help`() {
        #expect(CodePages.all.pages.count > 100)
        for page in CodePages.all.pages.values {
            #expect(page.text.count > 40 && !page.text.hasSuffix("\n"), "\(page.code)")
        }
    }
}
