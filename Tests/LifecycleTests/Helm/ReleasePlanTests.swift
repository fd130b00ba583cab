import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

extension Lifecycle {
    /// What Purser's plan says of a release, and that apply does it: with the real Helm, from every place that a chart
    /// may come from.
    @Suite(HelmTold()) struct ReleasePlanTests {
        private static let spec = ShopWorld.spec

        @Test(arguments: HelmProgram.found)
        func `a plan names objects and fields, keeps secrets, and runs as reviewed`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                let first = try await shop.sandbox.purser("plan", Self.spec).output
                for line in ["+ Deployment shop-front", "+ DaemonSet shop-part", "+ Secret shop-key"] {
                    #expect(first.contains(line))
                }
                #expect(first.contains("hooks run, and what they do stays done: pre-install Job shop-migrate"))
                #expect(
                    first.contains("CRDs stay when the release is removed, because Helm never deletes them: widgets"))
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(shop.state.contains("\"digest\" : \"sha256:"))

                try OwnChart(version: "1.1.0", greeting: "goodbye").write(below: shop.charts)
                try shop.write(version: "1.1.0", values: "{limits: {most: null}, tolerations: []}")
                let text = try await shop.sandbox.purser("plan", Self.spec, "--out", "shop.plan").output
                for line in [
                    "+ values.limits.most: null", "+ values.tolerations: []",
                    #"~ spec.template.spec.containers[front].image: "registry.example/front:1.0.0" -> "registry.example/front:1.1.0""#,
                    "-        greeting = hello\n", "+        most = none\n", "~ stringData.key: (sensitive)",
                    "~ spec.template.metadata.annotations.checksum/key: (sensitive)",
                    "stays done: pre-upgrade Job shop-migrate",
                ] {
                    #expect(text.contains(line), "\(line)\n\(text)")
                }
                #expect(!text.contains("DaemonSet"))
                let saved = try #require(shop.sandbox.contents(of: shop.sandbox.directory.appending("shop.plan")))
                let markdown = try await shop.sandbox.purser("plan", Self.spec, "--markdown").output
                #expect(markdown.contains("! Deployment shop-front\n"))
                for output in [text, String(decoding: saved, as: UTF8.self), markdown, shop.state] {
                    #expect(!output.contains("made-"), "the password that the chart makes")
                }

