import Foundation
import PurserClients
import SystemPackage
import Testing

extension Lifecycle {
    /// The real Helm and charts that the sandbox does not know, at its cluster and at a real API server.
    @Suite(ChartsTold(), HelmTold(), ClusterTold()) struct HelmChartTests {
        @Test(arguments: TestCluster.Kind.available, HelmProgram.found)
        func `Helm installs, upgrades, rolls back and removes hooks, CRDs and a sub-chart`(
            cluster: TestCluster.Kind, program: HelmProgram
        ) async throws {
            try await ClusterUser.with(cluster, helm: program, hasDriver: false) { user in
                let helm = user.helm
                try await helm.createNamespace()
                let before = try await helm.objects()
                let charts = user.directory.appending("charts")
                try OwnChart().write(below: charts)
                let chart = charts.appending(OwnChart.name).string
                try await helm.run("install", "shop", chart, "--wait")
                #expect(
                    try await besidesPods(helm, since: before) == [
                        "configmaps/shop-settings", "customresourcedefinitions/widgets.shop.example",
                        "daemonsets/shop-part", "deployments/shop-front", "jobs/shop-migrate", "secrets/shop-key",
                    ])
                let job = try #require(try await helm.object("batch", "jobs", "shop-migrate"))
                #expect(job.at("status", "succeeded")?.int == 1)
                let deployment = try #require(try await helm.object("apps", "deployments", "shop-front"))
                #expect(deployment.at("status", "readyReplicas")?.int == 1)
                let daemons = try #require(try await helm.object("apps", "daemonsets", "shop-part"))
                #expect(daemons.at("status", "numberReady") == daemons.at("status", "desiredNumberScheduled"))
                #expect((daemons.at("status", "numberReady")?.int ?? 0) > 0)

                try OwnChart(version: "1.1.0", greeting: "goodbye").write(below: charts)
                try await helm.run("upgrade", "shop", chart, "--set", "limits.most=null", "--wait")
                #expect(try await settings(helm) == "greeting = goodbye\nmost = none\n")
                #expect(try await helm.charts(of: "shop") == ["shop-1.0.0", "shop-1.1.0"])

                try await helm.run("rollback", "shop", "1", "--wait")
                #expect(try await settings(helm) == "greeting = hello\nmost = 2\n")
                #expect(
                    try await helm.history(of: "shop").compactMap { $0["status"]?.string }
                        == ["superseded", "superseded", "deployed"])

                try await helm.run("uninstall", "shop", "--wait")
                // Helm keeps CRDs, and what hooks made unless their deletion policy says otherwise.
                #expect(
                    try await besidesPods(helm, since: before)
                        == ["customresourcedefinitions/widgets.shop.example", "jobs/shop-migrate"])
                #expect(try await helm.history(of: "shop").isEmpty)
            }
        }

        private func besidesPods(_ helm: HelmUser, since before: Set<String>) async throws -> Set<String> {
            // A cluster that has just started goes on making what is its own; all of the chart's has its name.
            try await helm.objects().subtracting(before).filter { $0.contains("shop") && !$0.hasPrefix("pods/") }
        }

        private func settings(_ helm: HelmUser) async throws -> String? {
            try await helm.object("", "configmaps", "shop-settings")?.at("data", "settings.ini")?.string
        }

        @Test(arguments: ChartCase.all)
        func `Helm takes a chart through its life`(_ place: ChartCase) async throws {
            let chart = place.chart
            try await ClusterUser.with(place.cluster, helm: place.program, hasDriver: false) { user in
                let helm = user.helm
                try await helm.createNamespace()
                let before = try await helm.objects()
                let directory = user.directory.appending("charts")
                let path = directory.appending(try chart.place(below: directory)).string
                try await helm.run("install", "it", path, "--wait")
                #expect(try await !helm.objects().subtracting(before).isEmpty)
                try await helm.run("upgrade", "it", path, "--wait")
                try await helm.run("rollback", "it", "1", "--wait")
                #expect(
                    try await helm.history(of: "it").compactMap { $0["status"]?.string }
                        == ["superseded", "superseded", "deployed"])
                try await helm.run("uninstall", "it", "--wait")
                // What Helm leaves by its own rules: CRDs, and what hooks made.
                let left = try await helm.objects().subtracting(before)
                #expect(left.allSatisfy { !$0.hasPrefix("deployments/") && !$0.hasPrefix("daemonsets/") }, "\(left)")
            }
        }

        @Test(arguments: ChartCase.all)
        func `Purser takes a chart through its life`(_ place: ChartCase) async throws {
            try await ClusterUser.with(place.cluster, helm: place.program, hasDriver: false) { user in
                let charts = user.directory.appending("\(ClusterUser.spec)/charts")
                let name = try place.chart.place(below: charts)
                let shown = try await user.helm.outcome(["show", "chart", charts.appending(name).string]).output
                let version = try #require(shown.firstMatch(of: /(?m)^version: ["']?([^"'\s]+)/)?.1)
                try user.write(ShopWorld.text(chart: "./charts/\(name)", version: String(version)))
                let plan = try await user.purser("plan")
                #expect(plan.output.contains("with these objects:"))
                try await user.purser("apply", "--yes")
                try await user.expectNoChanges()
                #expect(try await user.helm.history(of: "shop").compactMap { $0["status"]?.string } == ["deployed"])
                try await user.purser("destroy", "--yes")
                #expect(try await user.helm.history(of: "shop").isEmpty)
            }
        }
    }
}

