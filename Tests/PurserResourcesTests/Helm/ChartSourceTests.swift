import Foundation
import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

@Suite struct ChartSourceTests {
    private static let digest = "sha256:" + String(repeating: "0a", count: 32)

    @Test(
        arguments: [
            ("csi", "https://charts.test", ChartSource.repository("https://charts.test", name: "csi")),
            ("oci://r.test/x/csi", nil, .registry("oci://r.test/x/csi")),
            ("csi", "oci://r.test/x/", .registry("oci://r.test/x/csi")),
            ("./charts/csi", nil, .local("./charts/csi")),
            ("csi", nil, nil),
        ] as [(String, String?, ChartSource?)])
    func `chart and repository say where the chart is`(chart: String, repository: String?, expected: ChartSource?) {
        #expect(ChartSource(chart: chart, repository: repository) == expected)
        #expect(ChartSource.rule.problem(chart) == nil)
    }

    @Test(arguments: [
        "--post-renderer=./evil", "/etc/chart", "../chart", "./../chart", "./a/../../b", "./", "./a//b", "a b", "",
        "stable/csi", "oci://r.test", "oci://r.test/x csi", "oci://r.test/csi:1.0.0", "oci://r.test/csi@sha256:00",
        "oci://r.test/csi@\(digest)@\(digest)",
    ])
    func `what is a flag, leads elsewhere or is no address is refused`(chart: String) {
        #expect(ChartSource.rule.problem(chart) != nil)
    }

    @Test(arguments: [
        ("csi", "csi"), ("oci://r.test/csi@\(digest)", "csi"), ("./charts/csi", "csi"),
        ("./charts/csi-driver-1.2.3-rc.1.tgz", "csi-driver"),
    ])
    func `the name in Helm's history follows from the address`(chart: String, name: String) {
        #expect(ChartSource.likelyName(of: chart) == name)
    }
}

/// Charts beside a spec, in a directory that the test makes.
@Suite struct LocalChartTests {
    private func withDirectory(_ body: (URL, TestOperation) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent(
            "purser-chart-test-\(UUID().uuidString)")
        let spec = root.appendingPathComponent("env")
        try FileManager.default.createDirectory(
            at: spec.appendingPathComponent("charts/shop/templates"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        try Data("name: store\nversion: 1.2.3\n".utf8).write(to: spec.appendingPathComponent("charts/shop/Chart.yaml"))
        try Data("hunter2".utf8).write(to: root.appendingPathComponent("outside"))
        try await body(spec, TestOperation("releases/shop", directory: spec.path))
    }

    private func link(_ path: String, to target: String, in spec: URL) throws {
        try FileManager.default.createSymbolicLink(
            atPath: spec.appendingPathComponent(path).path, withDestinationPath: target)
    }

    @Test func `a directory is named by its Chart.yaml, and its version is checked`() async throws {
        try await withDirectory { _, test in
            let chart = try await LocalChart("./charts/shop", test.operation, helm())
            #expect([chart.name, chart.version] == ["store", "1.2.3"])
            #expect(chart.place.hasSuffix("/env/charts/shop"))
            let failure = #expect(throws: ResourceFailure.self) { try chart.checked(version: "1.2.4") }
            #expect(failure?.diagnosticCode == .chartUnusable)
            #expect(failure?.summary.contains("is version 1.2.3, and the spec asks for 1.2.4") == true)
        }
    }

    @Test(arguments: ["../../../outside", "../../../../env/charts", "nowhere"])
    func `a link in a chart may not lead out of the spec's directory, nor to a directory`(target: String) async throws {
        try await withDirectory { spec, test in
            try link("charts/shop/templates/link", to: target, in: spec)
            let failure = await #expect(throws: ResourceFailure.self) {
                try await LocalChart("./charts/shop", test.operation, helm())
            }
            #expect(failure?.summary.contains("'templates/link' is a link") == true)
        }
    }

    @Test func `a link to a file within is as good as the file`() async throws {
        try await withDirectory { spec, test in
            try link("charts/shop/values.yaml", to: "Chart.yaml", in: spec)
            #expect(try await LocalChart("./charts/shop", test.operation, helm()).version == "1.2.3")
        }
    }

    @Test func `a chart that is itself a link out of the directory is none`() async throws {
        try await withDirectory { spec, test in
            try link("elsewhere", to: "..", in: spec)
            try link("archive-1.0.0.tgz", to: "../outside", in: spec)
            for path in [
                "./elsewhere", "./archive-1.0.0.tgz", "./missing", "./elsewhere/env/charts/shop/../../../outside",
            ] {
                await #expect(throws: ResourceFailure.self, "\(path)") {
                    try await LocalChart(path, test.operation, helm())
                }
            }
        }
    }

    @Test func `an archive is what Helm finds in it, whatever it is called`() async throws {
        try await withDirectory { spec, test in
            try Data().write(to: spec.appendingPathComponent("shop-2.0.0.tgz"))
            let chart = try await LocalChart(
                "./shop-2.0.0.tgz", test.operation, helm(chartFile: "name: store\nversion: 1.2.3\n"))
            #expect([chart.name, chart.version] == ["store", "1.2.3"])
            let failure = await #expect(throws: ResourceFailure.self) {
                try await LocalChart("./shop-2.0.0.tgz", test.operation, helm())
            }
            #expect(failure?.diagnosticCode == .chartUnusable)
            #expect(failure?.summary.contains("Helm cannot read it: gzip: invalid header") == true)
        }
    }

    /// A helm that finds a chart in any archive, or in none.
    private func helm(chartFile: String? = nil) -> HelmClient {
        HelmClient(runner: ArchiveHelm(chartFile: chartFile), environment: ["PATH": "/bin"])
    }

    private struct ArchiveHelm: HelmRunner {
        let chartFile: String?

        func run(_ invocation: HelmInvocation) async throws(ServiceError) -> HelmOutput {
            switch invocation.arguments.prefix(2) {
            case ["version", "--short"]: HelmOutput(exitCode: 0, standardOutput: Array("v4.3.1".utf8))
            case ["show", "chart"]:
                chartFile.map { HelmOutput(exitCode: 0, standardOutput: Array($0.utf8)) }
                    ?? HelmOutput(exitCode: 1, standardError: "Error: gzip: invalid header\n")
            default: HelmOutput(exitCode: 99)
            }
        }
    }

    @Test func `the digest of a directory is that of its files, hidden ones left out`() async throws {
        try await withDirectory { spec, _ in
            let path = spec.appendingPathComponent("charts/shop").path
            let before = try FetchedChart.local(path).digest
            #expect(before.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil)
            try Data("swap".utf8).write(to: URL(fileURLWithPath: "\(path)/templates/.a.swp"))
            #expect(try FetchedChart.local(path).digest == before)
            try Data("kind: Pod".utf8).write(to: URL(fileURLWithPath: "\(path)/templates/a.yaml"))
            let more = try FetchedChart.local(path).digest
            #expect(more != before)
            try FileManager.default.moveItem(atPath: "\(path)/templates/a.yaml", toPath: "\(path)/templates/b.yaml")
            #expect(try FetchedChart.local(path).digest != more)
        }
    }
}
