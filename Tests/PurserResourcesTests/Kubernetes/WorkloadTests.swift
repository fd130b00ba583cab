import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

@Suite struct WorkloadTests {
    private let desired = Attributes([
        "name": "report", "namespace": "web", "kind": "CronJob", "timeout": "30s",
        "spec": [
            "schedule": "@daily",
            "jobTemplate": ["spec": ["template": ["spec": ["containers": [["name": "report", "image": "report:1"]]]]]],
        ],
    ])

    private func workload(_ cluster: FakeCluster) async throws -> Workload {
        let clients = try await cluster.clients()
        return Workload(kubernetes: clients.kubernetes, polling: clients.polling)
    }

    /// The versions before 1.21 have it in `batch/v1beta1` alone.
    @Test func `a cluster that is too old for CronJobs says so, before anything is written`() async throws {
        let cluster = FakeCluster()
        cluster.put(["gitVersion": "v1.20.15"], at: "/version")
        cluster.put(["resources": [["name": "jobs"]]], at: "/apis/batch/v1")
        let workload = try await workload(cluster)
        let test = TestOperation("workloads/report")
        for attempt in [true, false] {
            let failure = await #expect(throws: ResourceFailure.self) {
                if attempt {
                    _ = try await workload.read(desired, wanted: desired, test.operation)
                } else {
                    _ = try await workload.create(desired, test.operation)
                }
            }
            #expect(failure?.diagnosticCode == .serviceNotServed)
            #expect(failure?.summary.contains("v1.20.15") == true)
            #expect(failure?.hint?.contains("1.21") == true)
        }
        #expect(cluster.writes.isEmpty)
    }

    @Test func `where they are served, they are made`() async throws {
        let cluster = FakeCluster()
        cluster.put(["resources": [["name": "cronjobs"], ["name": "jobs"]]], at: "/apis/batch/v1")
        _ = try await workload(cluster).create(desired, TestOperation("workloads/report").operation)
        #expect(cluster.writes.map(\.path) == ["/apis/batch/v1/namespaces/web/cronjobs/report"])
    }
}
