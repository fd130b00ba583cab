import PurserClients

/// One request that is put to the sandbox and to a real API server.
struct WireProbe: Sendable {
    enum Looking: Sendable {
        /// Status code, and of a failure its reason, message and details.
        case outcome
        /// The same, and all of the object that is answered but for what each server draws anew.
        case object
        /// The same, and what is wanted of the object that is answered.
        case spec
        /// The same, and the columns and rows of a table, but for ages.
        case table
    }

    let method: String
    let path: String
    var body: String?
    var type = "application/json"
    var accept = "application/json"
    var looking = Looking.outcome

    init(
        _ method: String, _ path: String, _ body: String? = nil, type: String = "application/json",
        accept: String = "application/json", looking: Looking = .outcome
    ) {
        self.method = method
        self.path = path
        self.body = body
        self.type = type
        self.accept = accept
        self.looking = looking
    }

    var title: String { "\(method) \(path)\(body.map { " \($0.prefix(200))" } ?? "")" }

    static let merge = "application/merge-patch+json"
    static let strategic = "application/strategic-merge-patch+json"
    static let json = "application/json-patch+json"
    static let apply = "application/apply-patch+yaml"

    private static let core = "/api/v1/namespaces/wire"
    private static let apps = "/apis/apps/v1/namespaces/wire/deployments"
    private static let batch = "/apis/batch/v1/namespaces/wire/jobs"
    private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io"

    private static func map(_ name: String, _ more: String = #""data": {"a": "1"}"#) -> String {
        #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "\#(name)"}, \#(more)}"#
    }

    private static func labelled(_ name: String, _ labels: String) -> String {
        #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "\#(name)", "labels": {\#(labels)}}}"#
    }

    private static func pod(_ name: String, _ spec: String) -> String {
        #"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\#(name)"}, "spec": {\#(spec)}}"#
    }

    private static func deployment(_ name: String, selector: String = "a", labels: String = "a", _ more: String = "")
        -> String
    {
        #"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "\#(name)"}, "spec": {\#(more)"selector": {"matchLabels": {"app": "\#(selector)"}}, "template": {"metadata": {"labels": {"app": "\#(labels)"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}}}"#
    }

    private static let container = #""containers": [{"name": "c", "image": "i:1"}]"#

    /// In their order: later ones rest on what earlier ones made.
    static let all: [WireProbe] =
        discovery + creation + reading + updates + applies + deletions + definitions + access

    // MARK: The table