                try await shop.sandbox.purser("apply", "shop.plan")
                #expect(try await shop.settings() == "greeting = goodbye\nmost = none\n")
                #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                #expect(!shop.state.contains("made-"))
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a chart that changes under its version is shown, and makes a reviewed plan stale`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                try OwnChart(greeting: "good morning").write(below: shop.charts)
                let text = try await shop.sandbox.purser("plan", Self.spec, "--out", "shop.plan").output
                #expect(text.contains("~ digest: \"sha256:"))
                #expect(
                    text.contains("the chart holds something else than it did when version 1.0.0 of it was applied"))
                #expect(text.contains(#""--greeting=hello" -> "--greeting=good morning""#))
                try OwnChart(greeting: "good night").write(below: shop.charts)
                let stale = try await shop.sandbox.purser("apply", "shop.plan", expecting: 7)
                #expect(stale.errors.contains("plan/stale"))
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.settings()?.hasPrefix("greeting = good night") == true)
            }
        }

        @Test(arguments: HelmProgram.found)
        func `an upgrade that fails goes back to the former revision`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                let before = shop.state
                try OwnChart(version: "1.1.0", greeting: "goodbye").write(below: shop.charts)
                try shop.write(version: "1.1.0")
                try await shop.sandbox.orderFault([
                    "match": ["method": "PATCH", "path": "*/deployments/shop-front", "plane": "kubernetes"], "times": 1,
                    "fault": ["status": 500],
                ])
                let run = try await shop.sandbox.purser("apply", Self.spec, "--yes", expecting: 1)
                #expect(run.transcript.contains("shop-front"))
                #expect(try await shop.settings() == "greeting = hello\nmost = 2\n")
                #expect(
                    try await shop.helm.history(of: "shop").compactMap { $0["status"]?.string }.last == "deployed")
                #expect(try await shop.helm.charts(of: "shop").last == "shop-1.0.0")
                #expect(shop.state == before)
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.settings()?.hasPrefix("greeting = goodbye") == true)
            }
        }

        @Test(arguments: HelmProgram.found)
        func `an upgrade that was cut short is found at plan, with a way out that works`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                try OwnChart(version: "1.1.0").write(below: shop.charts)
                try shop.write(version: "1.1.0")
                try await shop.sandbox.orderFault([
                    "match": ["method": "PATCH", "path": "*/deployments/shop-front", "plane": "kubernetes"], "times": 1,
                    "fault": ["delay": 20],
                ])
                try await shop.helm.killed(
                    ["upgrade", "shop", shop.charts.appending("shop").string], when: shop.sandbox.waitForFault)
                try await shop.sandbox.clearFaults()
                let plan = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(plan.errors.contains("release 'web/shop' is pending-upgrade since revision 2"))
                let wayOut = try #require(plan.errors.firstMatch(of: /helm (rollback shop 1) --namespace web/)?.1)
                try await shop.helm.run(wayOut.split(separator: " ").map(String.init) + ["--wait"])
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.helm.charts(of: "shop").last == "shop-1.1.0")
            }
        }

        @Test(arguments: HelmProgram.found)
        func `an installation that was cut short is found at plan, with a way out that works`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--target", "namespaces/web", "--yes")
                // Helm 4 applies what Helm 3 creates.
                let creation: JSONValue =
                    program.major >= 4
                    ? ["method": "PATCH", "path": "*/deployments/shop-front", "plane": "kubernetes"]
                    : ["method": "POST", "path": "*/deployments", "plane": "kubernetes"]
                try await shop.sandbox.orderFault(["match": creation, "times": 1, "fault": ["delay": 20]])
                try await shop.helm.killed(
                    ["install", "shop", shop.charts.appending("shop").string], when: shop.sandbox.waitForFault)
                try await shop.sandbox.clearFaults()
                let plan = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(plan.errors.contains("release 'web/shop' is pending-install since revision 1"))
                let wayOut = try #require(plan.errors.firstMatch(of: /helm (uninstall shop) --namespace web/)?.1)
                try await shop.helm.run(wayOut.split(separator: " ").map(String.init) + ["--wait"])
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.helm.charts(of: "shop") == ["shop-1.0.0"])
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a way back that was cut short is found at plan, with a way out that works`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                try OwnChart(version: "1.1.0").write(below: shop.charts)
                try shop.write(version: "1.1.0")
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                try await shop.sandbox.orderFault([
                    "match": ["method": "PATCH", "path": "*/deployments/shop-front", "plane": "kubernetes"], "times": 1,
                    "fault": ["delay": 20],
                ])
                try await shop.helm.killed(["rollback", "shop", "1"], when: shop.sandbox.waitForFault)
                try await shop.sandbox.clearFaults()
                let plan = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(plan.errors.contains("release 'web/shop' is pending-rollback since revision 3"))
                let wayOut = try #require(plan.errors.firstMatch(of: /helm (rollback shop 2) --namespace web/)?.1)
                try await shop.helm.run(wayOut.split(separator: " ").map(String.init) + ["--wait"])
                #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                #expect(try await shop.helm.charts(of: "shop").last == "shop-1.1.0")
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a replacement leaves CRDs and what they define`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                let widgets = ResourcePath(
                    group: "shop.example", version: "v1", resource: "widgets", namespace: "web", name: "mine")
                let widget: JSONValue = [
                    "apiVersion": "shop.example/v1", "kind": "Widget",
                    "metadata": ["name": "mine", "namespace": "web"],
                ]
                let uid = try await shop.helm.withClients { clients in
                    try await clients.kubernetes.apply(widget, at: widgets).at("metadata", "uid")
                }
                try shop.write(release: "store")
                let plan = try await shop.sandbox.purser("plan", Self.spec).output
                #expect(plan.contains("# forces replacement"))
                #expect(plan.contains("stays done: pre-delete Job shop-farewell, pre-install Job store-migrate"))
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.helm.charts(of: "shop").isEmpty)
                #expect(try await shop.helm.charts(of: "store") == ["shop-1.0.0"])
                let found = try await shop.helm.withClients { try await $0.kubernetes.get(widgets) }
                #expect(found?.at("metadata", "uid") == uid)
            }
        }

        @Test(arguments: HelmProgram.found)
        func `destroying names the hooks that run, waits, and leaves nothing but CRDs`(program: HelmProgram)
            async throws
        {
            try await ShopWorld.with(program) { shop in
                let before = try await shop.helm.objects()
                try OwnChart().write(below: shop.charts)
                try shop.write()
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                let run = try await shop.sandbox.purser("destroy", Self.spec, "--yes")
                #expect(run.output.contains("- Deployment shop-front"))
                #expect(run.output.contains("hooks run, and what they do stays done: pre-delete Job shop-farewell"))
                #expect(
                    try await shop.helm.objects().subtracting(before)
                        == ["customresourcedefinitions/widgets.shop.example"])
            }
        }

        // MARK: Where charts come from

        @Test(arguments: HelmProgram.found)
        func `an archive beside the spec is as good as a directory`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                let archive = try await OwnChart().pack(into: shop.charts)
                try shop.write(chart: "./charts/\(archive)")
                try await shop.sandbox.purser("apply", Self.spec, "--yes")
                #expect(try await shop.helm.charts(of: "shop") == ["shop-1.0.0"])
                #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a repository that gives out another archive under the same version is found out`(program: HelmProgram)
            async throws
        {
            try await ChartServer.with { server in
                try await ShopWorld.with(program) { shop in
                    try await shop.offer(OwnChart(), at: server)
                    try shop.write(chart: "shop", repository: server.repository)
                    try await shop.sandbox.purser("apply", Self.spec, "--yes")
                    #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))
                    try await shop.offer(OwnChart(greeting: "changed"), at: server)
                    let plan = try await shop.sandbox.purser("plan", Self.spec).output
                    #expect(plan.contains("~ digest: \"sha256:"))
                    #expect(plan.contains(#""--greeting=hello" -> "--greeting=changed""#))
                }
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a registry's chart is taken by its version, and held to a digest that is written`(program: HelmProgram)
            async throws
        {
            try await ChartServer.with { server in
                try await ShopWorld.with(program) { shop in
                    let digest = try await shop.offer(OwnChart(), at: server)
                    try shop.write(chart: "\(server.registry)/shop")
                    try await shop.sandbox.purser("apply", Self.spec, "--yes")
                    #expect(try await shop.helm.charts(of: "shop") == ["shop-1.0.0"])
                    #expect(try await shop.sandbox.purser("plan", Self.spec).output.contains("No changes."))

                    try await shop.offer(OwnChart(greeting: "changed"), at: server)
                    let plan = try await shop.sandbox.purser("plan", Self.spec).output
                    #expect(plan.contains("~ digest: \"sha256:"))
                    // The version now leads to another manifest than the pinned one.
                    try shop.write(chart: "\(server.registry)/shop@\(digest)", values: "{greeting: own}")
                    let pinned = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                    #expect(pinned.errors.contains("and \(digest) is asked for"), "\(pinned.transcript)")
                }
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a chart that cannot be fetched leaves a plan of values that says so`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                try await ChartServer.with { server in
                    try await shop.offer(OwnChart(), at: server)
                    try shop.write(chart: "shop", repository: server.repository)
                    try await shop.sandbox.purser("apply", Self.spec, "--yes")
                    try shop.write(chart: "shop", repository: server.repository, values: "{greeting: own}")
                }
                let plan = try await shop.sandbox.purser("plan", Self.spec).output
                #expect(plan.contains(#"+ values.greeting: "own""#))
                #expect(plan.contains("the chart could not be fetched, so that only its values are compared"))
            }
        }

        @Test(arguments: HelmProgram.found)
        func `a chart whose link leads out of the spec's directory is not read`(program: HelmProgram) async throws {
            try await ShopWorld.with(program) { shop in
                try OwnChart().write(below: shop.charts)
                let secret = shop.sandbox.directory.appending("secret")
                try "data: hunter2".write(toFile: secret.string, atomically: true, encoding: .utf8)
                try FileManager.default.createSymbolicLink(
                    atPath: shop.charts.appending("shop/templates/link.yaml").string,
                    withDestinationPath: secret.string)
                try shop.write()
                let plan = try await shop.sandbox.purser("plan", Self.spec, expecting: 1)
                #expect(plan.errors.contains("'templates/link.yaml' is a link that leads out of the spec's directory"))
                #expect(!plan.transcript.contains("hunter2"))
                try shop.write(chart: "../shop")
                let outside = try await shop.sandbox.purser("validate", Self.spec, expecting: 64)
                #expect(outside.errors.contains("leads out of the spec's directory"))
            }
        }
    }
}
