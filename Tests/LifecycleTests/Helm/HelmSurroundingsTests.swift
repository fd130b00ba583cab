import Foundation
import PurserClients
import SystemPackage
import Testing

extension Lifecycle {
    /// What the user's Helm is set up with, what the cluster can do, and another Helm than the last time.
    @Suite(HelmTold()) struct HelmSurroundingsTests {
        private static let spec = ShopWorld.spec

        @Test(arguments: HelmProgram.found)
        func `plugins, repositories and settings of the user's Helm do not matter`(program: HelmProgram) async throws {
            try await ChartServer.with { server in
                try await ShopWorld.with(program) { shop in
                    let home = shop.sandbox.directory
                    for (path, text) in [
                        (".config/helm/repositories.yaml", "repositories: ["),
                        (".local/share/helm/plugins/broken/plugin.yaml", "name: ["),
                    ] {
                        let file = home.appending(path)
                        try FileManager.default.createDirectory(
                            atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
                        try text.write(toFile: file.string, atomically: true, encoding: .utf8)
                    }
                    let settings = [
                        "HELM_NAMESPACE": "elsewhere", "HELM_KUBEAPISERVER": "https://127.0.0.1:1",
                        "HELM_KUBECONTEXT": "none", "HELM_KUBETOKEN": "none", "HELM_DEBUG": "true",
                        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true", "HELM_KUBEASUSER": "nobody",
                    ]
                    try await shop.offer(OwnChart(), at: server)
                    try shop.write(chart: "shop", repository: server.repository)
                    try await shop.sandbox.purser("apply", Self.spec, "--yes", environment: settings)
                    try shop.write(chart: "shop", repository: server.repository, version: "9.0.0")
                    let absent = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                    #expect(absent.errors.contains("version \"9.0.0\" not found in \(server.repository) repository"))
                    try shop.write(chart: "shop", repository: server.repository)
                    let plan = try await shop.sandbox.purser("plan", Self.spec, environment: settings)
                    #expect(plan.output.contains("No changes."))
                    #expect(plan.errors == "")
                    #expect(try await shop.settings() == "greeting = hello\nmost = 2\n")
                    // Nothing is left of a repository that only a spec names.
                    let cache = home.appending(".cache/helm/repository").string
                    #expect((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? [] == [])
                }
            }
        }

        @Test(arguments: HelmProgram.found)
        func `releases that Helm is told to keep elsewhere are no releases to plan with`(
            program: HelmProgram
        ) async throws {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                let run = try await shop.sandbox.purser(
                    "apply", Self.spec, "--yes", environment: ["HELM_DRIVER": "configmap"], expecting: 1)
                #expect(run.errors.contains("HELM_DRIVER is 'configmap'"))
                #expect(try await shop.helm.history(of: "shop").isEmpty)
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a chart that asks what the cluster can do is planned as it is installed`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                let asking = [
                    "templates/asks.yaml": """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: "{{ .Release.Name }}-asks"}
                    data:
                      version: "{{ .Capabilities.KubeVersion.Version }}"
                      widgets: '{{ .Capabilities.APIVersions.Has "shop.example/v1/Widget" }}'
                      drivers: '{{ .Capabilities.APIVersions.Has "storage.k8s.io/v1/CSIDriver" }}'
                      gadgets: '{{ .Capabilities.APIVersions.Has "shop.example/v1/Gadget" }}'

                    """
                ]
                try OwnChart(more: asking).write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                let made = try #require(try await shop.helm.object("", "configmaps", "shop-asks"))
                #expect(made.at("data", "widgets") == "true")
                #expect(made.at("data", "gadgets") == "false")
                #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                // Rendered anew, and nothing of it is another: neither the version nor what there is.
                try OwnChart(version: "1.1.0", more: asking).write(below: shop.charts)
                try shop.write(version: "1.1.0")
                let plan = try await shop.sandbox.purser("plan", Self.spec).output
                #expect(plan.contains("~ Deployment shop-front"))
                #expect(!plan.contains("shop-asks"), "\(plan)")
            }
        }

        @Test(arguments: HelmProgram.found)
        func `an archive may be called anything`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                for name in ["other-9.9.9.tgz", "newest.tgz"] {
                    let archive = try await OwnChart().pack(into: shop.charts, as: name)
                    try shop.write(chart: "./charts/\(archive)")
                    try await shop.sandbox.purser("apply", Self.spec, "--yes")
                    #expect(try await shop.helm.charts(of: "shop").last == "shop-1.0.0")
                    #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                }
                try shop.write(chart: "./charts/newest.tgz", version: "9.9.9")
                let wrong = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(wrong.errors.contains("it is version 1.0.0, and the spec asks for 9.9.9"))
                try "no archive".write(
                    toFile: shop.charts.appending("newest.tgz").string, atomically: true, encoding: .utf8)
                let broken = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(broken.errors.contains("the chart './charts/newest.tgz' cannot be used: Helm cannot read it"))
            }
        }

        @Test(.enabled(if: HelmProgram.found.count > 1, "needs two versions of helm"))
        func `what one Helm has installed another one upgrades, and the first takes back`() async throws {
            let (old, new) = (try #require(HelmProgram.found.first), try HelmProgram.newest())
            try await ShopWorld.with(old) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                let other = try shop.sandbox.with(new)
                #expect(try await other.purser("plan", Self.spec).output.contains("No changes."))
                try OwnChart(version: "1.1.0", greeting: "goodbye").write(below: shop.charts)
                try shop.write(version: "1.1.0")
                try await other.purser("apply", Self.spec, "--yes")
                #expect(try await shop.settings()?.hasPrefix("greeting = goodbye") == true)
                #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                try await shop.helm.run("rollback", "shop", "1", "--wait")
                #expect(try await shop.settings()?.hasPrefix("greeting = hello") == true)
                try await other.purser("apply", Self.spec, "--yes")
                #expect(try await shop.helm.charts(of: "shop").last == "shop-1.1.0")
                try await shop.sandbox.purser("destroy", Self.spec, "--yes")
                #expect(try await shop.helm.history(of: "shop").isEmpty)
            }
        }
    }
}
