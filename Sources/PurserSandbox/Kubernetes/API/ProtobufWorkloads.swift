/// The parts of workloads that `kubectl create deployment`, `create job` and `create cronjob` send. A body with more than
/// these is answered with 415 rather than taken without them.
/// Source: the `generated.proto` files of k8s.io/api, v0.33.
extension ProtobufShapes {
    static var deploymentSpec: ProtobufShape {
        [
            "1": ("replicas", .int), "2": ("selector", .message { labelSelector }),
            "3": ("template", .message { podTemplate }), "4": ("strategy", .message { ["1": ("type", .string)] }),
            "5": ("minReadySeconds", .int), "6": ("revisionHistoryLimit", .int), "7": ("paused", .bool),
            "9": ("progressDeadlineSeconds", .int),
        ]
    }

    static var jobSpec: ProtobufShape {
        [
            "1": ("parallelism", .int), "2": ("completions", .int), "3": ("activeDeadlineSeconds", .int),
            "4": ("selector", .message { labelSelector }), "5": ("manualSelector", .bool),
            "6": ("template", .message { podTemplate }), "7": ("backoffLimit", .int),
            "8": ("ttlSecondsAfterFinished", .int), "9": ("completionMode", .string), "10": ("suspend", .bool),
        ]
    }

    static var cronJobSpec: ProtobufShape {
        [
            "1": ("schedule", .string), "2": ("startingDeadlineSeconds", .int), "3": ("concurrencyPolicy", .string),
            "4": ("suspend", .bool),
            "5": (
                "jobTemplate",
                .message { ["1": ("metadata", .message { objectMeta }), "2": ("spec", .message { jobSpec })] }
            ),
            "6": ("successfulJobsHistoryLimit", .int), "7": ("failedJobsHistoryLimit", .int),
            "8": ("timeZone", .string),
        ]
    }

    static var podSpec: ProtobufShape {
        [
            "2": ("containers", .list(.message { container })), "3": ("restartPolicy", .string),
            "4": ("terminationGracePeriodSeconds", .int), "5": ("activeDeadlineSeconds", .int),
            "6": ("dnsPolicy", .string), "7": ("nodeSelector", .map(.string)), "8": ("serviceAccountName", .string),
            "9": ("serviceAccount", .string), "10": ("nodeName", .string), "11": ("hostNetwork", .bool),
            "12": ("hostPID", .bool), "13": ("hostIPC", .bool), "16": ("hostname", .string),
            "17": ("subdomain", .string), "19": ("schedulerName", .string),
            "20": ("initContainers", .list(.message { container })), "24": ("priorityClassName", .string),
            "21": ("automountServiceAccountToken", .bool), "30": ("enableServiceLinks", .bool),
        ]
    }

    private static var podTemplate: ProtobufShape {
        ["1": ("metadata", .message { objectMeta }), "2": ("spec", .message { podSpec })]
    }

    private static var container: ProtobufShape {
        [
            "1": ("name", .string), "2": ("image", .string), "3": ("command", .list(.string)),
            "4": ("args", .list(.string)), "5": ("workingDir", .string), "6": ("ports", .list(.message { port })),
            "7": ("env", .list(.message { ["1": ("name", .string), "2": ("value", .string)] })),
            "9": ("volumeMounts", .list(.message { volumeMount })), "13": ("terminationMessagePath", .string),
            "14": ("imagePullPolicy", .string), "16": ("stdin", .bool), "17": ("stdinOnce", .bool),
            "18": ("tty", .bool),
            "20": ("terminationMessagePolicy", .string),
        ]
    }

    private static var port: ProtobufShape {
        [
            "1": ("name", .string), "2": ("hostPort", .int), "3": ("containerPort", .int), "4": ("protocol", .string),
            "5": ("hostIP", .string),
        ]
    }

    private static var volumeMount: ProtobufShape {
        ["1": ("name", .string), "2": ("readOnly", .bool), "3": ("mountPath", .string), "4": ("subPath", .string)]
    }
}
