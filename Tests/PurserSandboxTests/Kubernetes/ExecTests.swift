import Foundation
import SystemPackage
import Testing

@testable import PurserSandbox

/// `kubectl exec`: what a container of a pod shows of its mounts and its variables.
@Suite struct ExecTests {
    private static let pods = "/api/v1/namespaces/default/pods"

    private static let pod: JSON = [
        "metadata": ["name": "app", "labels": ["tier": "web"]],
        "spec": [
            "initContainers": [["name": "first", "image": "image:1"]],
            "containers": [
                [
                    "name": "main", "image": "image:1",
                    "env": [
                        [
                            "name": "PASSWORD",
                            "valueFrom": ["secretKeyRef": ["name": "settings", "key": "password"]],
                        ],
                        ["name": "TIER", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['tier']"]]],
                        ["name": "TEXT", "value": "$(TIER) $$(TIER) $(NONE)"],
                    ],
                    "envFrom": [["prefix": "S_", "secretRef": ["name": "settings"]]],
                    "volumeMounts": [
                        ["name": "settings", "mountPath": "/etc/settings", "readOnly": true],
                        ["name": "settings", "mountPath": "/opt/one", "subPath": "password"],
                        ["name": "scratch", "mountPath": "/etc/settings/scratch"],
                    ],
                ],
                [
                    "name": "side", "image": "image:1",
                    "volumeMounts": [["name": "settings", "mountPath": "/data/deep"]],
                ],
            ],
            "volumes": [
                ["name": "settings", "secret": ["secretName": "settings", "defaultMode": 288]],
                ["name": "scratch", "emptyDir": [:]],
            ],
        ],
    ]

    private static func secret(_ password: String) -> JSON {
        let data = Data(password.utf8).base64EncodedString()
        return ["metadata": ["name": "settings"], "data": ["password": .string(data), "user": "cm9vdA=="]]
    }

    private func withPod(_ body: (ClusterFixture) async throws -> Void) async throws {
        try await ClusterFixture.with { cluster in
            let secrets = "/api/v1/namespaces/default/secrets"
            #expect(await cluster.send("POST", secrets, Self.secret("swordfish")).status == 201)
            let made = await cluster.send("POST", Self.pods, Self.pod)
            #expect(made.status == 201, "\(made.body)")
            try await cluster.world.reconcile()
            try await body(cluster)
        }
    }

    private struct Outcome: Equatable {
        var output = ""
        var errors = ""
        var status = JSON.null
    }

    private func response(
        _ cluster: ClusterFixture, _ command: [String], container: String = "main", flags: String = "stdout=1&stderr=1",
        headers: Headers = ["Upgrade": "websocket", "Sec-WebSocket-Protocol": "v5.channel.k8s.io, v4.channel.k8s.io"]
    ) async -> SandboxResponse {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._")
        let words = command.map { "command=\($0.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
        let query = (words + ["container=\(container)", flags]).joined(separator: "&")
        var headers = headers
        headers["Authorization"] = "Bearer \(ClusterFixture.token)"
        return await cluster.world.api.respond(
            to: SandboxRequest("GET", "\(Self.pods)/app/exec?\(query)", headers: headers))
    }

    private func run(
        _ cluster: ClusterFixture, _ command: String..., container: String = "main",
        flags: String = "stdout=1&stderr=1"
    ) async throws -> Outcome {
        let response = await response(cluster, command, container: container, flags: flags)
        #expect(response.status == 101)
        #expect(response.headers["Sec-WebSocket-Protocol"] == "v5.channel.k8s.io")
        guard case .messages(let messages) = response.body else { return Outcome() }
        var outcome = Outcome()
        for message in messages {
            let text = String(decoding: message.dropFirst(), as: UTF8.self)
            switch message.first {
            case 1: outcome.output += text
            case 2: outcome.errors += text
            case 3: outcome.status = try JSON(parsing: Array(message.dropFirst()))
            default: Issue.record("no such channel: \(message)")
            }
        }
        #expect(messages.last?.first == 3, "the status comes last")
        return outcome
    }

    // MARK: - Files

    @Test func `a mounted file is shown as it is, by every path that leads to it`() async throws {
        try await withPod { cluster in
            for path in ["/etc/settings/password", "/etc/settings/..data/password", "/opt/one", "/opt/../opt/./one"] {
                let outcome = try await run(cluster, "cat", path)
                #expect(outcome.output == "swordfish", "\(path)")
                #expect(outcome.status["status"] == "Success")
            }
            #expect(try await run(cluster, "/bin/cat", "/data/deep/user", container: "side").output == "root")
        }
    }

    @Test func `a volume is listed as kubelet lays it out`() async throws {
        try await withPod { cluster in
            #expect(try await run(cluster, "ls", "/etc/settings").output == "password\nscratch\nuser\n")
            let lines = try await run(cluster, "ls", "-la", "/data/deep", container: "side").output
                .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            let modes = ["total", "drwxrwxrwt", "drwxr-xr-x", "drwxr-xr-x", "lrwxrwxrwx", "lrwxrwxrwx", "lrwxrwxrwx"]
            #expect(lines.map(\.first) == modes)
            #expect(lines.dropFirst().allSatisfy { $0[2...3] == ["root", "root"] })
            let hidden = lines[3].last ?? ""
            #expect(hidden.hasPrefix("..20"))
            #expect(lines[4].suffix(3) == ["..data", "->", hidden])
            #expect(lines[5].suffix(3) == ["password", "->", "..data/password"])
            let files = try await run(cluster, "ls", "-l", "/data/deep/..data/", container: "side").output
            #expect(files.hasPrefix("total 8\n-r--r----- 1 root root 9 "))
            #expect(try await run(cluster, "readlink", "/etc/settings/user").output == "..data/user\n")
            let several = try await run(cluster, "ls", "/opt", "/etc/settings/scratch")
            #expect(several.output == "/etc/settings/scratch:\n\n/opt:\none\n")
        }
    }

    @Test func `what a program cannot do is told with its exit code`() async throws {
        try await withPod { cluster in
            let missing = try await run(cluster, "cat", "/etc/settings/none", "/opt/one")
            #expect(missing.output == "swordfish")
            #expect(missing.errors == "cat: /etc/settings/none: No such file or directory\n")
            #expect(missing.status["reason"] == "NonZeroExitCode")
            #expect(missing.status[path: "details", "causes"]?.arrayValue?.first?["message"] == "1")
            let listed = try await run(cluster, "ls", "/nowhere")
            #expect(listed.errors == "ls: cannot access '/nowhere': No such file or directory\n")
            #expect(listed.status[path: "details", "causes"]?.arrayValue?.first?["message"] == "2")
            #expect(try await run(cluster, "cat", "/etc").errors == "cat: /etc: Is a directory\n")
            #expect(try await run(cluster, "cat", "/opt/one/x").errors == "cat: /opt/one/x: Not a directory\n")
            for (operation, isTrue) in [("-f", true), ("-d", false), ("-L", true), ("-s", true)] {
                let status = try await run(cluster, "test", operation, "/etc/settings/user").status["status"]
                #expect(status == (isTrue ? "Success" : "Failure"), "\(operation)")
            }
        }
    }

    @Test func `no path and no link leads out of the container`() async throws {
        try await withPod { cluster in
            let volume =
                cluster.directory.string
                + "/nodes/\(ClusterFixture.node)/pods/default_app/volumes/scratch"
            let links = [("out", "/etc/hosts"), ("up", "../../../../../../../../etc/hosts"), ("loop", "loop")]
            for (name, target) in links {
                try FileManager.default.createSymbolicLink(atPath: "\(volume)/\(name)", withDestinationPath: target)
            }
            for path in ["/etc/hosts", "/etc/settings/../../../../../../etc/hosts"] {
                #expect(try await run(cluster, "cat", path).errors == "cat: \(path): No such file or directory\n")
            }
            for name in ["out", "up"] {
                let outcome = try await run(cluster, "cat", "/etc/settings/scratch/\(name)")
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.hasSuffix("No such file or directory\n"))
            }
            #expect(try await run(cluster, "cat", "/etc/settings/scratch/loop").errors.hasSuffix("symbolic links\n"))
        }
    }

    @Test func `a file is shown anew when its Secret changes, a sub-path and a variable are not`() async throws {
        try await withPod { cluster in
            let changed = await cluster.send(
                "PUT", "/api/v1/namespaces/default/secrets/settings", Self.secret("changed"))
            #expect(changed.status == 200, "\(changed.body)")
            try await cluster.world.reconcile()
            #expect(try await run(cluster, "cat", "/etc/settings/password").output == "changed")
            #expect(try await run(cluster, "cat", "/opt/one").output == "swordfish")
            #expect(try await run(cluster, "printenv", "PASSWORD").output == "swordfish\n")
        }
    }

    // MARK: - Variables

    @Test func `variables are those of the container`() async throws {
        try await withPod { cluster in
            let output = try await run(cluster, "env").output
            #expect(
                output.split(separator: "\n").dropFirst() == [
                    "HOSTNAME=app", "S_password=swordfish", "S_user=root", "PASSWORD=swordfish", "TIER=web",
                    "TEXT=web $(TIER) $(NONE)",
                ])
            #expect(try await run(cluster, "printenv", "NONE").status["reason"] == "NonZeroExitCode")
            #expect(try await run(cluster, "env", container: "side").output.hasSuffix("\nHOSTNAME=app\n"))
        }
    }

