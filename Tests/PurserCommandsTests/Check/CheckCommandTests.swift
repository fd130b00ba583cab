import Foundation
import PurserCommands
import PurserProof
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct CheckCommandTests {
    private let harness: CommandHarness

    init() throws { harness = try CommandHarness() }

    /// Manifests with several things that are wrong, and values that nobody may see.
    static let broken =
        FindingCatalogue.manifests
        .replacing("{objectName: shop-tls, key: tls.key}", with: "{objectName: shop-tsl, key: tls.key}")
        .replacing("readOnly: true\n", with: "readOnly: false\n")
        .replacing(
            "          volumeMounts:\n",
            with:
                "          args: [\"--token=canary-args\"]\n          env:\n            - {name: A, value: canary-env}\n"
                + "          volumeMounts:\n")
            + """
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: other, namespace: web, annotations: {a: canary-annotation}}
            stringData: {password: canary-secret}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: damaged}
            stringData: {password: "canary-unclosed
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: "plain\\e[31m", namespace: web}
            spec: {containers: [{name: c, image: i}]}

            """

    private func writeBroken() throws { try harness.write(Self.broken, to: "shop.yaml") }

    @Test func `findings are told as text, with lines, chain and the provider's words`() async throws {
        try writeBroken()
        let checked = await harness.offline("check", "shop.yaml")
        #expect(checked.status == .usage, "a document cannot be read")
        expectGolden(checked.output, "Check/findings.txt")
        #expect(checked.errors.isEmpty)
    }

    @Test func `findings are told as JSON, one event a line`() async throws {
        try writeBroken()
        let checked = await harness.offline("check", "shop.yaml", "--json")
        expectGolden(checked.output, "Check/findings.ndjson")
        for line in checked.output.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            for key in ["@level", "@message", "@timestamp", "type"] { #expect(object?[key] is String, "\(line)") }
        }
    }

    @Test func `findings are told as SARIF`() async throws {
        try writeBroken()
        let checked = await harness.offline(
            "check", "shop.yaml", "--sarif", "--allow", "proof/volume-not-read-only", "--reason", "an old driver")
        expectGolden(checked.output, "Check/findings.sarif")
        let log = try #require(JSONSerialization.jsonObject(with: Data(checked.output.utf8)) as? [String: Any])
        #expect(try SARIFShape(log).problems == [])
    }

    @Test(arguments: [[], ["--json"], ["--sarif"], ["--fix"]])
    func `no value of a manifest is ever printed`(_ options: [String]) async throws {
        // On few lines, where a line that is shown could well have a value on it.
        let dense = """
            {"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"p":"canary"}},\
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b","namespace":"web"},"spec":{"volumes":[{"name":"kv","csi":\
            {"driver":"secrets-store.csi.k8s.io","volumeAttributes":{"secretProviderClass":"c"}}}],"containers":[{"name":"c","env":\
            [{"name":"X","value":"canary"}],"volumeMounts":[{"name":"kv","mountPath":"/x"}]}]}}]}

            """
        try harness.write(dense, to: "m/dense.json")
        try harness.write(Self.broken, to: "m/shop.yaml")
        let checked = await harness.offline(["check", "m"] + options)
        #expect(checked.output.contains("proof/volume-not-read-only") || options == ["--fix"])
        for text in [checked.output, checked.errors] {
            #expect(!text.contains("canary"), "\(text)")
            #expect(!text.contains("\u{1B}"))
        }
    }

    @Test func `good manifests end with 0, findings with 5`() async throws {
        let good = await harness.offline("check", "-", input: FindingCatalogue.manifests)
        #expect(good.status == .done)
        let bad = FindingCatalogue.manifests.replacing("readOnly: true", with: "readOnly: false")
        #expect(await harness.offline("check", "-", input: bad).status == .findings)
    }

    @Test func `an allowed finding is a warning, and its reason is told`() async throws {
        let bad = FindingCatalogue.manifests.replacing("readOnly: true", with: "readOnly: false")
        let allowed = await harness.offline(
            "check", "-", "--allow", "proof/volume-not-read-only", "--reason", "an old driver", input: bad)
        #expect(allowed.status == .done)
        #expect(allowed.output.contains("warning[proof/volume-not-read-only]"))
        #expect(allowed.output.contains("note: allowed: an old driver"))
    }

    @Test(arguments: [
        ["--allow", "proof/volume-not-read-only"], ["--reason", "because"],
        ["--allow", "proof/no-such", "--reason", "because"],
        ["--allow", "syntax/duplicate-key", "--reason", "because"],
        ["--yes"], ["--json", "--sarif"], ["--sarif", "--fix"],
    ])
    func `what cannot be allowed or asked for is refused`(_ options: [String]) async throws {
        let refused = await harness.offline(["check", "-"] + options, input: FindingCatalogue.manifests)
        #expect(refused.status == .usage)
        #expect(!refused.errors.isEmpty)
    }

    @Test func `an environment is checked without a connection, and every file of its pods proved`() async throws {
        try harness.write(FindingCatalogue.spec, to: "plans/demo/environment.yaml")
        let checked = await harness.offline("check")
        #expect(checked.status == .done, "\(checked.output)\(checked.errors)")
        #expect(
            checked.output.hasSuffix("aks-csi-demo: 1 pod: 1 proven, 0 with findings, 0 undecided\n"),
            "\(checked.output)")
    }

    @Test func `an environment is checked without the values of its variables`() async throws {
        let spec =
            FindingCatalogue.spec
            .replacing(
                "azure: {tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e,", with: "azure: {tenant: \"${var.tenant}\","
            )
            .replacing("    name: csi-demo-keyvault\n", with: "    name: \"${var.vault}\"\n")
            .replacing("nodeResourceGroup: aks-nodes-west-dev", with: "nodeResourceGroup: \"${var.nodes}-rg\"")
            .replacing("authorization: policies", with: "authorization: \"${var.model}\"")
            + "variables: {tenant: {env: AZURE_TENANT_ID}, vault: {env: OF_OTHERS}, nodes: {}, model: {default: policies}}\n"
        try harness.write(spec, to: "plans/demo/environment.yaml")
        let checked = await harness.offline("check", "plans/demo")
        #expect(checked.status == .done, "\(checked.output)\(checked.errors)")
        #expect(checked.output.hasSuffix("1 proven, 0 with findings, 0 undecided\n"), "\(checked.output)")
        try harness.write(spec.replacing("secrets: [get]", with: "secrets: [list]"), to: "plans/demo/environment.yaml")
        #expect(await harness.offline("check", "plans/demo").status == .findings)
        let misspelt = spec.replacing("\"${var.vault}\"", with: "\"${var.vautl}\"")
        try harness.write(misspelt, to: "plans/demo/environment.yaml")
        let wrong = await harness.offline("check", "plans/demo")
        #expect(wrong.status == .usage && wrong.errors.contains("there is no variable 'vautl'"), "\(wrong.errors)")
    }

    @Test func `a broken environment ends with 5 and shows the chain`() async throws {
        let spec = FindingCatalogue.spec.replacing("secrets: [get]", with: "secrets: [list]")
        try harness.write(spec, to: "plans/demo/environment.yaml")
        let checked = await harness.offline("check", "plans/demo")
        #expect(checked.status == .findings)
        expectGolden(checked.output, "Check/environment.txt")
    }

    // MARK: Fixes

    @Test func `a fix is shown as a patch, and made only when that is approved`() async throws {
        let text = Self.broken.replacing("stringData: {password: \"canary-unclosed\n", with: "stringData: {a: b}\n")
        try harness.write(text, to: "shop.yaml")
        let path = harness.directory.appending(path: "shop.yaml").path()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let shown = await harness.offline("check", "shop.yaml", "--fix")
        #expect(shown.status == .findings)
        #expect(harness.read("shop.yaml") == text)
        expectGolden(
            String(
                shown.output.prefix(upTo: shown.output.firstRange(of: "\nerror[")?.lowerBound ?? shown.output.endIndex)),
            "Check/fix.diff")
        let made = await harness.offline("check", "shop.yaml", "--fix", "--yes")
        #expect(made.errors.contains("1 file is changed"))
        #expect(harness.read("shop.yaml")?.contains("{objectName: shop-tls, key: tls.key}") == true)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o640)
        #expect(await harness.offline("check", "shop.yaml", "--fix").errors.contains("Nothing can be mended"))
    }

    @Test func `fixes of several files are made in all of them or in none`() async throws {
        let broken = FindingCatalogue.manifests
            .replacing("provider: azure", with: "provider: Azure  # as the docs have it")
        try harness.write(broken, to: "m/a.yaml")
        let other = broken.replacing("name: shop, namespace: web", with: "name: shop, namespace: other")
        // Its name leaves no room for that of the file that is to take its place.
        let long = "m/b" + String(repeating: "b", count: 248) + ".yaml"
        try harness.write(other, to: long)
        let failed = await harness.offline("check", "m", "--fix", "--yes")
        #expect(failed.status == .failed, "\(failed.errors)")
        #expect(failed.errors.contains("manifest/not-mended") && failed.errors.contains("no file is changed"))
        #expect(failed.output.contains("+  provider: azure  # as the docs have it"))
        #expect(harness.read("m/a.yaml") == broken && harness.read(long) == other)
        try FileManager.default.moveItem(
            at: harness.directory.appending(path: long), to: harness.directory.appending(path: "m/b.yaml"))
        let made = await harness.offline("check", "m", "--fix", "--yes")
        #expect(made.errors.contains("2 files are changed"), "\(made.errors)")
        #expect(made.status == .done)
        #expect(harness.read("m/a.yaml") == broken.replacing("Azure", with: "azure"), "comments and all else stay")
        #expect(harness.read("m/b.yaml") == other.replacing("Azure", with: "azure"))
    }

    @Test func `a file that was changed meanwhile is left as it is, and so are the others`() async throws {
        let broken = FindingCatalogue.manifests.replacing("provider: azure", with: "provider: Azure")
        try harness.write(broken, to: "a.yaml")
        try harness.write(broken.replacing("namespace: web", with: "namespace: b"), to: "b.yaml")
        let harness = harness
        // Whoever reads the diff may well edit the file at that moment.
        let failed = await harness.offline(["check", "a.yaml", "b.yaml", "--fix", "--yes"]) { text in
            if text.contains("b.yaml") { try? harness.write("# other\n", to: "b.yaml") }
        }
        #expect(failed.status == .failed)
        #expect(failed.errors.contains("'b.yaml' was changed after it was read; no file is changed"))
        #expect(harness.read("a.yaml") == broken && harness.read("b.yaml") == "# other\n")
    }

    @Test func `standard input is not changed`() async throws {
        let text = Self.broken.replacing("stringData: {password: \"canary-unclosed\n", with: "stringData: {a: b}\n")
        #expect(await harness.offline("check", "-", "--fix", "--yes", input: text).status == .usage)
    }
}
