import PurserEngine
import Testing

@testable import PurserResources

@Suite struct ProgressTests {
    @Test func `a pod with the condition Ready is ready`() {
        #expect(
            PodProgress.of(["status": ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]]])
                == .ready)
    }

    @Test func `a pod that ended well is ready`() {
        #expect(PodProgress.of(["status": ["phase": "Succeeded"]]) == .ready)
    }

    @Test func `a failed pod tells the exit code of its container`() {
        let pod: Value = [
            "status": [
                "phase": "Failed",
                "containerStatuses": [["name": "web", "state": ["terminated": ["exitCode": 3]]]],
            ]
        ]
        #expect(PodProgress.of(pod) == .failed("container 'web' ended with exit code 3"))
    }

    @Test func `a pod whose image cannot be pulled waits for that`() {
        let pod: Value = [
            "status": [
                "phase": "Pending",
                "containerStatuses": [
                    ["name": "web", "state": ["waiting": ["reason": "ImagePullBackOff", "message": "no such image"]]]
                ],
            ]
        ]
        #expect(PodProgress.of(pod) == .waiting("container 'web' is in ImagePullBackOff: no such image"))
    }

    @Test func `a deployment is ready when all pods are new and available`() {
        func deployment(_ updated: Int, _ total: Int, _ available: Int, observed: Int = 2) -> Progress {
            WorkloadProgress.of(
                [
                    "metadata": ["generation": 2], "spec": ["replicas": 2],
                    "status": [
                        "observedGeneration": .integer(observed), "updatedReplicas": .integer(updated),
                        "replicas": .integer(total), "availableReplicas": .integer(available),
                    ],
                ], .deployment)
        }
        #expect(deployment(2, 2, 2) == .ready)
        #expect(deployment(2, 2, 2, observed: 1) == .waiting("its controller has not seen the change yet"))
        #expect(deployment(1, 3, 2) == .waiting("1 of 2 pods are of the new version"))
        #expect(deployment(2, 3, 2) == .waiting("1 former pods are still there"))
        #expect(deployment(2, 2, 1) == .waiting("1 of 2 pods are ready"))
    }

    @Test(
        arguments: [
            (.deployment, ["spec": ["paused": true]]),
            (.job, ["spec": ["suspend": true]]),
            (.job, ["spec": ["parallelism": 0]]),
            (
                .statefulSet,
                [
                    "spec": ["replicas": 3, "updateStrategy": ["rollingUpdate": ["partition": 2]]],
                    "status": [
                        "updateRevision": "b", "currentRevision": "a", "updatedReplicas": 1, "readyReplicas": 3,
                    ],
                ]
            ),
            (
                .statefulSet,
                [
                    "spec": ["replicas": 1, "updateStrategy": ["type": "OnDelete"]],
                    "status": ["updateRevision": "b", "currentRevision": "a", "readyReplicas": 1],
                ]
            ),
            (
                .daemonSet,
                [
                    "spec": ["updateStrategy": ["type": "OnDelete"]],
                    "status": ["desiredNumberScheduled": 2, "updatedNumberScheduled": 0, "numberReady": 2],
                ]
            ),
        ] as [(WorkloadKind, Value)])
    func `what is wanted to stand still is not waited for`(kind: WorkloadKind, object: Value) {
        #expect(WorkloadProgress.of(object, kind) == .ready)
    }

    @Test func `the pods above a partition are waited for`() {
        let live: Value = [
            "spec": ["replicas": 3, "updateStrategy": ["rollingUpdate": ["partition": 1]]],
            "status": ["updateRevision": "b", "currentRevision": "a", "updatedReplicas": 1, "readyReplicas": 3],
        ]
        #expect(WorkloadProgress.of(live, .statefulSet) == .waiting("1 of 2 pods are of the new version"))
    }

    @Test func `a container between two starts tells how it ended`() {
        let pod: Value = [
            "status": [
                "phase": "Running",
                "containerStatuses": [["name": "web", "state": ["terminated": ["exitCode": 7]]]],
                "conditions": [
                    ["type": "Ready", "status": "False", "message": "containers with unready status: [web]"]
                ],
            ]
        ]
        #expect(PodProgress.of(pod) == .waiting("container 'web' ended with exit code 7"))
    }

    @Test func `a rollout past its deadline has failed`() {
        let live: Value = [
            "status": [
                "conditions": [["type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "stuck"]]
            ]
        ]
        #expect(WorkloadProgress.of(live, .deployment) == .failed("stuck"))
    }

    @Test func `a job is ready as soon as a pod of it runs, and failed when it says so`() {
        #expect(WorkloadProgress.of(["status": ["ready": 1]], .job) == .ready)
        #expect(WorkloadProgress.of(["status": [:]], .job) == .waiting("no pod of it runs yet"))
        let failed: Value = ["status": ["conditions": [["type": "Failed", "status": "True", "message": "backoff"]]]]
        #expect(WorkloadProgress.of(failed, .job) == .failed("backoff"))
    }
}
