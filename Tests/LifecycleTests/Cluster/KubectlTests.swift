import Foundation
import Testing

extension Lifecycle {
    /// The real kubectl, old and new, at the sandbox's cluster and at a real API server: both must say the same.
    @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), ClusterScope()) struct KubectlTests {}
}

extension Lifecycle.KubectlTests {
    @Suite struct Reading {
        @Test(arguments: KubectlCase.all)
        func `objects are shown as tables, as names, and by what a path leads to`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let none = try await kubectl.outcome(["get", "secrets", "-l", "a=b", "-n", namespace])
                #expect(none.complaint == "No resources found in \(namespace) namespace.\n")
                let literal = "--from-literal=a=b"
                #expect(
                    try await kubectl("create", "secret", "generic", "settings", literal, "-n", namespace)
                        == "secret/settings created\n")
                let table = try await kubectl("get", "secret", "settings", "-n", namespace)
                #expect(table.rows.first == ["NAME", "TYPE", "DATA", "AGE"])
                #expect(table.rows.last?.prefix(3) == ["settings", "Opaque", "1"])
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                #expect(
                    try await kubectl("get", "pods", "-n", namespace).rows.first
                        == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"])
                #expect(try await kubectl("get", "pod", "-n", namespace, "-o", "name") == "pod/app\n")
                let value = try await kubectl(
                    "get", "secret/settings", "-n", namespace, "-o", "jsonpath={.kind} {.data.a}")
                #expect(value == "Secret Yg==")
                #expect(try await kubectl("describe", "secret", "settings", "-n", namespace).contains("a:  1 bytes"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `fields are explained`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, _ in
                let volume = try await kubectl("explain", "pod.spec.volumes.csi")
                #expect(volume.contains("driver\t<string> -required-"))
                #expect(volume.contains("volumeAttributes\t<map[string]string>"))
                let replicas = try await kubectl("explain", "deployments.spec.replicas")
                #expect(replicas.contains("<integer>"))
                let unknown = try await kubectl.refusal("explain", "pod.spec.colour")
                #expect(unknown.contains("field \"colour\" does not exist"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `labels and fields select`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                for (name, tier) in [("a", "web"), ("b", "db"), ("c", "web")] {
                    try await kubectl(
                        "apply", "-n", namespace, "-f", "-", input: Manifest.map(name, labels: "tier: \(tier)"))
                }
                let names = { (selector: String...) in
                    try await kubectl(["get", "configmaps", "-n", namespace, "-o", "name"] + selector).lines
                        .map { $0.replacing("configmap/", with: "") }.filter { !$0.hasSuffix(".crt") }
                }
                #expect(try await names("-l", "tier=web") == ["a", "c"])
                #expect(try await names("-l", "tier in (db,cache)") == ["b"])
                #expect(try await names("-l", "tier notin (db),tier") == ["a", "c"])
                let unlabelled = try await names("-l", "!tier")
                #expect(unlabelled == [])
                #expect(try await names("--field-selector", "metadata.name=c") == ["c"])
                #expect(try await names("--field-selector", "metadata.name!=c", "-l", "tier=web") == ["a"])
                let unknown = try await kubectl.refusal(
                    "get", "pods", "-n", namespace, "--field-selector", "spec.image=x")
                #expect(unknown.contains("field label not supported: spec.image"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `long lists come in pages`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                for number in 1...5 {
                    try await kubectl(
                        "apply", "-n", namespace, "-f", "-", input: Manifest.map("page-\(number)", labels: "paged: x"))
                }
                let paged = try await kubectl(
                    "get", "configmaps", "-n", namespace, "-l", "paged", "-o", "name", "--chunk-size=2")
                #expect(paged.lines == (1...5).map { "configmap/page-\($0)" })
                let path = "/api/v1/namespaces/\(namespace)/configmaps?limit=2&labelSelector=paged"
                let first = try await kubectl("get", "--raw", path)
                #expect(first.contains("\"continue\":\""))
                let wrong = try await kubectl.refusal("get", "--raw", "\(path)&continue=%21")
                #expect(wrong.contains("continue key is not valid"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a watch tells every change, and where it ends`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let collection = "/api/v1/namespaces/\(namespace)/configmaps"
                let list = try await kubectl("get", "--raw", "\(collection)?limit=1")
                let version = try #require(list.firstMatch(of: /"resourceVersion":"(\d+)"/)?.output.1)
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.map("m", data: "{a: '1'}"))
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.map("m", data: "{a: '2'}"))
                try await kubectl("delete", "configmap", "m", "-n", namespace)
                let stream = try await kubectl(
                    "get", "--raw",
                    "\(collection)?watch=true&allowWatchBookmarks=true&resourceVersion=\(version)&timeoutSeconds=4")
                let types = stream.matches(of: /"type":"(ADDED|MODIFIED|DELETED|BOOKMARK)"/).map { $0.output.1 }
                #expect(types.filter { $0 != "BOOKMARK" } == ["ADDED", "MODIFIED", "DELETED"])
                // No server owes one; the sandbox sends it always, old servers rarely.
                if place.cluster == .sandbox { #expect(types.last == "BOOKMARK") }
            }
        }

        @Test(arguments: KubectlCase.all)
        func `what goes wrong has kubectl's own words`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let absent = try await kubectl.refusal("get", "pod", "none", "-n", namespace)
                #expect(absent == "Error from server (NotFound): pods \"none\" not found\n")
                #expect(
                    try await kubectl.refusal("create", "namespace", namespace)
                        == "Error from server (AlreadyExists): namespaces \"\(namespace)\" already exists\n")
                #expect(
                    try await kubectl.refusal("create", "configmap", "m", "-n", "nowhere-\(namespace)")
                        .contains("namespaces \"nowhere-\(namespace)\" not found"))
                #expect(
                    try await kubectl.refusal("create", "configmap", "Wrong", "-n", namespace)
                        .contains("metadata.name: Invalid value: \"Wrong\""))
                #expect(
                    try await kubectl.refusal("get", "gadgets", "-n", namespace)
                        == "error: the server doesn't have a resource type \"gadgets\"\n")
            }
        }
    }

    @Suite struct Rights {
        @Test(arguments: KubectlCase.all)
        func `a service account may do what its roles say, and no more`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                #expect(try await kubectl("auth", "can-i", "create", "pods") == "yes\n")
                try await kubectl("create", "serviceaccount", "reader", "-n", namespace)
                let account = "--as=system:serviceaccount:\(namespace):reader"
                let asked = { (question: String) in
                    try await kubectl.outcome(
                        ["auth", "can-i"] + question.split(separator: " ").map(String.init) + [
                            "-n", namespace, account,
                        ]
                    ).output
                }
                #expect(try await asked("list pods") == "no\n")
                try await kubectl(
                    "create", "role", "reader", "--verb=get,list", "--resource=pods,pods/log", "-n", namespace)
                try await kubectl(
                    "create", "role", "one", "--verb=get", "--resource=secrets", "--resource-name=mine", "-n", namespace
                )
                for role in ["reader", "one"] {
                    try await kubectl(
                        "create", "rolebinding", role, "--role=\(role)", "--serviceaccount=\(namespace):reader", "-n",
                        namespace)
                }
                #expect(try await asked("list pods") == "yes\n")
                #expect(try await asked("get pods --subresource=log") == "yes\n")
                #expect(try await asked("delete pods") == "no\n")
                #expect(try await asked("get secret/mine") == "yes\n")
                #expect(try await asked("get secret/other") == "no\n")
                #expect(try await kubectl("get", "pods", "-n", namespace, account) == "")
                #expect(
                    try await kubectl.refusal("delete", "pod", "p", "-n", namespace, account)
                        == "Error from server (Forbidden): pods \"p\" is forbidden: User "
                        + "\"system:serviceaccount:\(namespace):reader\" cannot delete resource \"pods\" in API group \"\" "
                        + "in the namespace \"\(namespace)\"\n")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a list of rights is that of the one who asks`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let mine = try await kubectl("auth", "can-i", "--list", "-n", namespace)
                #expect(mine.rows.contains(["*.*", "[]", "[]", "[*]"]))
                let account = "--as=system:serviceaccount:\(namespace):guest"
                let others = try await kubectl("auth", "can-i", "--list", "-n", namespace, account)
                #expect(!others.rows.contains(["*.*", "[]", "[]", "[*]"]))
                #expect(
                    others.rows.contains(["selfsubjectaccessreviews.authorization.k8s.io", "[]", "[]", "[create]"]))
                #expect(others.rows.contains(["[/version]", "[]", "[get]"]))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `users and groups have rights by their names`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let refusal = try await kubectl.refusal("get", "pods", "-n", namespace, "--as=jane")
                #expect(refusal.contains("pods is forbidden: User \"jane\" cannot list resource \"pods\""))
                try await kubectl("create", "role", "crew", "--verb=list", "--resource=pods", "-n", namespace)
                try await kubectl("create", "rolebinding", "crew", "--role=crew", "--group=crew", "-n", namespace)
                #expect(
                    try await kubectl("auth", "can-i", "list", "pods", "-n", namespace, "--as=jane", "--as-group=crew")
                        == "yes\n")
                let secrets = try await kubectl.outcome(
                    ["auth", "can-i", "get", "secrets", "-n", namespace, "--as=jane", "--as-group=crew"])
                #expect(secrets.output == "no\n")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `only who may act as others may`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "serviceaccount", "plain", "-n", namespace)
                let token = try await kubectl.token(of: "plain", namespace)
                // So that kubectl knows what pods are without asking as one who may not ask.
                try await kubectl("get", "pods", "-n", namespace)
                let refusal = try await kubectl.refusal(
                    "get", "pods", "-n", namespace, "--as=jane", "--token=\(token)")
                let who = "User \"system:serviceaccount:\(namespace):plain\" cannot "
                // Since 1.36 it is asked first whether the call may be made for others at all.
                let isConstrained = try place.server.minor >= 36
                #expect(
                    refusal.contains(
                        isConstrained
                            ? "pods is forbidden: \(who)impersonate-on:user-info:list resource \"pods\""
                            : "users \"jane\" is forbidden: \(who)impersonate resource \"users\""))
                let own = try await kubectl.refusal("get", "pods", "-n", namespace, "--token=\(token)")
                #expect(own.contains("User \"system:serviceaccount:\(namespace):plain\" cannot list resource \"pods\""))
            }
        }
    }
}

extension Kubectl {
    /// A token of a service account, as `kubectl create token` asks for it; the old kubectl has no such command.
    fileprivate func token(of account: String, _ namespace: String) async throws -> String {
        let answer = try await callAsFunction(
            "create", "--raw", "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)/token", "-f", "-",
            input: #"{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}"#)
        return String(try #require(answer.firstMatch(of: /"token":"([^"]+)"/)?.output.1))
    }
}

extension String {
    /// The cells of a table, line by line.
    var rows: [[String]] { lines.map { $0.split(separator: " ").map(String.init) } }

    var lines: [String] { split(separator: "\n").map(String.init) }
}

/// Small manifests.
enum Manifest {
    static func pod(image: String) -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: app, labels: {app: app}}
        spec:
          containers:
            - {name: main, image: "\(image)", volumeMounts: [{name: settings, mountPath: /etc/settings}]}
          volumes:
            - {name: settings, secret: {secretName: settings}}
        """
    }

    static func map(_ name: String, labels: String = "", data: String = "{}") -> String {
        let metadata = "name: \(name)" + (labels.isEmpty ? "" : ", labels: {\(labels)}")
        return "apiVersion: v1\nkind: ConfigMap\nmetadata: {\(metadata)}\ndata: \(data)\n"
    }
}
