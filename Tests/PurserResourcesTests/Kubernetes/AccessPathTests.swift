import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

/// The proof, from the spec alone, that a pod gets its files.
@Suite struct AccessPathTests {
    /// Compares all findings of the changed demo with a golden.
    private func expectFindings(
        _ name: String, _ change: (String, String), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let problems = try await SpecText.problems(change)
        expectGolden(
            problems.map { $0 + "\n" }.joined(), "AccessPath/\(name).txt", sourceLocation: sourceLocation)
    }

    @Test func `the demo has nothing to complain about`() async throws {
        #expect(try await SpecText.problems() == [])
    }

    @Test func `an access entry for an identity that is not there is told once`() async throws {
        let problems = try await SpecText.problems(
            ("demo: {identity: demo, secrets", "demo: {identity: demoo, secrets"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("spec/unknown-reference") == true, "\(problems)")
    }

    @Test(arguments: [
        "{identity: demo, secrets: [gett], keys: [get], certificates: [get]}", "{identity: demo, secrets: [gett]}",
        "{identity: demo, secrets: [get, 5]}", "{identity: demo, nodes: systemAssigned, secrets: [get]}",
    ])
    func `a mistake in an access entry is told once`(_ entry: String) async throws {
        let sound = "{identity: demo, secrets: [get], keys: [get], certificates: [get]}"
        let problems = try await SpecText.problems((sound, entry))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/") == true, "\(problems)")
    }

    @Test func `a pod needs the whole path to the vault`() async throws {
        let spec = try await SpecText.load(SpecText.demo)
        let pod = try #require(spec.resources[Address("pods/app")])
        #expect(
            pod.dependencies.map(\.description).sorted() == [
                "identities/demo", "identities/demo/nodes", "namespaces/infra", "releases/csi",
                "secretProviderClasses/app", "vaults/demo", "vaults/demo/access/demo",
                "vaults/demo/certificates/app-cert", "vaults/demo/secrets/app-secret",
            ])
    }

    @Test func `a namespace that only a release names is a resource too`() async throws {
        let spec = try await SpecText.load(SpecText.demo)
        let namespace = try #require(spec.resources[Address("namespaces/csi")])
        #expect(namespace.kind == Namespace.name)
        #expect(!namespace.isExisting)
        #expect(spec.resources[Address("releases/csi")]?.dependencies.contains(namespace.address) == true)
    }

    @Test func `the cluster's own namespaces are only looked up`() async throws {
        let text = SpecText.demo.replacing("namespace: csi", with: "namespace: kube-system")
        #expect(try await SpecText.load(text).resources[Address("namespaces/kube-system")]?.isExisting == true)
    }

    @Test func `objects get the names that they have in the vault`() async throws {
        let text = SpecText.demo.replacing(
            "app-secret: {value: {env: SECRET_VALUE}}", with: "app-secret: {name: other, value: {env: SECRET_VALUE}}")
        let spec = try await SpecText.load(text)
        let objects = spec.resources[Address("secretProviderClasses/app")]?.known("objects")?.list
        #expect(objects?.first == ["secret": "other"])
    }

    @Test func `a class changes its digest with what it says, and only then`() async throws {
        func digest(_ text: String) async throws -> Value? {
            try await SpecText.load(text).resources[Address("secretProviderClasses/app")]?.known("digest")
        }
        let first = try await digest(SpecText.demo)
        #expect(first?.string?.count == 16)
        #expect(try await digest(SpecText.demo.replacing("image: app:1", with: "image: app:2")) == first)
        #expect(try await digest(SpecText.demo.replacing("as: secret", with: "filePermission: 0400")) != first)
    }

    // MARK: Objects

    @Test func `an object that the vault does not declare is an error at its line`() async throws {
        try await expectFindings("unknown-object", ("- secret: app-secret", "- secret: app-secrte"))
    }

    @Test func `an existing vault may hold what the spec does not know`() async throws {
        let problems = try await SpecText.problems(
            ("    authorization: policies\n", "    authorization: policies\n    existing: true\n"),
            ("- secret: app-secret", "- secret: made-by-hand"))
        #expect(!problems.contains { $0.contains("unknown-vault-object") })
    }

    @Test func `whom an existing vault lets in need not be listed`() async throws {
        let problems = try await SpecText.problems(
            ("    authorization: policies\n", "    authorization: policies\n    existing: true\n"),
            ("      demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}\n", ""),
            ("    access:\n", ""))
        #expect(!problems.contains { $0.contains("proof/no-access") }, "\(problems)")
    }

    @Test func `a certificate is a secret and a key as well`() async throws {
        #expect(try await SpecText.problems(("- secret: app-secret", "- {secret: app-cert, alias: a}")) == [])
        #expect(try await SpecText.problems(("- secret: app-secret", "- {key: app-cert, alias: b}")) == [])
    }

