import PurserEngine
import Testing

@testable import PurserResources

@Suite struct ManifestDifferenceTests {
    private func manifest(_ text: String) -> RenderedManifest { RenderedManifest(text, namespace: "web") }

    private func changes(_ old: String?, _ new: String?, again: String? = nil) -> [ObjectChange] {
        ManifestDifference(old: old.map(manifest), new: new.map(manifest), again: (again ?? new).map(manifest))
            .changes.changes
    }

    /// The fields that differ, as `PATH: BEFORE -> AFTER`.
    private func fields(_ old: String, _ new: String, again: String? = nil) -> [String] {
        changes(old, new, again: again).flatMap(\.differences).map { difference in
            func text(_ value: Value?) -> String {
                switch value {
                case nil: "-"
                case .null?: difference.isSensitive ? "there" : "null"
                case .string(let text)?: text
                case let value?: "\(value)"
                }
            }
            let mark = difference.isSensitive ? " (sensitive)" : ""
            return "\(difference.path): \(text(difference.before)) -> \(text(difference.after))\(mark)"
        }
    }

    private func workload(_ container: String, annotations: String = "{}", containers: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: site, annotations: \(annotations)}
        spec: {template: {spec: {containers: [\(containers){name: site, \(container)}]}}}
        """
    }

    @Test func `objects that come and go are named, and one that Helm keeps stays`() {
        let old = """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: old}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: data, annotations: {helm.sh/resource-policy: keep}}
            """
        let new = "apiVersion: v1\nkind: Service\nmetadata: {name: site, namespace: web}"
        #expect(
            changes(old, new).map { "\($0.action.rawValue) \($0.object.text)" } == [
                "delete ConfigMap old", "none PersistentVolumeClaim data", "create Service web/site",
            ])
    }

    @Test func `an object is the same whether it names the release's namespace or not, and in another API version`() {
        let old = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}"
        let new = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a, namespace: web}"
        #expect(
            fields(old, new) == ["apiVersion: policy/v1beta1 -> policy/v1", "metadata.namespace: - -> web"])
    }

    @Test func `containers are compared by name, wherever they stand`() {
        let old = workload("image: a")
        let new = workload("image: b", containers: "{name: side, image: c}, ")
        let image = "spec.template.spec.containers[site].image: a -> b"
        let side = #"spec.template.spec.containers[side]: - -> object(["#
        let found = fields(old, new)
        #expect(found.count == 2)
        #expect(found.contains(image))
        #expect(found.contains { $0.hasPrefix(side) })
        #expect(fields(old, old).isEmpty)
    }

    @Test func `another order of the same items is a difference`() {
        let item = "{name: side, image: c}, "
        let old = workload("image: a", containers: item)
        let new =
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: site, annotations: {}}\n"
            + "spec: {template: {spec: {containers: [{name: site, image: a}, {name: side, image: c}]}}}"
        #expect(fields(old, new).map { $0.prefix { $0 != ":" } } == ["spec.template.spec.containers[order]"])
    }

    @Test func `of Secrets only the keys are told that change`() {
        let old = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: aHVudGVyMg==, b: eA==, c: eQ==}"
        let new =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: aHVudGVyMw==, c: eQ==}\nstringData: {d: z}"
        #expect(
            fields(old, new) == [
                "data.a: there -> there (sensitive)", "data.b: there -> - (sensitive)",
                "stringData: - -> there (sensitive)",
            ])
    }

    @Test(arguments: [
        ("env: [{name: DB_PASSWORD, value: hunter2}]", "env: [{name: DB_PASSWORD, value: hunter3}]"),
        ("args: [--token=hunter2]", "args: [--token=hunter3]"),
        ("args: [--token, hunter2]", "args: [--token, hunter3]"),
        ("apiKey: hunter2", "apiKey: hunter3"),
        (#"config: "user = me\npassword: hunter2""#, #"config: "user = me\npassword: hunter3""#),
    ])
    func `what stands under a secret's name is not shown`(old: String, new: String) {
        let found = fields(workload(old), workload(new))
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasSuffix("(sensitive)") && !$0.contains("hunter") }, "\(found)")
    }

    @Test func `secrets in parts that come or go as a whole are not shown either`() {
        let found = fields(
            workload("image: a"),
            workload(
                "image: a",
                containers: "{name: db, env: [{name: DB_PASSWORD, value: hunter2}], args: [a, --token=hunter3]}, "))
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.contains("(sensitive)") && !$0.contains("hunter") }, "\(found)")
    }

    @Test func `a checksum may be one of a secret and is not shown`() {
        #expect(
            fields(
                workload("image: a", annotations: "{checksum/secret: 0abc}"),
                workload("image: a", annotations: "{checksum/secret: 1def}"))
                == [#"metadata.annotations.checksum/secret: there -> there (sensitive)"#])
    }

    @Test func `what each rendering makes anew is told and not shown`() {
        #expect(
            fields(
                workload("seed: hunter1, image: a"), workload("seed: hunter2, image: b"),
                again: workload("seed: hunter3, image: b"))
                == [
                    "spec.template.spec.containers[site].image: a -> b",
                    "spec.template.spec.containers[site].seed: there -> there (sensitive)",
                ])
    }

    @Test func `there is an end to what is told`() {
        func map(_ value: Int) -> String {
            let data = (1...100).map { "key\($0): \"\(value)\"" }.joined(separator: ", ")
            return (0..<150).map { "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m\($0)}\ndata: {\(data)}" }
                .joined(separator: "\n---\n")
        }
        let difference = ManifestDifference(old: manifest(map(1)), new: manifest(map(2)), again: manifest(map(2)))
        #expect(difference.changes.changes.count == ManifestDifference.mostObjects)
        #expect(difference.changes.omitted == 50)
        #expect(difference.changes.changes.allSatisfy { $0.differences.count == ManifestDifference.mostFields })
        #expect(difference.changes.changes.allSatisfy { $0.omitted == 60 })
    }

    @Test func `hooks and CRDs of the chart are no objects of the release`() {
        let rendered = manifest(
            """
            ---
            # Source: shop/charts/part/crds/widget.yaml
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: widgets.shop.example}
            ---
            # Source: shop/charts/part/crds/nut.yaml
            ---
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: nuts.shop.example}
            ---
            # Source: shop/templates/crd.yaml
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: gadgets.shop.example}
            ---
            # Source: shop/templates/hook.yaml
            apiVersion: batch/v1
            kind: Job
            metadata: {name: late, annotations: {helm.sh/hook: "post-install, pre-upgrade", helm.sh/hook-weight: "5"}}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: early, annotations: {helm.sh/hook: pre-upgrade, helm.sh/hook-weight: "-5"}}
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: early, annotations: {helm.sh/hook: pre-upgrade}}
            """)
        #expect(rendered.objects.values.map(\.identity.name) == ["gadgets.shop.example"])
        let definitions = rendered.definitions.values.map(\.identity.name)
        #expect(definitions.sorted() == ["nuts.shop.example", "widgets.shop.example"])
        #expect(rendered.running(at: ["pre-upgrade"]).map(\.hook.identity.name) == ["early", "late"])
        #expect(rendered.running(at: ["pre-install"]).isEmpty)
        #expect(!rendered.isPartial)
        #expect(manifest("a: [").isPartial)
    }
}
