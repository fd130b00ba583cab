/// The objects that the add-on puts into `kube-system`: driver 1.5.6 and provider 1.8.2, as the chart would, under AKS's
/// names, with the right to write Secrets.
/// Source: AKS documentation, "Use the Azure Key Vault provider for Secrets Store CSI Driver in an AKS cluster".
struct KeyVaultAddOnObjects: Sendable {
    struct Object: Sendable {
        let path: String
        let document: JSON
    }

    /// `enableSecretRotation` and `rotationPollInterval` as the cluster's profile has them.
    let config: JSON

    private static let driver = "aks-secrets-store-csi-driver"
    private static let provider = "aks-secrets-store-provider-azure"
    private static let system = "kube-system"

    /// In the order in which they are made.
    var all: [Object] {
        accounts + roles
            + [
                object(
                    "storage.k8s.io/v1", "CSIDriver", "csidrivers", DriverInstallation.driverName,
                    ["spec": Self.csiDriver]),
                daemonSet(Self.driver, driverPod), daemonSet(Self.provider, Self.providerPod),
            ]
    }

    private var accounts: [Object] {
        [Self.driver, Self.provider].map { name in
            Object(
                path: "/api/v1/namespaces/\(Self.system)/serviceaccounts/\(name)",
                document: [
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": ["name": .string(name), "namespace": .string(Self.system), "labels": Self.labels],
                ])
        }
    }

    private var roles: [Object] {
        let classes: [JSON] = [
            rule("", ["events"], ["create", "patch"]), rule("", ["pods"], ["get", "list", "watch"]),
            rule("secrets-store.csi.x-k8s.io", ["secretproviderclasses"], ["get", "list", "watch"]),
            rule(
                "secrets-store.csi.x-k8s.io",
                ["secretproviderclasspodstatuses", "secretproviderclasspodstatuses/status"],
                ["create", "delete", "get", "list", "patch", "update", "watch"]),
            rule("storage.k8s.io", ["csidrivers"], ["get", "list", "watch"]),
        ]
        let writing = rule("", ["secrets"], ["create", "delete", "get", "list", "patch", "update", "watch"])
        let tokens = rule("", ["serviceaccounts/token"], ["create"])
        return role("aks-secretproviderclasses-role", classes) + role("aks-secretprovidersyncing-role", [writing])
            + role("aks-secretprovidertokenrequest-role", [tokens])
    }

    private func role(_ name: String, _ rules: [JSON]) -> [Object] {
        let group = "rbac.authorization.k8s.io"
        return [
            object("\(group)/v1", "ClusterRole", "clusterroles", name, ["rules": .array(rules)]),
            object(
                "\(group)/v1", "ClusterRoleBinding", "clusterrolebindings", "\(name)binding",
                [
                    "roleRef": ["apiGroup": .string(group), "kind": "ClusterRole", "name": .string(name)],
                    "subjects": [
                        [
                            "kind": "ServiceAccount", "name": .string(Self.driver),
                            "namespace": .string(Self.system),
                        ]
                    ],
                ]),
        ]
    }

    private func rule(_ group: String, _ resources: [String], _ verbs: [String]) -> JSON {
        [
            "apiGroups": [.string(group)], "resources": .array(resources.map { .string($0) }),
            "verbs": .array(verbs.map { .string($0) }),
        ]
    }

    private static let labels: JSON = [
        "kubernetes.io/cluster-service": "true", "addonmanager.kubernetes.io/mode": "Reconcile",
    ]

    private func object(_ version: String, _ kind: String, _ plural: String, _ name: String, _ content: JSON) -> Object
    {
        var document = content
        document["apiVersion"] = .string(version)
        document["kind"] = .string(kind)
        document["metadata"] = ["name": .string(name), "labels": Self.labels]
        return Object(path: "/apis/\(version)/\(plural)/\(name)", document: document)
    }

    private static let csiDriver: JSON = [
        "podInfoOnMount": true, "attachRequired": false, "volumeLifecycleModes": ["Ephemeral"],
        "tokenRequests": [["audience": .string(ProviderIdentity.workloadAudience)]],
    ]

    // MARK: The daemon sets

    private func daemonSet(_ name: String, _ pod: JSON) -> Object {
        var pod = pod
        pod["serviceAccountName"] = .string(name)
        pod["priorityClassName"] = "system-node-critical"
        pod["nodeSelector"] = ["kubernetes.io/os": "linux"]
        pod["tolerations"] = [["operator": "Exists"]]
        return Object(
            path: "/apis/apps/v1/namespaces/\(Self.system)/daemonsets/\(name)",
            document: [
                "apiVersion": "apps/v1", "kind": "DaemonSet",
                "metadata": ["name": .string(name), "namespace": .string(Self.system), "labels": Self.labels],
                "spec": [
                    "selector": ["matchLabels": ["app": .string(name)]],
                    "updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": 1]],
                    "template": [
                        "metadata": ["labels": ["app": .string(name), "kubernetes.azure.com/managedby": "aks"]],
                        "spec": pod,
                    ],
                ],
            ])
    }

    private var driverPod: JSON {
        let rotates = config["enableSecretRotation"]?.stringValue?.lowercased() == "true"
        let interval = config["rotationPollInterval"]?.stringValue ?? "2m"
        return [
            "containers": [
                [
                    "name": "secrets-store",
                    "image": "mcr.microsoft.com/oss/v2/kubernetes-csi/secrets-store/driver:v1.5.6",
                    "args": [
                        "--endpoint=$(CSI_ENDPOINT)", "--nodeid=$(KUBE_NODE_NAME)",
                        "--provider-volume=/var/run/secrets-store-csi-providers",
                        "--additional-provider-volume-paths=/etc/kubernetes/secrets-store-csi-providers",
                        .string("--enable-secret-rotation=\(rotates)"),
                        .string("--rotation-poll-interval=\(interval)"), "--metrics-addr=:8095",
                        "--provider-health-check-interval=2m",
                    ],
                    "env": [
                        ["name": "CSI_ENDPOINT", "value": "unix:///csi/csi.sock"],
                        [
                            "name": "KUBE_NODE_NAME",
                            "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": "spec.nodeName"]],
                        ],
                    ],
                    "securityContext": ["privileged": true],
                    "volumeMounts": [["name": "providers-dir", "mountPath": "/var/run/secrets-store-csi-providers"]],
                ]
            ],
            "volumes": [Self.providers("providers-dir")],
        ]
    }

    private static let providerPod: JSON = [
        "hostNetwork": true,
        "containers": [
            [
                "name": "provider-azure-installer",
                "image": "mcr.microsoft.com/oss/v2/azure/secrets-store/provider-azure:v1.8.2",
                "args": [
                    "--endpoint=unix:///provider/azure.sock", "--construct-pem-chain=true", "--healthz-port=8989",
                    "--healthz-path=/healthz", "--healthz-timeout=5s",
                ],
                "volumeMounts": [["name": "providervol", "mountPath": "/provider"]],
            ]
        ],
        "volumes": [providers("providervol")],
    ]

    private static func providers(_ name: String) -> JSON {
        [
            "name": .string(name),
            "hostPath": ["path": "/var/run/secrets-store-csi-providers", "type": "DirectoryOrCreate"],
        ]
    }
}