    private static let discovery: [WireProbe] = [
        WireProbe("GET", "/api", looking: .outcome), WireProbe("GET", "/nowhere"), WireProbe("GET", "/api/v2"),
        WireProbe("GET", "/apis/nowhere.example/v1"), WireProbe("GET", "/apis/apps/v9/deployments"),
        WireProbe("GET", "/api/v1/gadgets"), WireProbe("GET", "/openapi/v2"), WireProbe("GET", "/openapi/v3"),
        WireProbe("GET", "/openapi/v3/apis/apps/v1"), WireProbe("GET", "/openapi/v3/apis/nowhere/v1"),
        WireProbe("GET", "/version"),
        WireProbe(
            "GET", "/apis", accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        WireProbe("POST", "/api/v1", "{}"), WireProbe("DELETE", "/version"),
    ]

    private static let creation: [WireProbe] = [
        WireProbe(
            "POST", "/api/v1/namespaces", #"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "wire"}}"#),
        WireProbe("POST", "\(core)/configmaps", map("m"), looking: .object),
        WireProbe("POST", "\(core)/configmaps", map("m")),
        WireProbe("POST", "\(core)/configmaps", map("Wrong_Name")),
        WireProbe("POST", "\(core)/configmaps", map("")),
        WireProbe("POST", "\(core)/configmaps", map("n", #""data": {"bad key!": "1"}"#)),
        WireProbe("POST", "\(core)/configmaps", map("n", #""data": {"a": 1}"#)),
        WireProbe("POST", "\(core)/configmaps?fieldValidation=Strict", map("n", #""dota": {"a": "1"}"#)),
        WireProbe("POST", "\(core)/configmaps?fieldValidation=Sometimes", map("n")),
        WireProbe("POST", "\(core)/configmaps?dryRun=All", map("n"), looking: .object),
        WireProbe("POST", "\(core)/configmaps?dryRun=Some", map("n")),
        WireProbe("POST", "\(core)/configmaps", #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "n"}}"#),
        WireProbe("POST", "\(core)/configmaps", #"{"apiVersion": "v1"}"#),
        WireProbe("POST", "\(core)/configmaps", "{broken"), WireProbe("POST", "\(core)/configmaps", ""),
        WireProbe("POST", "\(core)/configmaps", map("n"), type: "text/plain"),
        WireProbe(
            "POST", "\(core)/configmaps",
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n", "namespace": "other"}}"#),
        WireProbe("POST", "/api/v1/namespaces/absent/configmaps", map("n")),
        WireProbe("POST", "/api/v1/configmaps", map("n")), WireProbe("PUT", "\(core)/configmaps", map("n")),
        WireProbe("POST", "\(core)/configmaps/m", map("m")),
        WireProbe(
            "POST", "\(core)/configmaps",
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "l", "labels": {"-a": "b c"}}}"#),
        WireProbe(
            "POST", "\(core)/secrets",
            #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}}"#,
            looking: .object),
        WireProbe(
            "POST", "\(core)/secrets",
            #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "t"}, "type": "kubernetes.io/tls"}"#),
        WireProbe(
            "POST", "\(core)/secrets",
            #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}, "data": {"a": "no base64!"}}"#),
        WireProbe("POST", "\(core)/pods", pod("p", container)),
        WireProbe("POST", "\(core)/pods", pod("q", #""containers": []"#)),
        WireProbe("POST", "\(core)/pods", pod("q", #""containers": [{"name": "c"}]"#)),
        WireProbe("POST", "\(core)/pods", pod("q", #""containers": [{"image": "i", "name": "C_"}]"#)),
        WireProbe(
            "POST", "\(core)/pods",
            pod(
                "q", #""containers": [{"image": "i", "name": "c", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]"#
            )),
        WireProbe("POST", "\(core)/pods", pod("q", #""restartPolicy": "Maybe", \#(container)"#)),
        WireProbe(
            "POST", "\(core)/pods",
            pod("q", #""containers": [{"image": "i", "name": "c", "resources": {"limits": {"cpu": "much"}}}]"#)),
        WireProbe(
            "POST", "\(core)/pods",
            pod("q", #""containers": [{"image": "i", "name": "c"}, {"image": "i", "name": "c"}]"#)),
        WireProbe("POST", "\(core)/pods", pod("q", #""containers": [{"image": "i", "name": "c", "ports": [{}]}]"#)),
        WireProbe("POST", apps, deployment("d"), looking: .object),
        WireProbe("POST", apps, deployment("e", selector: "b")),
        WireProbe("POST", apps, deployment("e", #""replicas": -1, "#)),
        WireProbe(
            "POST", apps, #"{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "e"}, "spec": {}}"#),
        WireProbe(
            "POST", batch,
            #"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": {"spec": {\#(container)}}}}"#
        ),
        WireProbe(
            "POST", "\(core)/serviceaccounts",
            #"{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "sa"}}"#, looking: .object),
        WireProbe(
            "POST", "\(core)/services",
            #"{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "svc"}, "spec": {}}"#),
    ]

    private static let reading: [WireProbe] = [
        WireProbe("POST", "\(core)/configmaps", labelled("x1", #""tier": "web""#)),
        WireProbe("POST", "\(core)/configmaps", labelled("x2", #""tier": "db""#)),
        WireProbe("GET", "\(core)/configmaps/m", looking: .object), WireProbe("GET", "\(core)/configmaps/absent"),
        WireProbe("GET", "\(core)/configmaps/absent", accept: table), WireProbe("GET", "\(apps)/absent"),
        WireProbe("GET", "\(core)/configmaps?labelSelector=tier%3Dweb", accept: table, looking: .table),
        WireProbe("GET", "\(core)/configmaps?labelSelector=tier%20in%20(web,db)", accept: table, looking: .table),
        WireProbe("GET", "\(core)/configmaps?labelSelector=%3D%3D"),
        WireProbe("GET", "\(core)/configmaps?labelSelector=tier%20within%20(a)"),
        WireProbe("GET", "\(core)/configmaps?fieldSelector=data.a%3D1"),
        WireProbe("GET", "\(core)/configmaps?fieldSelector=metadata.name%3Dx1", accept: table, looking: .table),
        WireProbe("GET", "\(core)/pods?fieldSelector=spec.image%3Dx"),
        WireProbe("GET", "\(core)/configmaps?limit=-1"), WireProbe("GET", "\(core)/configmaps?limit=many"),
        WireProbe("GET", "\(core)/configmaps?continue=nonsense"),
        WireProbe("GET", "\(core)/configmaps?resourceVersion=abc"),
        WireProbe("GET", "\(core)/configmaps?resourceVersionMatch=Exact"),
        WireProbe("GET", "\(core)/configmaps?resourceVersion=0&resourceVersionMatch=Exact"),
        WireProbe("GET", "\(core)/configmaps?resourceVersion=999999999"),
        WireProbe("GET", "\(core)/configmaps?resourceVersion=1&resourceVersionMatch=Exact"),
        WireProbe("GET", "\(core)/configmaps?watch=1&resourceVersion=abc&timeoutSeconds=1"),
        WireProbe("GET", "\(core)/configmaps?watch=1&resourceVersionMatch=Exact&timeoutSeconds=1"),
        WireProbe("GET", "\(core)/configmaps", accept: "text/html"),
        WireProbe("GET", "\(core)/secrets", accept: table, looking: .table),
        WireProbe("GET", "\(core)/serviceaccounts/sa", accept: table, looking: .table),
        WireProbe("GET", "\(core)/configmaps/m/status"), WireProbe("GET", "\(core)/pods/p/nothing"),
        WireProbe("GET", "\(apps)/d/scale", looking: .spec), WireProbe("GET", "\(apps)/absent/scale"),
        WireProbe("GET", "/apis/apps/v1/deployments/d"),
    ]

    private static let updates: [WireProbe] = [
        WireProbe("PUT", "\(core)/configmaps/m", map("m", #""data": {"a": "2"}"#), looking: .object),
        WireProbe("PUT", "\(core)/configmaps/m", map("other")),
        WireProbe(
            "PUT", "\(core)/configmaps/m",
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "resourceVersion": "1"}}"#),
        WireProbe(
            "PUT", "\(core)/configmaps/m",
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "uid": "x"}}"#),
        WireProbe("PUT", "\(core)/configmaps/absent", map("absent")),
        WireProbe("PATCH", "\(core)/configmaps/absent", "{}", type: merge),
        WireProbe("PATCH", "\(core)/configmaps/m", #"{"data": {"a": null, "b": "3"}}"#, type: merge, looking: .object),
        WireProbe("PATCH", "\(core)/configmaps/m", #"{"data": {"b": 3}}"#, type: merge),
        WireProbe("PATCH", "\(core)/configmaps/m", "[]", type: merge),
        WireProbe("PATCH", "\(core)/configmaps/m", "{}", type: "application/json"),
        WireProbe("PATCH", "\(core)/configmaps/m", "nonsense", type: json),
        WireProbe("PATCH", "\(core)/configmaps/m", #"[{"op": "test", "path": "/data/b", "value": "4"}]"#, type: json),
        WireProbe("PATCH", "\(core)/configmaps/m", #"[{"op": "remove", "path": "/data/z"}]"#, type: json),
        WireProbe("PATCH", "\(core)/configmaps/m", #"[{"op": "leap", "path": "/data/z"}]"#, type: json),
        WireProbe("PATCH", "\(core)/configmaps/m", #"{"metadata": {"name": "other"}}"#, type: merge),
        WireProbe(
            "PATCH", "\(apps)/d",
            #"{"spec": {"template": {"spec": {"containers": [{"name": "s", "image": "s:1"}]}}}}"#, type: strategic,
            looking: .spec),
        WireProbe(
            "PATCH", "\(apps)/d", #"{"spec": {"selector": {"matchLabels": {"app": "b"}}}}"#, type: merge),
        WireProbe("PATCH", "\(apps)/d?dryRun=All", #"{"spec": {"replicas": 5}}"#, type: merge, looking: .spec),
        WireProbe("PATCH", "\(apps)/d/scale", #"{"spec": {"replicas": 2}}"#, type: merge, looking: .spec),
        WireProbe("PATCH", "\(core)/pods/p", #"{"spec": {"hostNetwork": true}}"#, type: merge),
        WireProbe("PATCH", "\(core)/pods/p", #"{"spec": {"nodeName": "n"}}"#, type: merge),
        WireProbe("PATCH", "\(core)/secrets/s", #"{"type": "other"}"#, type: merge),
        WireProbe("PATCH", "\(core)/secrets/s", #"{"immutable": true}"#, type: merge),
        WireProbe("PATCH", "\(core)/secrets/s", #"{"data": {"a": "Yw=="}}"#, type: merge),
        WireProbe("PATCH", "\(core)/secrets/s", #"{"immutable": false}"#, type: merge),
        WireProbe(
            "POST", batch,
            #"{"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"suspend": true, "template": {"spec": {"restartPolicy": "Never", \#(container)}}}}"#
        ),
        WireProbe("PATCH", "\(batch)/j", #"{"spec": {"completions": 3}}"#, type: merge),
        WireProbe("PATCH", "\(batch)/j", #"{"spec": {"selector": null}}"#, type: merge),
        WireProbe("PATCH", "/api/v1/namespaces/wire", #"{"metadata": {"labels": {"a": "b"}}}"#, type: merge),
    ]

    private static let applies: [WireProbe] = [
        WireProbe("PATCH", "\(core)/configmaps/ssa", map("ssa"), type: apply),
        WireProbe("PATCH", "\(core)/configmaps/ssa?fieldManager=one", map("ssa"), type: apply, looking: .object),
        WireProbe(
            "PATCH", "\(core)/configmaps/ssa?fieldManager=two", map("ssa", #""data": {"a": "2"}"#), type: apply),
        WireProbe(
            "PATCH", "\(core)/configmaps/ssa?fieldManager=two&force=true", map("ssa", #""data": {"a": "2"}"#),
            type: apply, looking: .object),
        WireProbe("PATCH", "\(core)/configmaps/ssa?fieldManager=one", map("ssa"), type: apply),
        WireProbe(
            "PATCH", "\(core)/configmaps/ssa?fieldManager=one", map("ssa", #""data": {"b": "2"}"#), type: apply,
            looking: .object),
        WireProbe("PATCH", "\(core)/configmaps/ssa?fieldManager=one", map("ssa", #""dota": {}"#), type: apply),
        WireProbe(
            "PATCH", "\(core)/configmaps/ssa?fieldManager=one",
            #"{"metadata": {"name": "ssa"}, "data": {"a": "2"}}"#, type: apply),
        WireProbe(
            "PATCH", "\(core)/configmaps/ssa?fieldManager=one",
            #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ssa", "managedFields": [{"manager": "x"}]}}"#,
            type: apply),
        WireProbe("PATCH", "\(core)/configmaps/ssa?fieldManager=one&force=maybe", map("ssa"), type: apply),
        WireProbe("PATCH", "\(core)/configmaps/ssa?fieldManager=", "a: [", type: apply),
        WireProbe("PATCH", "\(core)/configmaps/ssa?force=true", #"{"data": {}}"#, type: merge),
        WireProbe("PATCH", "\(apps)/ssa?fieldManager=one", deployment("ssa"), type: apply, looking: .object),
        WireProbe(
            "PATCH", "\(apps)/ssa?fieldManager=two", deployment("ssa", #""replicas": 3, "#), type: apply),
        WireProbe(
            "PATCH", "\(apps)/ssa?fieldManager=one&dryRun=All",
            deployment("ssa", #""strategy": {"type": "Never"}, "#), type: apply),
        WireProbe(
            "PATCH", "\(core)/pods/ssa?fieldManager=one",
            pod("ssa", #""containers": [{"name": "c", "image": "i"}, {"name": "c", "image": "i"}]"#), type: apply),
    ]

    private static let held =
        #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/hold"]}}"#

    private static let deletions: [WireProbe] = [
        WireProbe("DELETE", "\(core)/configmaps/absent"),
        WireProbe("DELETE", "\(core)/configmaps/x1?dryRun=All"),
        WireProbe(
            "DELETE", "\(core)/configmaps/x1",
            #"{"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "x"}}"#),
        WireProbe(
            "DELETE", "\(core)/configmaps/x1",
            #"{"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Sideways"}"#),
        WireProbe("DELETE", "\(core)/configmaps/x1", looking: .outcome), WireProbe("GET", "\(core)/configmaps/x1"),
        WireProbe("POST", "\(core)/configmaps", held),
        WireProbe("DELETE", "\(core)/configmaps/held", looking: .object),
        WireProbe("DELETE", "\(core)/configmaps/held", looking: .object),
        WireProbe(
            "PATCH", "\(core)/configmaps/held", #"{"metadata": {"finalizers": ["example.com/hold", "a.b/c"]}}"#,
            type: merge),
        WireProbe("PATCH", "\(core)/configmaps/held", #"{"metadata": {"finalizers": ["nonsense"]}}"#, type: merge),
        WireProbe("PATCH", "\(core)/configmaps/held", #"{"metadata": {"finalizers": null}}"#, type: merge),
        WireProbe("GET", "\(core)/configmaps/held"),
        WireProbe("DELETE", "\(core)/configmaps?labelSelector=tier%3Ddb"),
        WireProbe("GET", "\(core)/configmaps/x2"), WireProbe("DELETE", "/api/v1/configmaps"),
        WireProbe("DELETE", "/api/v1/namespaces"),
    ]

    private static func definition(_ schema: String, name: String = "widgets.wire.example") -> String {
        #"{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "\#(name)"}, "spec": {"group": "wire.example", "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"}, "versions": [{"name": "v1", "served": true, "storage": true\#(schema)}]}}"#
    }

    private static let definitions: [WireProbe] = [
        WireProbe("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition("")),
        WireProbe(
            "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            definition(#", "schema": {"openAPIV3Schema": {"type": "object"}}"#, name: "gadgets.wire.example")),
    ]

    private static let access: [WireProbe] = [
        WireProbe(
            "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            #"{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {}}"#),
        WireProbe(
            "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/wire/rolebindings",
            #"{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "b"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "sa", "namespace": "wire"}]}"#,
            looking: .object),
        WireProbe(
            "POST", "\(core)/serviceaccounts/absent/token",
            #"{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}"#),
        WireProbe(
            "POST", "\(core)/serviceaccounts/sa/token",
            #"{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 10}}"#),
        WireProbe("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        WireProbe("DELETE", "/api/v1/namespaces/wire", looking: .outcome),
        WireProbe("POST", "\(core)/configmaps", map("late")),
    ]
}
