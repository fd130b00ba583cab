import PurserTestSupport
import Testing

@testable import PurserClients

struct ClusterCapabilitiesTests {
    private func capabilities(_ exchanges: String) async throws -> ClusterCapabilities {
        let replay = ReplayTransport(try WireExchange.parse(exchanges))
        let found = try await KubernetesClientTests.client(replay).capabilities()
        replay.expectFinished()
        return found
    }

    @Test func `a new server tells all its kinds in two answers`() async throws {
        let found = try await capabilities(
            """
            GET https://k.test/version
            <<<
            200

            {"gitVersion":"v1.33.1"}
            ===
            GET https://k.test/api
            Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
            application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json
            <<<
            200

            {"kind":"APIGroupDiscoveryList","items":[{"metadata":{},"versions":[{"version":"v1","resources":[\
            {"resource":"pods","responseKind":{"group":"","version":"v1","kind":"Pod"}}]}]}]}
            ===
            GET https://k.test/apis
            <<<
            200

            {"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"apps"},"versions":[{"version":"v1","resources":\
            [{"resource":"deployments","responseKind":{"group":"apps","version":"v1","kind":"Deployment"}}]}]}]}
            """)
        #expect(found.version == "v1.33.1")
        #expect(found.apiVersions == ["apps/v1", "apps/v1/Deployment", "v1", "v1/Pod"])
    }

    @Test func `an old server is asked group by group, and one whose server is away does not matter`() async throws {
        let found = try await capabilities(
            """
            GET https://k.test/version
            <<<
            200

            {"gitVersion":"v1.20.0"}
            ===
            GET https://k.test/api
            <<<
            200

            {"kind":"APIVersions","versions":["v1"]}
            ===
            GET https://k.test/api/v1
            <<<
            200

            {"kind":"APIResourceList","resources":[{"name":"pods","kind":"Pod"}]}
            ===
            GET https://k.test/apis
            <<<
            200

            {"kind":"APIGroupList","groups":[{"versions":[{"groupVersion":"metrics.k8s.io/v1"}]},\
            {"versions":[{"groupVersion":"apps/v1"}]}]}
            ===
            GET https://k.test/apis/metrics.k8s.io/v1
            <<<
            404

            {}
            ===
            GET https://k.test/apis/apps/v1
            <<<
            200

            {"kind":"APIResourceList","resources":[{"name":"deployments","kind":"Deployment"}]}
            """)
        #expect(found.apiVersions == ["apps/v1", "apps/v1/Deployment", "metrics.k8s.io/v1", "v1", "v1/Pod"])
    }
}