/// One helm with one chart at one cluster.
struct ChartCase: Sendable, CustomTestStringConvertible {
    let cluster: TestCluster.Kind
    let program: HelmProgram
    let chart: AnyChart

    var testDescription: String { "\(program.testDescription) with \(chart.testDescription) at \(cluster.rawValue)" }

    static let all = TestCluster.Kind.available.flatMap { cluster in
        HelmProgram.found.flatMap { program in
            AnyChart.all.map { ChartCase(cluster: cluster, program: program, chart: $0) }
        }
    }
}

/// An environment of one namespace and one release, in a sandbox.
struct ShopWorld {
    static let spec = "plans/shop"

    let sandbox: SandboxWorld
    let helm: HelmUser

    static func with(_ helm: HelmProgram, _ body: (ShopWorld) async throws -> Void) async throws {
        try await SandboxWorld.with { sandbox in
            let sandbox = try sandbox.with(helm)
            try await body(ShopWorld(sandbox: sandbox, helm: HelmUser(helm, sandbox: sandbox, namespace: "web")))
        }
    }

    var directory: FilePath { sandbox.directory.appending(Self.spec) }
    var charts: FilePath { directory.appending("charts") }
    var state: String {
        let file = sandbox.directory.appending("state/shop/state.json")
        return sandbox.contents(of: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Writes the spec anew.
    func write(
        chart: String = "./charts/shop", repository: String? = nil, version: String = "1.0.0", values: String = "{}",
        release: String = "shop", more: String = ""
    ) throws {
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        let text = Self.text(
            chart: chart, repository: repository, version: version, values: values, release: release, more: more)
        try text.write(toFile: directory.appending("environment.yaml").string, atomically: true, encoding: .utf8)
    }

    static func text(
        chart: String, repository: String? = nil, version: String, values: String = "{}", release: String = "shop",
        more: String = ""
    ) -> String {
        """
        apiVersion: purser/v1
        environment: shop
        namespaces: {web: {}}
        releases:
          shop:
            name: \(release)
            chart: \(chart)
            version: \(version)
            namespace: web
            timeout: 60s
            values: \(values)
        \(repository.map { "    repository: \($0)\n" } ?? "")\(more)
        """
    }

    func settings() async throws -> String? {
        try await helm.object("", "configmaps", "shop-settings")?.at("data", "settings.ini")?.string
    }

    /// Puts a chart into a repository and registry; returns the digest of the registry's manifest.
    @discardableResult
    func offer(_ chart: OwnChart, at server: ChartServer) async throws -> String {
        let directory = sandbox.directory.appending("packed")
        let archive = try await chart.pack(into: directory)
        let bytes = try #require(sandbox.contents(of: directory.appending(archive)))
        return server.offer(bytes, version: chart.version)
    }
}
