import Testing

@testable import PurserSandbox

/// Who may do what, as reviews tell it and as requests meet it.
@Suite struct ReviewTests {
    private static let authorization = "/apis/authorization.k8s.io/v1"
    private static let rbac = "/apis/rbac.authorization.k8s.io/v1"
    private static let reader = "system:serviceaccount:default:reader"

    private func bind(_ role: String, to subject: JSON, in cluster: ClusterFixture, everywhere: Bool = false) async {
        let path = everywhere ? "clusterrolebindings" : "namespaces/default/rolebindings"
        let made = await cluster.send(
            "POST", "\(Self.rbac)/\(path)",
            [
                "metadata": ["name": .string("\(role)-\(subject["name"]?.stringValue ?? "")")],
                "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role)],
                "subjects": [subject],
            ])
        #expect(made.status == 201, "\(made.body)")
    }

    private func isAllowed(_ spec: JSON, in cluster: ClusterFixture) async -> JSON? {
        await cluster.send("POST", "\(Self.authorization)/subjectaccessreviews", ["spec": spec])
            .body[path: "status", "allowed"]
    }

    private static func reading(_ resource: String, in namespace: String = "default") -> JSON {
        ["verb": "get", "resource": .string(resource), "namespace": .string(namespace)]
    }

    @Test func `a service account may do what is bound to it, in its namespace`() async throws {
        try await ClusterFixture.with { cluster in
            let spec: JSON = ["user": .string(Self.reader), "resourceAttributes": Self.reading("pods")]
            #expect(await isAllowed(spec, in: cluster) == false)
            await bind("view", to: ["kind": "ServiceAccount", "name": "reader", "namespace": "default"], in: cluster)
            #expect(await isAllowed(spec, in: cluster) == true)
            for wrong in [Self.reading("secrets"), Self.reading("pods", in: "kube-system")] {
                #expect(
                    await isAllowed(["user": .string(Self.reader), "resourceAttributes": wrong], in: cluster) == false)
            }
        }
    }

    @Test func `a group's rights are those of its members`() async throws {
        try await ClusterFixture.with { cluster in
            await bind("edit", to: ["kind": "Group", "name": "crew"], in: cluster, everywhere: true)
            let attributes = Self.reading("secrets", in: "kube-system")
            #expect(await isAllowed(["user": "jane", "resourceAttributes": attributes], in: cluster) == false)
            #expect(
                await isAllowed(["user": "jane", "groups": ["crew"], "resourceAttributes": attributes], in: cluster)
                    == true)
        }
    }

    @Test func `everybody may read what is no resource`() async throws {
        try await ClusterFixture.with { cluster in
            for (path, allowed) in [("/version", true), ("/apis/apps", true), ("/metrics", false)] {
                let attributes: JSON = ["verb": "get", "path": .string(path)]
                let spec: JSON = [
                    "user": "jane", "groups": ["system:authenticated"], "nonResourceAttributes": attributes,
                ]
                #expect(await isAllowed(spec, in: cluster) == .bool(allowed))
            }
        }
    }

    @Test func `rules are those of the caller`() async throws {
        try await ClusterFixture.with { cluster in
            await bind("view", to: ["kind": "User", "name": "jane"], in: cluster)
            let review: JSON = ["spec": ["namespace": "default"]]
            let path = "\(Self.authorization)/selfsubjectrulesreviews"
            let mine = await cluster.send("POST", path, review).body
            let hers = await cluster.send("POST", path, review, as: "jane").body
            let all: JSON = ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]
            #expect(mine[path: "status", "resourceRules"]?.arrayValue?.contains(all) == true)
            #expect(hers[path: "status", "resourceRules"]?.arrayValue?.contains(all) == false)
            let pods = hers[path: "status", "resourceRules"]?.arrayValue?.contains {
                $0["resources"]?.arrayValue?.contains("pods") == true && $0["verbs"] == ["get", "list", "watch"]
            }
            #expect(pods == true)
            #expect(await cluster.send("POST", path, ["spec": [:]]).status == 400)
        }
    }

    @Test func `requests meet what reviews tell`() async throws {
        try await ClusterFixture.with { cluster in
            let pods = "/api/v1/namespaces/default/pods"
            let refused = await cluster.send("GET", pods, as: "jane")
            #expect(refused.status == 403)
            #expect(
                refused.body["message"]
                    == "pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\""
            )
            await bind("view", to: ["kind": "User", "name": "jane"], in: cluster)
            #expect(await cluster.send("GET", pods, as: "jane").status == 200)
            #expect(await cluster.send("DELETE", "\(pods)/p", as: "jane").status == 403)
        }
    }

    @Test func `who may not make reviews asks about nobody else`() async throws {
        try await ClusterFixture.with { cluster in
            let review: JSON = ["spec": ["user": "john", "resourceAttributes": Self.reading("pods")]]
            let path = "\(Self.authorization)/subjectaccessreviews"
            #expect(await cluster.send("POST", path, review, as: "jane").status == 403)
            #expect(await cluster.send("POST", path, review).status == 201)
        }
    }
}
