import Foundation
import PurserClients
import SystemPackage
import Testing

/// A cluster that a suite is run against.
struct TestCluster: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// The sandbox's: it has a node, and controllers.
        case sandbox = "the sandbox"
        /// A real API server over etcd, with `Players` in place of what it lacks.
        case apiServer = "a real API server"

        /// Those that can be had here.
        static var available: [Kind] { allCases.filter { $0 == .sandbox || APIServer.assets != nil } }
    }

    let kind: Kind
    let kubeconfig: FilePath
    /// Of the test's own: caches, homes, working directories.
    let directory: FilePath
    let api: RawAPI
    /// Of the server, such as `1.33.4`.
    let version: String

    var minor: Int { Int(version.split(separator: ".").dropFirst().first ?? "") ?? 0 }

    var description: String {
        switch kind {
        case .sandbox: "\(kind.rawValue) (\(version))"
        case .apiServer:
            "\(kind.rawValue) (\(version), \(APIServer.controllers == nil ? "controllers and node" : "its node") played)"
        }
    }

    /// The clusters that run while the suite of `ClusterScope` does.
    @TaskLocal static var running: [TestCluster] = []

    static func running(_ kind: Kind) throws -> TestCluster {
        try #require(running.first { $0.kind == kind }, "the suite has no ClusterScope")
    }

    /// Runs `body` with a cluster that is made for it and is gone afterwards.
    static func with(_ kind: Kind, _ body: (TestCluster) async throws -> Void) async throws {
        switch kind {
        case .sandbox:
            try await SandboxWorld.with { sandbox in try await of(sandbox, body) }
        case .apiServer:
            try await withTransport { transport in
                try await APIServer.with { server in
                    let api = try server.api(transport)
                    let cluster = TestCluster(
                        kind: kind, kubeconfig: server.kubeconfig, directory: server.directory, api: api,
                        version: try await api.version())
                    ClustersSeen.current?.note(cluster)
                    try await Players(api: api, hasControllers: APIServer.controllers != nil).play {
                        try await body(cluster)
                    }
                }
            }
        }
    }

    /// The cluster of a sandbox that runs.
    static func of(_ sandbox: SandboxWorld, _ body: (TestCluster) async throws -> Void) async throws {
        try await withTransport { transport in
            let api = try RawAPI(kubeconfig: sandbox.kubeconfig, transport: transport)
            let cluster = TestCluster(
                kind: .sandbox, kubeconfig: sandbox.kubeconfig, directory: sandbox.directory, api: api,
                version: try await api.version())
            ClustersSeen.current?.note(cluster)
            try await body(cluster)
        }
    }

    private static func withTransport(_ body: (AsyncHTTPTransport) async throws -> Void) async throws {
        let transport = AsyncHTTPTransport(environment: [:])
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(transport))
        } catch {
            outcome = .failure(error)
        }
        await transport.shutdown()
        try outcome.get()
    }
}

/// Starts every cluster that can be had, once for a suite, and tells which these were.
struct ClusterScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let programs = Kubectl.Program.found.map { "kubectl \($0.version)" }.joined(separator: ", ")
        try await start(TestCluster.Kind.available[...]) {
            try await function()
            let ran = TestCluster.running.map(\.description).joined(separator: " and ")
            print("\(test.name) ran against \(ran), with \(programs.isEmpty ? "no kubectl" : programs)\(Self.left)")
        }
    }

    /// What was left out, and why.
    static var left: String {
        guard APIServer.assets == nil else { return "" }
        return "; not against a real API server, because KUBEBUILDER_ASSETS names no kube-apiserver and etcd"
    }

    private func start(
        _ kinds: ArraySlice<TestCluster.Kind>, _ function: @Sendable () async throws -> Void
    ) async throws {
        guard let kind = kinds.first else { return try await function() }
        try await TestCluster.with(kind) { cluster in
            try await TestCluster.$running.withValue(TestCluster.running + [cluster]) {
                try await start(kinds.dropFirst(), function)
            }
        }
    }
}

/// One kubectl at one cluster: what the tests of the commands are repeated for.
struct KubectlCase: Sendable, CustomTestStringConvertible {
    let cluster: TestCluster.Kind
    let program: Kubectl.Program

    var testDescription: String { "kubectl \(program.version) at \(cluster.rawValue)" }

    static let all = TestCluster.Kind.available.flatMap { cluster in
        Kubectl.Program.found.map { KubectlCase(cluster: cluster, program: $0) }
    }

    /// The cluster of this case, which runs while the suite does.
    var server: TestCluster { get throws { try TestCluster.running(cluster) } }

    /// Runs `body` with this kubectl, in a namespace that no other test uses.
    func run(_ body: (Kubectl, _ namespace: String) async throws -> Void) async throws {
        let cluster = try server
        let kubectl = Kubectl(program, kubeconfig: cluster.kubeconfig, directory: cluster.directory)
        let namespace = "test-\(UUID().uuidString.prefix(8).lowercased())"
        try await kubectl("create", "namespace", namespace)
        try await body(kubectl, namespace)
    }
}