    @Test func `one file written twice is a warning`() async throws {
        try await expectFindings("duplicate-file", ("- secret: app-secret", "- secret: app-cert"))
    }

    @Test func `a class that mounts nothing is an error`() async throws {
        let objects = "      - secret: app-secret\n      - certificate: app-cert\n        as: secret\n"
        let problems = try await SpecText.problems(("    objects:\n" + objects, "    objects: []\n"))
        #expect(problems.contains { $0.contains("error spec/no-vault-objects") })
    }

    @Test func `an object has one name and fields that fit it`() async throws {
        let problems = try await SpecText.problems(
            ("- secret: app-secret", "- {secret: app-secret, key: app-cert}\n      - {secret: app-secret, as: cert}"),
            ("as: secret", "as: cert\n        format: pfx"))
        #expect(problems.count { $0.contains("spec/vault-object-form") } == 3)
    }

    // MARK: Identity and access

    @Test func `an identity that is on no node is an error`() async throws {
        try await expectFindings("identity-not-bound", ("    nodes: all\n", ""))
    }

    @Test func `a new vault that lets nobody in is an error`() async throws {
        let access = "    access:\n      demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}\n"
        try await expectFindings("no-access", (access, ""))
    }

    @Test func `under roles somebody else may let it in`() async throws {
        let access = "    access:\n      demo: {identity: demo, secrets: [get], keys: [get], certificates: [get]}\n"
        let problems = try await SpecText.problems((access, ""), ("authorization: policies", "authorization: rbac"))
        #expect(problems.filter { $0.contains("proof/no-access") }.allSatisfy { $0.contains(" warning ") })
        #expect(problems.contains { $0.contains("proof/no-access") })
    }

