import Foundation
import Subprocess
import SystemPackage
import Testing

/// A chart that the tests write: with hooks, a CRD, a sub-chart, a value that is null, and a password that is made anew
/// at each rendering.
struct OwnChart {
    var version = "1.0.0"
    var greeting = "hello"
    /// Files beside the usual ones, or in place of them.
    var more: [String: String] = [:]

    static let name = "shop"

    /// Writes the chart into a directory of its name below `directory`, in place of what is there.
    func write(below directory: FilePath) throws {
        let root = directory.appending(Self.name)
        try? FileManager.default.removeItem(atPath: root.string)
        for (path, text) in files.merging(more, uniquingKeysWith: { $1 }) {
            let file = root.appending(path)
            try FileManager.default.createDirectory(
                atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
            try text.write(toFile: file.string, atomically: true, encoding: .utf8)
        }
    }

    /// Packs the chart as `helm package` does, and returns the archive's name in `directory`.
    func pack(into directory: FilePath, as archive: String? = nil) async throws -> String {
        let aside = FilePath(NSTemporaryDirectory()).appending("purser-own-chart-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: aside.string) }
        try write(below: aside)
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        let archive = archive ?? "\(Self.name)-\(version).tgz"
        let result = try await Subprocess.run(
            .name("tar"),
            arguments: ["-czf", directory.appending(archive).string, "-C", aside.string, Self.name],
            output: .discarded, error: .string(limit: 4096))
        #expect(result.terminationStatus.isSuccess, "tar: \(result.standardError)")
        return archive
    }

    private var files: [String: String] {
        [
            "Chart.yaml": "apiVersion: v2\nname: shop\nversion: \(version)\nappVersion: \"\(version)\"\n",
            "values.yaml": """
            greeting: \(greeting)
            limits: {least: 1, most: 2}
            tolerations: [{operator: Exists}]

            """,
            "charts/part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 0.1.0\n",
            "charts/part/values.yaml": "loud: false\n",
            "charts/part/templates/daemon.yaml": Self.daemon,
            "crds/widgets.yaml": Self.definition,
            "templates/shop.yaml": Self.objects,
            "templates/key.yaml": Self.secret,
            "templates/hooks.yaml": Self.hooks,
        ]
    }

    private static let objects = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: "{{ .Release.Name }}-front"}
        spec:
          selector: {matchLabels: {app: front}}
          template:
            metadata:
              labels: {app: front}
              annotations:
                checksum/key: {{ include (print $.Template.BasePath "/key.yaml") . | sha256sum }}
            spec:
              tolerations: {{ .Values.tolerations | toJson }}
              containers:
                - name: front
                  image: "registry.example/front:{{ .Chart.AppVersion }}"
                  args: ["--greeting={{ .Values.greeting }}", "--verbose"]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}-settings"}
        data:
          settings.ini: |
            greeting = {{ .Values.greeting }}
            most = {{ .Values.limits.most | default "none" }}

        """

    private static let secret = """
        apiVersion: v1
        kind: Secret
        metadata: {name: "{{ .Release.Name }}-key"}
        stringData: {key: "made-{{ randAlphaNum 24 }}"}

        """

    private static let daemon = """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: "{{ .Release.Name }}-part"}
        spec:
          selector: {matchLabels: {app: part}}
          template:
            metadata: {labels: {app: part}}
            spec:
              containers: [{name: part, image: "registry.example/part:1", args: ["--loud={{ .Values.loud }}"]}]

        """

    private static let hooks = """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: "{{ .Release.Name }}-migrate"
          annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
          labels: {app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: "{{ .Release.Name }}"}
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{name: migrate, image: "registry.example/migrate:{{ .Chart.Version }}"}]
        ---
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: "{{ .Release.Name }}-farewell"
          annotations:
            helm.sh/hook: pre-delete
            helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
        spec:
          template:
            spec:
              restartPolicy: Never
              containers: [{name: farewell, image: "registry.example/farewell:1"}]

        """

    private static let definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.shop.example}
        spec:
          group: shop.example
          scope: Namespaced
          names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
          versions:
            - name: v1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}

        """
}

/// A chart that is installed as it comes, whatever is in it.
struct AnyChart: Sendable, CustomTestStringConvertible {
    /// A directory or an archive; nil for the tests' own chart.
    let path: FilePath?

    var testDescription: String { path.map { "the chart \($0.string)" } ?? "the tests' own chart" }

    /// `PURSER_TEST_CHART` names one more than the tests' own.
    static let named = ProcessInfo.processInfo.environment["PURSER_TEST_CHART"]
        .flatMap { $0.isEmpty ? nil : FilePath($0) }
    static let all = [AnyChart(path: nil)] + [named].compactMap(\.self).map { AnyChart(path: $0) }

    /// Puts the chart below `directory` and returns its file name there.
    func place(below directory: FilePath) throws -> String {
        guard let path else {
            try OwnChart().write(below: directory)
            return OwnChart.name
        }
        let name = try #require(path.lastComponent).string
        try FileManager.default.createDirectory(atPath: directory.string, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path.string, toPath: directory.appending(name).string)
        return name
    }
}

/// Tells in the output which charts a suite was run with: none is left out silently.
struct ChartsTold: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        let left = AnyChart.named == nil ? "; not with any other, because PURSER_TEST_CHART names none" : ""
        print("\(test.name) ran with \(AnyChart.all.map(\.testDescription).joined(separator: " and "))\(left)")
    }
}