    // MARK: - Refusals

    @Test func `another program is not in the image, and none reads input`() async throws {
        try await withPod { cluster in
            let shell = try await run(cluster, "sh", "-c", "cat /opt/one")
            #expect(shell.output.isEmpty && shell.errors.isEmpty)
            #expect(shell.status["reason"] == "InternalError")
            #expect(
                shell.status["message"]?.stringValue?.contains("exec: \"sh\": executable file not found in $PATH")
                    == true)
            let reading = try await run(cluster, "cat", flags: "stdin=1&stdout=1")
            #expect(reading.status["message"]?.stringValue?.hasSuffix("reads no standard input") == true)
        }
    }

    @Test func `a terminal gets everything as output, with carriage returns`() async throws {
        try await withPod { cluster in
            let outcome = try await run(cluster, "ls", "/opt", "/nowhere", flags: "stdin=1&stdout=1&tty=1")
            #expect(outcome.output == "ls: cannot access '/nowhere': No such file or directory\r\n/opt:\r\none\r\n")
            #expect(outcome.errors.isEmpty)
        }
    }

    @Test(arguments: [
        ("none", "container none is not valid for pod app"),
        (
            "",
            "a container name must be specified for pod app, choose one of: [main side] or one of the init containers: [first]"
        ),
    ])
    func `a container is chosen as the API server chooses it`(_ container: String, _ message: String) async throws {
        try await withPod { cluster in
            let response = await response(cluster, ["ls"], container: container)
            #expect(response.status == 400)
            guard case .bytes(let bytes) = response.body else { return }
            let told = try JSON(parsing: bytes)["message"]?.stringValue
            #expect(told == message)
        }
    }

    @Test func `a container that does not run is not found`() async throws {
        try await withPod { cluster in
            let message = JSON.string("Internal error occurred: container not found (\"first\")")
            let told = try await run(cluster, "ls", container: "first").status["message"]
            #expect(told == message)
        }
    }

    @Test(
        arguments: [
            [:], ["Upgrade": "SPDY/3.1"], ["Upgrade": "websocket", "Sec-WebSocket-Protocol": "channel.k8s.io"],
        ] as [Headers])
    func `a client of another protocol is told which ones there are`(_ headers: Headers) async throws {
        try await withPod { cluster in
            let response = await response(cluster, ["ls"], headers: headers)
            #expect(response.status == 400)
            guard case .bytes(let bytes) = response.body else { return }
            let message = try JSON(parsing: bytes)["message"]?.stringValue ?? ""
            #expect(message.contains("WebSocket") || message.contains("v5.channel.k8s.io"), "\(message)")
        }
    }

    @Test(arguments: [
        ("exec", ["get", "create"], 101), ("exec", ["get"], 403), ("exec", ["create"], 403),
        ("attach", ["get", "create"], 403),
    ])
    func `exec asks for rights of its own`(_ subresource: String, _ verbs: [String], _ status: Int) async throws {
        try await withPod { cluster in
            let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
            await cluster.send(
                "POST", "\(roles)/roles",
                [
                    "metadata": ["name": "r"],
                    "rules": [
                        [
                            "apiGroups": [""], "resources": [.string("pods/\(subresource)")],
                            "verbs": .array(verbs.map { .string($0) }),
                        ],
                        ["apiGroups": [""], "resources": ["pods"], "verbs": ["*"]],
                    ],
                ])
            await cluster.send(
                "POST", "\(roles)/rolebindings",
                [
                    "metadata": ["name": "r"], "roleRef": ["kind": "Role", "name": "r"],
                    "subjects": [["kind": "User", "name": "jane"]],
                ])
            let response = await response(
                cluster, ["ls", "/opt"],
                headers: [
                    "Upgrade": "websocket", "Sec-WebSocket-Protocol": "v4.channel.k8s.io", "Impersonate-User": "jane",
                ])
            #expect(response.status == status)
        }
    }

    @Test(arguments: ["attach", "portforward"])
    func `what has no program to speak to is refused`(_ subresource: String) async throws {
        try await withPod { cluster in
            let refusal = await cluster.send("POST", "\(Self.pods)/app/\(subresource)?container=main")
            #expect(refusal.status == 400)
            #expect(refusal.body["message"]?.stringValue?.contains("run no program") == true)
            #expect(await cluster.send("POST", "\(Self.pods)/none/\(subresource)").status == 404)
        }
    }
}
