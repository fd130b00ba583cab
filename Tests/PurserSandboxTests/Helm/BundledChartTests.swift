import Foundation
import Subprocess
import SystemPackage
import Testing

@testable import PurserSandbox

/// The bundled chart against the public chart's tables: which objects it renders under which values.
@Suite(.enabled(if: HelmCommand.path != nil, "needs helm: Scripts/setup fetches it"))
struct BundledChartTests {
    @Test func `with its default values the chart renders twenty objects, eight of them hooks`() async throws {
        let objects = try await rendered()
        #expect(objects == defaultObjects.union(hookObjects))
    }

    @Test func `rotation brings its role and the driver's flag`() async throws {
        let more = try await rendered("secrets-store-csi-driver.enableSecretRotation=true")
        #expect(
            more.subtracting(defaultObjects.union(hookObjects)) == [
                "ClusterRole secretproviderrotation-role", "ClusterRoleBinding secretproviderrotation-rolebinding",
            ])
        let manifest = try await template("secrets-store-csi-driver.enableSecretRotation=true")
        #expect(manifest.contains("- --enable-secret-rotation=true\n"))
        #expect(try await !template().contains("--enable-secret-rotation"))
    }

    @Test func `syncing brings the role that may write Secrets`() async throws {
        let more = try await rendered("secrets-store-csi-driver.syncSecret.enabled=true")
        #expect(
            more.subtracting(defaultObjects.union(hookObjects)) == [
                "ClusterRole secretprovidersyncing-role", "ClusterRoleBinding secretprovidersyncing-rolebinding",
            ])
    }

    @Test func `a value beside the sub-chart's key changes nothing`() async throws {
        #expect(try await template("syncSecret.enabled=true") == template())
    }

    @Test func `without the driver only the provider is left`() async throws {
        #expect(
            try await rendered("secrets-store-csi-driver.install=false") == [
                "DaemonSet csi-csi-secrets-store-provider-azure", "ServiceAccount csi-secrets-store-provider-azure",
            ])
    }

    @Test func `without CRD hooks the eight hook objects are gone`() async throws {
        #expect(try await rendered("secrets-store-csi-driver.linux.crds.enabled=false") == defaultObjects)
    }

    @Test func `Windows nodes need both switches`() async throws {
        let both = "windows.enabled=true,secrets-store-csi-driver.windows.enabled=true"
        #expect(
            try await rendered(both).subtracting(defaultObjects.union(hookObjects)) == [
                "DaemonSet csi-csi-secrets-store-provider-azure-windows", "DaemonSet secrets-store-csi-driver-windows",
            ])
    }

    @Test func `the containers run with the public chart's arguments`() async throws {
        let manifest = try await template()
        for arguments in containerArguments {
            let block = arguments.map { "            - \($0)\n" }.joined()
            #expect(manifest.contains("          args:\n" + block), "\(arguments)")
        }
    }

    @Test func `the archive of the former version carries its number everywhere`() async throws {
        let path = "\(ChartRepository.path)/csi-secrets-store-provider-azure-1.8.1.tgz"
        let response = try await ChartRepository().respond(to: SandboxRequest("GET", path))
        guard case .bytes(let bytes) = response.body else { return }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tgz")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let manifest = try await template(chart: file.path)
        #expect(manifest.contains("helm.sh/chart: \"csi-secrets-store-provider-azure-1.8.1\""))
        #expect(manifest.contains("/secrets-store/provider-azure:v1.8.1\""))
        #expect(!manifest.contains("1.8.2"))
    }

    /// `KIND NAME`, and for a hook `KIND NAME (EVENTS)`.
    private func rendered(_ values: String? = nil) async throws -> Set<String> {
        let documents = try await template(values).split(separator: "---\n")
        return Set(documents.map(Self.title))
    }

    private static func title(of document: Substring) -> String {
        let lines = document.split(separator: "\n")
        func value(_ key: String) -> Substring? {
            lines.first { $0.hasPrefix(key) }?.dropFirst(key.count)
        }
        let hook = value("    helm.sh/hook: ").map { " (\($0))" } ?? ""
        return "\(value("kind: ") ?? "?") \(value("  name: ") ?? "?")\(hook)"
    }

    private func template(_ values: String? = nil, chart: String? = nil) async throws -> String {
        let path = try #require(HelmCommand.path)
        let bundled = try BundledCharts.directory().appendingPathComponent("csi-secrets-store-provider-azure").path
        let overrides = values.map { ["--set", $0] } ?? []
        let result = try await run(
            .path(path),
            arguments: Arguments(["template", "csi", chart ?? bundled, "-n", "csi"] + overrides),
            output: .string(limit: 1 << 20), error: .string(limit: 4096))
        #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
        return result.standardOutput
    }
}

/// The helm of this machine, or the one that `Scripts/setup` has fetched into this checkout.
enum HelmCommand {
    static let path: FilePath? = {
        let directories = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return (directories + [checkout.appendingPathComponent(".tools/bin").path]).map { "\($0)/helm" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }.map { FilePath($0) }
    }()

    private static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

private let defaultObjects: Set<String> = [
    "CSIDriver secrets-store.csi.k8s.io",
    "ClusterRole secretproviderclasses-admin-role",
    "ClusterRole secretproviderclasses-role",
    "ClusterRole secretproviderclasses-viewer-role",
    "ClusterRole secretproviderclasspodstatuses-viewer-role",
    "ClusterRole secretprovidertokenrequest-role",
    "ClusterRoleBinding secretproviderclasses-rolebinding",
    "ClusterRoleBinding secretprovidertokenrequest-rolebinding",
    "DaemonSet csi-csi-secrets-store-provider-azure",
    "DaemonSet secrets-store-csi-driver",
    "ServiceAccount csi-secrets-store-provider-azure",
    "ServiceAccount secrets-store-csi-driver",
]

private let hookObjects: Set<String> = Set(
    ["ClusterRole", "ClusterRoleBinding", "Job", "ServiceAccount"].flatMap { kind in
        [
            "\(kind) secrets-store-csi-driver-keep-crds (pre-upgrade)",
            "\(kind) secrets-store-csi-driver-upgrade-crds (pre-install,pre-upgrade)",
        ]
    })

/// Source: the public chart 1.8.2 rendered with default values.
private let containerArguments = [
    [
        "--v=5", "--csi-address=/csi/csi.sock",
        "--kubelet-registration-path=/var/lib/kubelet/plugins/csi-secrets-store/csi.sock",
    ],
    [
        "--endpoint=$(CSI_ENDPOINT)", "--nodeid=$(KUBE_NODE_NAME)",
        "--provider-volume=/var/run/secrets-store-csi-providers",
        "--additional-provider-volume-paths=/etc/kubernetes/secrets-store-csi-providers",
        "--rotation-poll-interval=2m", "--metrics-addr=:8080", "--provider-health-check-interval=2m",
        "--max-call-recv-msg-size=4194304",
    ],
    ["--csi-address=/csi/csi.sock", "--probe-timeout=3s", "--http-endpoint=0.0.0.0:9808", "-v=2"],
    [
        "--endpoint=unix:///provider/azure.sock", "--construct-pem-chain=true", "--healthz-port=8989",
        "--healthz-path=/healthz", "--healthz-timeout=5s",
    ],
]
