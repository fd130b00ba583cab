import Foundation
import PurserClients
import Subprocess
import SystemPackage
import Testing

/// Somebody who runs the built `purser` in a directory of their own, signed in to the sandbox's Azure, at the cluster of a
/// kubeconfig: the sandbox's or a real one.
struct ClusterUser: Sendable {
    static let spec = "plans/cluster"

    let cluster: TestCluster
    let kubectl: Kubectl
    let directory: FilePath
    /// Whom purser asks to install releases.
    let helm: HelmUser

    /// Runs `body` with a cluster, and the Azure of a sandbox. `hasDriver`: what classes need in the cluster is there.
    static func with(
        _ kind: TestCluster.Kind, helm: HelmProgram? = nil, hasDriver: Bool = true,
        _ body: (ClusterUser) async throws -> Void
    ) async throws {
        let helm = try helm ?? .newest()
        let addOn = kind == .sandbox && hasDriver ? ["--key-vault-add-on"] : []
        try await SandboxWorld.with(arguments: addOn) { sandbox in
            let sandbox = try sandbox.with(helm)
            switch kind {
            case .sandbox:
                try await TestCluster.of(sandbox) { cluster in
                    try await body(ClusterUser(cluster: cluster, azure: sandbox, helm))
                }
            case .apiServer:
                try await TestCluster.with(kind) { cluster in
                    let user = try ClusterUser(cluster: cluster, azure: sandbox, helm)
                    if hasDriver { try await user.kubectl("apply", "-f", "-", input: PlayedDriver.manifest) }
                    try await body(user)
                }
            }
        }
    }

    private init(cluster: TestCluster, azure sandbox: SandboxWorld, _ program: HelmProgram) throws {
        self.cluster = cluster
        kubectl = Kubectl(
            try #require(Kubectl.Program.found.last), kubeconfig: cluster.kubeconfig, directory: cluster.directory)
        directory = sandbox.directory
        let variables = sandbox.connectionEnvironment.merging(["KUBECONFIG": cluster.kubeconfig.string]) { $1 }
        var environment = sandbox.environment(variables)
        environment["PURSER_SANDBOX"] = nil
        helm = HelmUser(program, environment: environment, namespace: "web")
    }

    /// Writes the spec anew.
    func write(_ text: String) throws {
        let folder = directory.appending(Self.spec)
        try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
        try text.write(toFile: folder.appending("environment.yaml").string, atomically: true, encoding: .utf8)
    }

    /// Runs `purser` with the sandbox's variables, and with the cluster's kubeconfig in place of the sandbox's.
    @discardableResult
    func purser(
        _ command: String, _ arguments: String..., expecting exitCode: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation,
        during body: (_ said: @Sendable () -> String) async throws -> Void = { _ in }
    ) async throws -> ToolRun {
        let all = [command, Self.spec] + arguments
        let log = directory.appending("run-\(UUID().uuidString).log")
        let file = try FileDescriptor.open(
            log, .writeOnly, options: [.create, .append], permissions: [.ownerReadWrite])
        let said: @Sendable () -> String = {
            String(decoding: FileManager.default.contents(atPath: log.string) ?? Data(), as: UTF8.self)
        }
        let result = try await Subprocess.run(
            .path(BuiltTools.purser), arguments: Arguments(all), environment: helm.passed,
            workingDirectory: directory, input: .none,
            output: .fileDescriptor(file, closeAfterSpawningProcess: false),
            error: .fileDescriptor(file, closeAfterSpawningProcess: true)
        ) { _ in try await body(said) }
        let finished = ToolRun(
            arguments: all, exitCode: result.terminationStatus.code, output: said(), errors: "")
        #expect(finished.exitCode == exitCode, "\(finished.transcript)", sourceLocation: sourceLocation)
        return finished
    }

    /// Fails the test unless the plan finds nothing to do.
    func expectNoChanges(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let plan = try await purser("plan", "--detailed-exitcode", sourceLocation: sourceLocation)
        #expect(plan.output.contains("No changes."), "\(plan.transcript)", sourceLocation: sourceLocation)
    }
}

/// What the chart of driver and provider brings that a class needs before anything runs: its definitions, and the
/// driver's registration.
///
/// Source: secrets-store-csi-driver v1.5.6, `config/crd/bases` and `deploy/csidriver.yaml`.
enum PlayedDriver {
    static let manifest = """
        apiVersion: storage.k8s.io/v1
        kind: CSIDriver
        metadata: {name: secrets-store.csi.k8s.io}
        spec: {podInfoOnMount: true, attachRequired: false, volumeLifecycleModes: [Ephemeral]}
        ---
        \(definition("secretproviderclasses", "SecretProviderClass", classes))
        ---
        \(definition("secretproviderclasspodstatuses", "SecretProviderClassPodStatus", records))

        """

    private static let classes = """
        spec: {type: object, properties: {provider: {type: string}, \(map("parameters")), secretObjects: {type: array, \
        items: {type: object, properties: {secretName: {type: string}, type: {type: string}, \(map("labels")), \
        \(map("annotations")), data: {type: array, items: {type: object, properties: {objectName: {type: string}, \
        key: {type: string}}}}}}}}}
        """

    private static let records = """
        status: {type: object, properties: {podName: {type: string}, secretProviderClassName: {type: string}, \
        mounted: {type: boolean}, targetPath: {type: string}, objects: {type: array, items: {type: object, \
        properties: {id: {type: string}, version: {type: string}}}}}}
        """

    private static func map(_ name: String) -> String {
        "\(name): {type: object, additionalProperties: {type: string}}"
    }

    private static func definition(_ plural: String, _ kind: String, _ properties: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(plural).secrets-store.csi.x-k8s.io}
        spec:
          group: secrets-store.csi.x-k8s.io
          scope: Namespaced
          names: {plural: \(plural), singular: \(kind.lowercased()), kind: \(kind), listKind: \(kind)List}
          versions:
            - name: v1
              served: true
              storage: true
              schema: {openAPIV3Schema: {type: object, properties: {apiVersion: {type: string}, kind: {type: string}, \
        metadata: {type: object}, \(properties)}}}
        """
    }
}
