import Foundation
import SystemPackage
import Testing

/// A cluster that a suite is run against.
struct TestCluster: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// The sandbox's: it has a node, and controllers.
        case sandbox = "the sandbox"
        /// A real API server over etcd: no node, and no controllers.
        case apiServer = "a real API server"

        /// Those that can be had here.
        static var available: [Kind] { allCases.filter { $0 == .sandbox || APIServer.assets != nil } }
    }

    let kind: Kind
    let kubeconfig: FilePath
    /// Of the test's own: caches, homes, working directories.
    let directory: FilePath

    /// The clusters that run while the suite of `ClusterScope` does.
    @TaskLocal static var running: [TestCluster] = []

    static func running(_ kind: Kind) throws -> TestCluster {
        try #require(running.first { $0.kind == kind }, "the suite has no ClusterScope")
    }

    /// Runs `body` with a cluster that is made for it and is gone afterwards.
    static func with(_ kind: Kind, _ body: (TestCluster) async throws -> Void) async throws {
        switch kind {
        case .sandbox:
            try await SandboxWorld.with { sandbox in
                try await body(
                    TestCluster(kind: kind, kubeconfig: sandbox.kubeconfig, directory: sandbox.directory))
            }
        case .apiServer:
            try await APIServer.with { server in
                try await body(
                    TestCluster(kind: kind, kubeconfig: server.kubeconfig, directory: server.directory))
            }
        }
    }
}

/// Starts every cluster that can be had, once for a suite, and tells which these were.
struct ClusterScope: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await start(TestCluster.Kind.available[...], function)
        let programs = Kubectl.Program.found.map { "kubectl \($0.version)" }.joined(separator: ", ")
        let ran = TestCluster.Kind.available.map(\.rawValue).joined(separator: " and ")
        print("\(test.name) ran against \(ran), with \(programs.isEmpty ? "no kubectl" : programs)\(Self.left)")
    }

    private static var left: String {
        APIServer.assets == nil
            ? "; not against a real API server, because KUBEBUILDER_ASSETS names no kube-apiserver and etcd" : ""
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
    static let sandbox = all.filter { $0.cluster == .sandbox }

    /// Runs `body` with this kubectl, in a namespace that no other test uses.
    func run(_ body: (Kubectl, _ namespace: String) async throws -> Void) async throws {
        let cluster = try TestCluster.running(cluster)
        let kubectl = Kubectl(program, kubeconfig: cluster.kubeconfig, directory: cluster.directory)
        let namespace = "test-\(UUID().uuidString.prefix(8).lowercased())"
        try await kubectl("create", "namespace", namespace)
        try await body(kubectl, namespace)
    }
}
