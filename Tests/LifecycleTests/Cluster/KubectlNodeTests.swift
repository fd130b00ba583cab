import Testing

extension Lifecycle.KubectlTests {
    /// What needs controllers and a node: at a real API server they are played, as `Players` tells.
    @Suite struct Running {
        @Test(arguments: KubectlCase.all)
        func `a pod becomes ready, and is described with its events`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "secret", "generic", "settings", "--from-literal=a=b", "-n", namespace)
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                #expect(
                    try await kubectl("wait", "--for=condition=Ready", "pod/app", "-n", namespace, "--timeout=20s")
                        == "pod/app condition met\n")
                let table = try await kubectl("get", "pods", "-n", namespace, "-o", "wide")
                #expect(table.rows.last?.prefix(4) == ["app", "1/1", "Running", "0"])
                let description = try await kubectl("describe", "pod", "app", "-n", namespace)
                #expect(description.contains("/etc/settings from settings"))
                #expect(description.contains("Started container main"))
                let events = try await kubectl(
                    "get", "events", "-n", namespace, "--field-selector", "involvedObject.name=app,reason=Started")
                #expect(events.rows.last?.dropFirst().prefix(3) == ["Normal", "Started", "pod/app"])
                // Logs come from the node, and a played one cannot be called.
                if place.cluster == .sandbox { #expect(try await kubectl("logs", "app", "-n", namespace) == "") }
                try await kubectl("delete", "pod", "app", "-n", namespace, "--timeout=20s")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a deployment rolls out, and back`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "deployment", "web", "--image=web:1", "--replicas=2", "-n", namespace)
                let rollOut = { (command: String, flags: [String]) in
                    try await kubectl(["rollout", command, "deployment/web", "-n", namespace] + flags)
                }
                #expect(
                    try await rollOut("status", ["--timeout=20s"]).hasSuffix("successfully rolled out\n"))
                try await kubectl("set", "image", "deployment/web", "web=web:2", "-n", namespace)
                _ = try await rollOut("status", ["--timeout=20s"])
                #expect(try await rollOut("history", []).rows.map(\.first).contains("2"))
                _ = try await rollOut("undo", [])
                _ = try await rollOut("status", ["--timeout=20s"])
                // Former pods may still be on their way out when the rollout is done.
                let images = try await kubectl(
                    "get", "pods", "-l", "app=web", "-n", namespace, "-o",
                    "go-template={{range .items}}{{if not .metadata.deletionTimestamp}}"
                        + "{{(index .spec.containers 0).image}} {{end}}{{end}}")
                #expect(images == "web:1 web:1 ")
                #expect(try await rollOut("history", []).rows.compactMap(\.first).suffix(2) == ["2", "3"])
                _ = try await rollOut("restart", [])
                #expect(try await rollOut("status", ["--timeout=20s"]).hasSuffix("successfully rolled out\n"))
                #expect(
                    try await kubectl("describe", "deployment", "web", "-n", namespace)
                        .contains("2 desired | 2 updated | 2 total | 2 available | 0 unavailable"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `jobs complete`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "job", "once", "--image=web:1", "-n", namespace, "--", "true")
                #expect(
                    try await kubectl("wait", "--for=condition=complete", "job/once", "-n", namespace, "--timeout=20s")
                        == "job.batch/once condition met\n")
                let table = try await kubectl("get", "jobs", "-n", namespace)
                // Before 1.31 there is no column of the status.
                if try place.server.minor >= 31 {
                    #expect(table.rows.first == ["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"])
                    #expect(table.rows.last?.prefix(3) == ["once", "Complete", "1/1"])
                } else {
                    #expect(table.rows.first == ["NAME", "COMPLETIONS", "DURATION", "AGE"])
                    #expect(table.rows.last?.prefix(2) == ["once", "1/1"])
                }
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a namespace ends with all that is in it`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "deployment", "web", "--image=web:1", "-n", namespace)
                try await kubectl("expose", "deployment", "web", "--port=80", "-n", namespace)
                let service = try await kubectl("get", "service", "web", "-n", namespace)
                #expect(service.rows.last?.dropFirst().first == "ClusterIP")
                #expect(
                    try await kubectl("delete", "namespace", namespace, "--timeout=20s")
                        .hasPrefix("namespace \"\(namespace)\" deleted"))
                _ = try await kubectl.refusal("get", "namespace", namespace)
                #expect(try await kubectl("get", "pods", "-n", namespace, "-o", "name") == "")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a misspelt field is refused`(_ place: KubectlCase) async throws {
            // The old kubectl would find it in the server's schemas, of which the sandbox has none.
            guard place.program.minor >= 27 else { return }
            try await place.run { kubectl, namespace in
                let misspelt = Manifest.pod(image: "app:1").replacing("volumeMounts", with: "volumeMount")
                let outcome = try await kubectl.outcome(["apply", "-n", namespace, "-f", "-"], input: misspelt)
                #expect(outcome.exitCode == 1)
                // Servers before 1.25 leave it to kubectl, which finds it in their schemas.
                let isToldByServer = try place.server.minor >= 25
                let field = isToldByServer ? "spec.containers[0].volumeMount" : "volumeMount"
                #expect(outcome.complaint.contains("unknown field \"\(field)\""))
            }
        }
    }
}
