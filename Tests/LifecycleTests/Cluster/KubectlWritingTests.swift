import Testing

extension Lifecycle.KubectlTests {
    @Suite struct Writing {
        @Test(arguments: KubectlCase.all)
        func `client-side and server-side apply take away what is no longer sent`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                for flags in [[], ["--server-side"]] {
                    let name = flags.isEmpty ? "client" : "server"
                    let apply = ["apply", "-n", namespace, "-f", "-"] + flags
                    try await kubectl(apply, input: Manifest.map(name, data: "{a: '1', b: '2'}"))
                    try await kubectl(apply, input: Manifest.map(name, data: "{a: '1'}"))
                    let read = ["get", "configmap", name, "-n", namespace, "-o"]
                    #expect(try await kubectl(read + ["jsonpath={.data}"]).contains("\"a\":\"1\"}"))
                    // An apply on a server before 1.21 is a change although it changes nothing.
                    if try place.server.minor < 21, !flags.isEmpty { continue }
                    let version = read + ["jsonpath={.metadata.resourceVersion}"]
                    let before = try await kubectl(version)
                    try await kubectl(apply, input: Manifest.map(name, data: "{a: '1'}"))
                    #expect(try await kubectl(version) == before)
                }
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a field of another manager is a conflict until it is forced`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let apply = ["apply", "-n", namespace, "--server-side", "-f", "-"]
                try await kubectl(apply, input: Manifest.map("m", data: "{a: '1', b: '2'}"))
                let other = apply + ["--field-manager=other"]
                let taken = try await kubectl.outcome(other, input: Manifest.map("m", data: "{a: '9'}"))
                #expect(taken.exitCode == 1)
                #expect(taken.complaint.contains("conflict with \"kubectl\""))
                #expect(taken.complaint.contains(".data.a"))
                #expect(!taken.complaint.contains(".data.b"))
                try await kubectl(other + ["--force-conflicts"], input: Manifest.map("m", data: "{a: '9'}"))
                // What both say alike, both own.
                try await kubectl(apply, input: Manifest.map("m", data: "{a: '9'}"))
                #expect(
                    try await kubectl("get", "configmap", "m", "-n", namespace, "-o", "jsonpath={.data}")
                        .contains("\"a\":\"9\"}"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a difference is shown, and changes nothing`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let diff = ["diff", "-n", namespace, "-f", "-"]
                let absent = try await kubectl.outcome(diff, input: Manifest.pod(image: "app:1"))
                #expect(absent.exitCode == 1)
                #expect(absent.output.contains("+  - image: app:1"))
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                let same = try await kubectl.outcome(diff, input: Manifest.pod(image: "app:1"))
                #expect(same.exitCode == 0, "\(same.output)\(same.complaint)")
                let changed = try await kubectl.outcome(diff, input: Manifest.pod(image: "app:2"))
                #expect(changed.exitCode == 1)
                #expect(changed.output.contains("-  - image: app:1\n+  - image: app:2"))
                let onServer = try await kubectl.outcome(
                    diff + ["--server-side", "--force-conflicts"], input: Manifest.pod(image: "app:2"))
                #expect(onServer.exitCode == 1)
                #expect(onServer.output.contains("+  - image: app:2"))
                #expect(try await kubectl.image(of: "pod/app", namespace) == "app:1")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `each type of patch does what it is for`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "deployment", "web", "--image=web:1", "-n", namespace)
                let patch = ["patch", "deployment", "web", "-n", namespace]
                let added = #"{"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:1"}]}}}}"#
                try await kubectl(patch + ["--type=strategic", "-p", added])
                #expect(Set(try await kubectl.images(of: "web", namespace)) == ["web:1", "side:1"])
                try await kubectl(patch + ["--type=merge", "-p", added])
                #expect(try await kubectl.images(of: "web", namespace) == ["side:1"])
                let replaced =
                    #"[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "side:2"}]"#
                try await kubectl(patch + ["--type=json", "-p", replaced])
                #expect(try await kubectl.images(of: "web", namespace) == ["side:2"])
                let wrong = #"[{"op": "test", "path": "/spec/replicas", "value": 7}]"#
                let refused = try await kubectl.outcome(patch + ["--type=json", "-p", wrong])
                #expect(refused.exitCode == 1)
                try await kubectl("label", "deployment", "web", "tier=web", "-n", namespace)
                try await kubectl("annotate", "deployment", "web", "note=x", "-n", namespace)
                try await kubectl("scale", "deployment", "web", "--replicas=3", "-n", namespace)
                #expect(
                    try await kubectl(
                        "get", "deployment", "web", "-n", namespace, "-o",
                        "jsonpath={.metadata.labels.tier} {.metadata.annotations.note} {.spec.replicas}") == "web x 3")
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a dry run is checked by the server and leaves nothing`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let dry = "--dry-run=server"
                #expect(
                    try await kubectl("create", "configmap", "m", "-n", namespace, dry)
                        == "configmap/m created (server dry run)\n")
                let applied = try await kubectl(
                    "apply", "-n", namespace, dry, "-f", "-", "-o", "jsonpath={.spec.containers[0].imagePullPolicy}",
                    input: Manifest.pod(image: "app:1"))
                #expect(applied == "IfNotPresent")
                #expect(try await kubectl("get", "pods", "-n", namespace) == "")
                _ = try await kubectl.refusal("get", "configmap", "m", "-n", namespace)
                let wrong = try await kubectl.refusal("create", "configmap", "Wrong", "-n", namespace, dry)
                #expect(wrong.contains("metadata.name: Invalid value: \"Wrong\""))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `what cannot change is refused by its name`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "secret", "generic", "s", "-n", namespace)
                let patch = { (object: String, change: String) in
                    try await kubectl.refusal("patch", object, "-n", namespace, "--type=merge", "-p", change)
                }
                #expect(try await patch("secret/s", #"{"type": "kubernetes.io/tls"}"#).contains("field is immutable"))
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                #expect(
                    try await patch("pod/app", #"{"spec": {"hostNetwork": true}}"#).contains(
                        "pod updates may not change fields"))
                try await kubectl("create", "deployment", "web", "--image=web:1", "-n", namespace)
                let selector =
                    #"{"spec": {"selector": {"matchLabels": {"app": "other"}}, "template": {"metadata": {"labels": {"app": "other"}}}}}"#
                #expect(
                    try await patch("deployment/web", selector).contains("field is immutable"))
                try await kubectl("create", "job", "once", "--image=web:1", "-n", namespace, "--", "true")
                let template = #"{"spec": {"template": {"spec": {"hostname": "other"}}}}"#
                #expect(try await patch("job/once", template).contains("field is immutable"))
            }
        }

        @Test(arguments: KubectlCase.all)
        func `a finalizer holds what was deleted`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let held = Manifest.map("m").replacing("name: m", with: "name: m, finalizers: [example.com/hold]")
                try await kubectl("apply", "-n", namespace, "-f", "-", input: held)
                let waited = try await kubectl.outcome(
                    ["delete", "configmap", "m", "-n", namespace, "--timeout=1s"])
                #expect(waited.exitCode == 1)
                #expect(waited.complaint.contains("timed out waiting for the condition"))
                let deletion = try await kubectl(
                    "get", "configmap", "m", "-n", namespace, "-o", "jsonpath={.metadata.deletionTimestamp}")
                #expect(!deletion.isEmpty)
                try await kubectl(
                    "patch", "configmap", "m", "-n", namespace, "--type=json", "-p",
                    #"[{"op": "remove", "path": "/metadata/finalizers"}]"#)
                _ = try await kubectl.refusal("get", "configmap", "m", "-n", namespace)
            }
        }

        @Test(arguments: KubectlCase.all)
        func `nothing new comes into a namespace that terminates`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                let held = Manifest.map("m").replacing("name: m", with: "name: m, finalizers: [example.com/hold]")
                try await kubectl("apply", "-n", namespace, "-f", "-", input: held)
                try await kubectl("delete", "namespace", namespace, "--wait=false")
                #expect(
                    try await kubectl("get", "namespace", namespace, "-o", "jsonpath={.status.phase}") == "Terminating")
                let refusal = try await kubectl.refusal("create", "configmap", "late", "-n", namespace)
                #expect(refusal.contains("because it is being terminated"))
                try await kubectl(
                    "patch", "configmap", "m", "-n", namespace, "--type=merge", "-p",
                    #"{"metadata": {"finalizers": null}}"#)
            }
        }
    }

    @Suite struct Definitions {
        @Test(arguments: KubectlCase.all)
        func `a definition is established, and its schema rules its objects`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                // Definitions are the cluster's: each run has a group of its own.
                let group = "\(namespace).example.com"
                try await kubectl("apply", "-f", "-", input: Self.definition(group))
                try await kubectl("wait", "--for=condition=established", "crd/gadgets.\(group)", "--timeout=20s")
                let apply = ["apply", "-n", namespace, "--validate=false", "-f", "-"]
                try await kubectl(apply, input: Self.gadget(group, "{size: 3, colour: red}"))
                let table = try await kubectl("get", "gadgets.\(group)", "-n", namespace)
                #expect(table.rows == [["NAME", "SIZE"], ["one", "3"]])
                #expect(
                    try await kubectl("get", "gadgets.\(group)", "one", "-n", namespace, "-o", "jsonpath={.spec}")
                        == #"{"mode":"plain","size":3}"#)
                let wrong = try await kubectl.outcome(apply, input: Self.gadget(group, "{size: 99}"))
                #expect(wrong.exitCode == 1)
                #expect(
                    wrong.complaint.contains(
                        "spec.size: Invalid value: 99: spec.size in body should be less than or equal to 9"))
                let text = try await kubectl.outcome(apply, input: Self.gadget(group, "{size: big}"))
                #expect(text.exitCode == 1)
                #expect(text.complaint.contains("spec.size"))
                try await kubectl("delete", "crd", "gadgets.\(group)", "--timeout=20s")
                let gone = try await kubectl.outcome(["get", "gadgets.\(group)", "-n", namespace])
                #expect(gone.exitCode == 1)
            }
        }

        private static func definition(_ group: String) -> String {
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: gadgets.\(group)}
            spec:
              group: \(group)
              scope: Namespaced
              names: {plural: gadgets, singular: gadget, kind: Gadget}
              versions:
                - name: v1
                  served: true
                  storage: true
                  additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
                  schema:
                    openAPIV3Schema:
                      type: object
                      properties:
                        spec:
                          type: object
                          required: [size]
                          properties:
                            size: {type: integer, minimum: 1, maximum: 9}
                            mode: {type: string, default: plain}
            """
        }

        private static func gadget(_ group: String, _ spec: String) -> String {
            "apiVersion: \(group)/v1\nkind: Gadget\nmetadata: {name: one}\nspec: \(spec)\n"
        }
    }
}

extension Kubectl {
    fileprivate func image(of object: String, _ namespace: String) async throws -> String {
        try await callAsFunction("get", object, "-n", namespace, "-o", "jsonpath={.spec.containers[0].image}")
    }

    fileprivate func images(of deployment: String, _ namespace: String) async throws -> [String] {
        try await callAsFunction(
            "get", "deployment", deployment, "-n", namespace, "-o",
            "jsonpath={.spec.template.spec.containers[*].image}"
        ).split(separator: " ").map(String.init)
    }
}
