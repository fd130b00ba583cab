/// The field numbers of the kinds that kubectl and Helm send in protocol buffers.
/// Source: the `generated.proto` files of k8s.io/api and k8s.io/apimachinery, v0.33.
enum ProtobufShapes {
    static let byKind: [String: ProtobufShape] = [
        "Namespace": [
            "1": meta, "2": ("spec", .message { ["1": ("finalizers", .list(.string))] }), "3": status,
        ],
        "Secret": [
            "1": meta, "2": ("data", .map(.bytes)), "3": ("type", .string), "4": ("stringData", .map(.string)),
            "5": ("immutable", .bool),
        ],
        "ConfigMap": [
            "1": meta, "2": ("data", .map(.string)), "3": ("binaryData", .map(.bytes)), "4": ("immutable", .bool),
        ],
        "ServiceAccount": [
            "1": meta, "2": ("secrets", .list(.message { reference })),
            "3": ("imagePullSecrets", .list(.message { ["1": ("name", .string)] })),
            "4": ("automountServiceAccountToken", .bool),
        ],
        "Role": ["1": meta, "2": ("rules", .list(.message { rule }))],
        "ClusterRole": [
            "1": meta, "2": ("rules", .list(.message { rule })),
            "3": ("aggregationRule", .message { ["1": ("clusterRoleSelectors", .list(.message { labelSelector }))] }),
        ],
        "RoleBinding": binding,
        "ClusterRoleBinding": binding,
        "SelfSubjectAccessReview": [
            "1": meta,
            "2": (
                "spec",
                .message {
                    [
                        "1": ("resourceAttributes", .message { resourceAttributes }),
                        "2": ("nonResourceAttributes", .message { ["1": ("path", .string), "2": ("verb", .string)] }),
                    ]
                }
            ),
            "3": status,
        ],
        "SelfSubjectRulesReview": [
            "1": meta, "2": ("spec", .message { ["1": ("namespace", .string)] }), "3": status,
        ],
        "SelfSubjectReview": ["1": meta, "2": status],
        "Pod": ["1": meta, "2": ("spec", .message { podSpec }), "3": status],
        "Deployment": ["1": meta, "2": ("spec", .message { deploymentSpec }), "3": status],
        "Job": ["1": meta, "2": ("spec", .message { jobSpec }), "3": status],
        "CronJob": ["1": meta, "2": ("spec", .message { cronJobSpec }), "3": status],
        "TokenRequest": [
            "1": meta,
            "2": ("spec", .message { ["1": ("audiences", .list(.string)), "4": ("expirationSeconds", .int)] }),
            "3": status,
        ],
        "Eviction": ["1": meta, "2": ("deleteOptions", .message { deleteOptions })],
        "DeleteOptions": deleteOptions,
    ]

    private static var meta: (name: String, type: ProtobufType) { ("metadata", .message { objectMeta }) }

    private static var status: (name: String, type: ProtobufType) { ("status", .ignored) }

    private static var binding: ProtobufShape {
        [
            "1": meta,
            "2": (
                "subjects",
                .list(
                    .message {
                        [
                            "1": ("kind", .string), "2": ("apiGroup", .string), "3": ("name", .string),
                            "4": ("namespace", .string),
                        ]
                    })
            ),
            "3": (
                "roleRef",
                .message { ["1": ("apiGroup", .string), "2": ("kind", .string), "3": ("name", .string)] }
            ),
        ]
    }

    static var objectMeta: ProtobufShape {
        [
            "1": ("name", .string), "2": ("generateName", .string), "3": ("namespace", .string),
            "4": ("selfLink", .ignored), "5": ("uid", .string),
            "6": ("resourceVersion", .string), "7": ("generation", .int), "8": ("creationTimestamp", .time),
            "9": ("deletionTimestamp", .time), "10": ("deletionGracePeriodSeconds", .int),
            "11": ("labels", .map(.string)), "12": ("annotations", .map(.string)),
            "13": ("ownerReferences", .list(.message { ownerReference })), "14": ("finalizers", .list(.string)),
            "17": ("managedFields", .ignored),
        ]
    }

    private static var ownerReference: ProtobufShape {
        [
            "1": ("kind", .string), "3": ("name", .string), "4": ("uid", .string), "5": ("apiVersion", .string),
            "6": ("controller", .bool), "7": ("blockOwnerDeletion", .bool),
        ]
    }

    private static var reference: ProtobufShape {
        [
            "1": ("kind", .string), "2": ("namespace", .string), "3": ("name", .string), "4": ("uid", .string),
            "5": ("apiVersion", .string), "6": ("resourceVersion", .string), "7": ("fieldPath", .string),
        ]
    }

    private static var rule: ProtobufShape {
        [
            "1": ("verbs", .list(.string)), "2": ("apiGroups", .list(.string)), "3": ("resources", .list(.string)),
            "4": ("resourceNames", .list(.string)), "5": ("nonResourceURLs", .list(.string)),
        ]
    }

    static var labelSelector: ProtobufShape {
        let expression: ProtobufShape = [
            "1": ("key", .string), "2": ("operator", .string), "3": ("values", .list(.string)),
        ]
        return ["1": ("matchLabels", .map(.string)), "2": ("matchExpressions", .list(.message { expression }))]
    }

    private static var resourceAttributes: ProtobufShape {
        [
            "1": ("namespace", .string), "2": ("verb", .string), "3": ("group", .string), "4": ("version", .string),
            "5": ("resource", .string), "6": ("subresource", .string), "7": ("name", .string),
        ]
    }

    private static var deleteOptions: ProtobufShape {
        [
            "1": ("gracePeriodSeconds", .int),
            "2": ("preconditions", .message { ["1": ("uid", .string), "2": ("resourceVersion", .string)] }),
            "3": ("orphanDependents", .bool), "4": ("propagationPolicy", .string), "5": ("dryRun", .list(.string)),
            "6": ("ignoreStoreReadErrorWithClusterBreakingPotential", .ignored),
        ]
    }
}