    @Test func `a permission that an object's face needs is missed at the object`() async throws {
        let problems = try await SpecText.problems(
            ("secrets: [get], keys: [get], certificates: [get]", "secrets: [get]"), ("as: secret", "as: cert"))
        #expect(
            problems.contains(
                "40:9 error proof/missing-permission: identities/demo may not get certificates, which 'app-cert' as "
                    + "cert needs -> add 'get' to 'certificates' of vaults/demo/access/demo"))
    }

    @Test func `a class says as whom the vault is read`() async throws {
        let problems = try await SpecText.problems(("identity: {userAssigned: demo}", "identity: {}"))
        #expect(problems.contains { $0.contains("error spec/invalid-value: 'identity' has exactly one of") })
    }

    @Test func `AAD pod identity is refused with the way out`() async throws {
        let problems = try await SpecText.problems(("identity: {userAssigned: demo}", "identity: {podIdentity: {}}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("spec/pod-identity-retired") == true)
    }

    @Test(arguments: [
        "identity: systemAssigned", "identity: {systemAssigned: {}}", "identity: {servicePrincipal: {secret: kv}}",
    ])
    func `the modes without an identity of the spec need nothing of it`(identity: String) async throws {
        let problems = try await SpecText.problems(
            ("identity: {userAssigned: demo}", identity), ("    nodes: all\n", ""))
        #expect(problems == [])
    }

    @Test func `an identity of the nodes that is not named is a warning where the spec binds one`() async throws {
        let problems = try await SpecText.problems(("identity: {userAssigned: demo}", "identity: systemAssigned"))
        #expect(problems.count == 1 && problems[0].contains("warning proof/identity-ambiguous"), "\(problems)")
    }

    @Test func `workload identity is of the pod's service account`() async throws {
        let identity = "identity: {workload: {identity: demo, serviceAccount: app}}"
        try await expectFindings("other-service-account", ("identity: {userAssigned: demo}", identity))
        #expect(
            try await SpecText.problems(
                ("identity: {userAssigned: demo}", identity),
                ("    spec:\n", "    spec:\n      serviceAccountName: app\n")) == [])
    }

    @Test func `only a class that is read as a service principal gives its pods a Secret to sign in with`() async throws
    {
        func taken(_ text: String) async throws -> [String]? {
            let mounts = try await SpecText.load(text).resources[Address("pods/app")]?.known("mounts")?.list
            return mounts?.first?["secretProviderClass"]?.object?.keys.sorted()
        }
        #expect(try await taken(SpecText.demo) == ["name"])
        let principal = SpecText.demo.replacing(
            "identity: {userAssigned: demo}", with: "identity: {servicePrincipal: {secret: kv}}")
        #expect(try await taken(principal) == ["credentialsSecret", "name"])
    }

    // MARK: Secrets

    @Test func `a driver without the right to write Secrets is an error with the value's name`() async throws {
        try await expectFindings("sync-disabled", ("syncSecret: {enabled: true}, ", ""))
    }

    @Test func `a Secret's data names mounted files`() async throws {
        try await expectFindings("unknown-mounted-file", ("as: secret", "alias: app.pem"))
    }

    @Test func `a Secret without data is an error`() async throws {
        let problems = try await SpecText.problems(
            ("type: kubernetes.io/tls", "type: Opaque"), ("data: {tls.key: app-cert, tls.crt: app-cert}", "data: {}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/secret-without-data: Secret 'app-cert' has no data") == true)
    }

    @Test func `TLS takes two keys and no third`() async throws {
        let problems = try await SpecText.problems(("tls.crt: app-cert}", "ca.crt: app-cert}"))
        #expect(problems.contains { $0.contains("spec/tls-keys") && $0.contains("lacks 'tls.crt'") })
        #expect(problems.contains { $0.contains("spec/tls-keys") && $0.contains("cannot have 'ca.crt'") })
    }

    @Test func `a certificate alone has no private key to give`() async throws {
        let problems = try await SpecText.problems(("as: secret", "as: cert"))
        #expect(problems.count == 1, "\(problems)")
        #expect(
            problems.first?.contains(
                "proof/tls-part-missing: file 'app-cert' is mounted as cert and holds no private key") == true)
    }

    // MARK: Pods

    @Test func `a class of another namespace cannot be mounted`() async throws {
        try await expectFindings(
            "other-namespace", ("    namespace: infra\n    mounts", "    namespace: other\n    mounts"))
    }

    @Test func `a Secret that nothing makes is a warning`() async throws {
        try await expectFindings("unknown-secret", ("{secret: app-cert, path", "{secret: app-crt, path"))
    }

    @Test func `a Secret of a class that the pod does not mount is a warning`() async throws {
        let problems = try await SpecText.problems(("      - {secretProviderClass: app, path: /mnt/app}\n", ""))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("warning proof/secret-of-other-pod") == true)
    }

    @Test func `a file that does not rotate is a warning where files rotate`() async throws {
        let problems = try await SpecText.problems(("path: /mnt/app}", "path: /mnt/app, subPath: app-secret}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("warning proof/subpath-stays-old") == true)
    }

    @Test func `a mount goes to containers that are there`() async throws {
        let problems = try await SpecText.problems(("path: /mnt/app}", "path: /mnt/app, containers: [ap]}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/unknown-container") == true)
        #expect(problems.first?.hasSuffix("pods/app has no container 'ap' -> did you mean 'app'?") == true)
    }

    @Test func `a pod without containers and a container without an image are errors`() async throws {
        #expect(
            try await SpecText.problems(("          image: app:1", "          tty: true")).first?.contains(
                "spec/container-field") == true)
        let containers = "      containers:\n        - name: app\n          image: app:1"
        let problems = try await SpecText.problems((containers, "      containers: []"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/no-containers: pods/app has no containers") == true)
    }

    @Test func `two mounts do not share a path`() async throws {
        let problems = try await SpecText.problems(("path: /tls}", "path: /mnt/app}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/mount-form: '/mnt/app' is mounted twice") == true)
    }

    @Test func `Purser's own marks cannot be written`() async throws {
        let problems = try await SpecText.problems(
            ("  infra: {}", "  infra: {labels: {app.kubernetes.io/managed-by: me}}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("spec/reserved-mark") == true)
    }

    // MARK: Releases

    @Test func `a chart comes from somewhere`() async throws {
        let repository = "    repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts\n"
        let problems = try await SpecText.problems((repository, ""))
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("error spec/no-repository") == true)
    }

    @Test func `a secret among a chart's values is refused`() async throws {
        let problems = try await SpecText.problems(
            ("enableSecretRotation: true}", "enableSecretRotation: true, apiToken: x}"))
        #expect(problems.count == 1, "\(problems)")
        #expect(
            problems.first?.contains("error spec/secret-in-values: 'values.secrets-store-csi-driver.apiToken'") == true)
    }

    @Test func `a secret in a pod's spec is refused, unless the spec says that it is none`() async throws {
        let variable = ("image: app:1", "image: app:1\n          env: [{name: API_TOKEN, value: x}]")
        let problems = try await SpecText.problems(variable)
        #expect(problems.count == 1, "\(problems)")
        #expect(problems.first?.contains("spec/secret-in-values: 'spec.containers[0].env[0].value'") == true)
        let exception = "plainValues: [\"spec.containers[0].env[0].value\"]"
        let excepted = try await SpecText.problems(
            variable, ("    namespace: infra\n    mounts:", "    namespace: infra\n    \(exception)\n    mounts:"))
        #expect(excepted.isEmpty, "\(excepted)")
    }

    @Test(arguments: ["1.8", "^1.8.2", ">=1.0.0", "latest", "1.8.x"])
    func `a version that is no version is refused`(version: String) async throws {
        let problems = try await SpecText.problems(("version: 1.8.2", "version: \"\(version)\""))
        #expect(problems.contains { $0.contains("spec/invalid-value") && $0.contains("is no exact version") })
    }
}
