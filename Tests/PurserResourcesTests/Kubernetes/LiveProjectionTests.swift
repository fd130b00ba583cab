import PurserEngine
import Testing

@testable import PurserResources

@Suite struct LiveProjectionTests {
    private let known: Value = [
        "containers": [
            ["name": "web", "image": "web:1", "resources": ["requests": ["cpu": "1000m", "memory": "1024Mi"]]],
            ["name": "side", "image": "side:1"],
        ],
        "tolerations": [["key": "spot", "operator": "Exists"]],
        "terminationGracePeriodSeconds": 5,
    ]

    private let live: Value = [
        "containers": [
            ["name": "side", "image": "side:1", "imagePullPolicy": "IfNotPresent"],
            [
                "name": "web", "image": "web:1", "terminationMessagePath": "/dev/termination-log",
                "resources": ["requests": ["cpu": "1", "memory": "1Gi"]],
            ],
        ],
        "tolerations": [
            ["key": "node.kubernetes.io/not-ready", "operator": "Exists", "tolerationSeconds": 300],
            ["key": "spot", "operator": "Exists"],
        ],
        "terminationGracePeriodSeconds": 5, "nodeName": "node-1", "dnsPolicy": "ClusterFirst",
    ]

    @Test func `what the server adds and how it writes quantities is no drift`() {
        #expect(LiveProjection.project(live, onto: known) == known)
    }

    @Test func `a changed leaf shows its live value`() throws {
        let changed = live.replacing(["terminationGracePeriodSeconds"]) { _ in 30 }
        let projected = LiveProjection.project(changed, onto: known)
        #expect(projected == known.replacing(["terminationGracePeriodSeconds"]) { _ in 30 })
    }

    @Test func `a missing leaf and a missing element are left out`() {
        let less: Value = ["containers": [["name": "web"]]]
        #expect(LiveProjection.project(less, onto: known) == ["containers": [["name": "web"]]])
    }

    @Test func `an element without a name is found by what it says`() {
        let live: Value = [["key": "a", "effect": "NoSchedule"], ["key": "b"]]
        #expect(LiveProjection.project(live, onto: [["key": "b"]]) == [["key": "b"]])
    }

    @Test func `a list of plain values is taken as it is`() {
        #expect(LiveProjection.project(["a", "c"], onto: ["a", "b"]) == ["a", "c"])
    }

    @Test func `labels of others are not ours to see`() {
        let live: Value = ["app": "web", "team": "x"]
        #expect(LiveProjection.project(live, ontoKeysOf: ["app": "old"], nil) == ["app": "web"])
        #expect(LiveProjection.project(live, ontoKeysOf: nil, ["team": "y"]) == ["team": "x"])
        #expect(LiveProjection.project(live, ontoKeysOf: nil, nil) == nil)
        #expect(LiveProjection.project(nil, ontoKeysOf: ["app": "old"]) == [:])
    }

    @Test(arguments: [("100m", "0.1"), ("1Gi", "1024Mi"), ("1k", "1000"), ("2", "2000m"), ("1e3", "1k")])
    func `quantities are compared by amount`(one: String, other: String) {
        #expect(Quantity.isSame(one, other))
    }

    @Test func `different amounts are different`() {
        #expect(!Quantity.isSame("100m", "200m"))
        #expect(!Quantity.isSame("1Gi", "1G"))
        #expect(!Quantity.isSame("x", "1"))
    }
}
