import PurserEngine
import PurserSyntax
import PurserTestSupport
import Testing

@Suite struct PlannerTests {
    private static let base = """
        boxes:
          outer: {size: 2, label: big}
          inner: {inside: outer, key: {env: KEY}, items: {pearl: {content: white}}}
        marks:
          m: {box: outer, text: hello}

        """

    private func applied(_ sections: String = base) async throws -> EngineHarness {
        let harness = EngineHarness()
        #expect(try await harness.apply(sections).ending == .done)
        await harness.world.clearCalls()
        return harness
    }

    private let outerKey = ScriptedWorld.Key(kind: "test/box", name: "outer")

    @Test func `all is created where nothing is`() async throws {
        let plan = try await EngineHarness().plan(Self.base).plan
        #expect(
            plan.lines == [
                "create boxes/inner", "create boxes/inner/items/pearl", "create boxes/outer", "create marks/m",
            ])
        #expect(plan.changes.first { $0.address == Address("marks/m") }?.after?.values["box"]?["id"] == .unknown)
    }

    @Test func `a plan after an apply is empty and writes nothing`() async throws {
        let harness = try await applied()
        #expect(try await harness.plan(Self.base).plan.lines == [])
        #expect(await harness.world.writes.isEmpty)
    }

    @Test func `without refresh nothing is asked of the service`() async throws {
        let harness = try await applied()
        #expect(try await harness.plan(Self.base, refresh: false).plan.lines == [])
        #expect(await harness.world.calls.isEmpty)
    }

    @Test func `an attribute that may change is updated in place`() async throws {
        let harness = try await applied()
        let plan = try await harness.plan(Self.base.replacing("size: 2", with: "size: 3")).plan
        #expect(plan.lines == ["update boxes/outer [size]"])
        let change = try #require(plan.changes.first { $0.action == .update })
        #expect(change.reasons == [.differs])
        #expect(change.differences == [Difference(path: "size", before: 2, after: 3, effect: .updates)])
    }

    /// Says of an observed resource what its service told besides.
    private func saying(_ address: String, _ change: @escaping (inout Observation) -> Void) -> (inout Observations) ->
        Void
    {
        { observations in
            guard case .present(var observation) = observations[Address(address)] else { return }
            change(&observation)
            observations.findings[Address(address)] = .present(observation)
        }
    }

    @Test func `what the service says of a difference counts, and not how it writes what is there`() async throws {
        let harness = try await applied()
        let wanted = Self.base.replacing("size: 2", with: "size: 3")
        let same = try await harness.plan(
            wanted,
            seeing: saying("boxes/outer") { seen in
                var compared = seen.attributes
                compared.values["size"] = 3
                seen.compared = compared
            }
        ).plan
        #expect(same.lines == [])
        #expect(same.drift == [])
    }

    @Test func `a field of another owner stops the plan, or is taken where that is asked for`() async throws {
        let harness = try await applied()
        let wanted = Self.base.replacing("size: 2", with: "size: 3")
        let conflicts = saying("boxes/outer") { seen in
            seen.conflicts = [
                FieldConflict(field: ".spec.size", owner: "autoscaler"), FieldConflict(field: ".spec.x", owner: "helm"),
            ]
        }
        let refused = await #expect(throws: Diagnostics.self) { try await harness.plan(wanted, seeing: conflicts) }
        let problem = try #require(refused?.errors.first)
        #expect(problem.code == .fieldConflict)
        #expect(problem.message == "boxes/outer wants fields otherwise than their owners")
        #expect(
            problem.notes.map(\.message) == [".spec.size is owned by autoscaler", ".spec.x is owned by helm"])
        var options = Planner.Options()
        options.forcesConflicts = true
        let plan = try await harness.plan(wanted, options: options, seeing: conflicts).plan
        let change = try #require(plan.changes.first { $0.address == Address("boxes/outer") })
        #expect(change.notes == ["takes .spec.size from autoscaler", "takes .spec.x from helm"])
        #expect(
            try await harness.plan(Self.base, seeing: conflicts).plan.lines == [],
            "nothing is taken where nothing changes")
    }

    @Test func `an attribute that may not change replaces the resource and what stands in it`() async throws {
        let harness = try await applied()
        let plan = try await harness.plan(Self.base.replacing("label: big", with: "label: big, colour: red")).plan
        #expect(
            plan.lines == [
                "replace boxes/inner [inside.id]", "replace boxes/inner/items/pearl [box.id]",
                "replace boxes/outer [colour]", "replace marks/m [box.id]",
            ])
        let outer = try #require(plan.changes.first { $0.address == Address("boxes/outer") })
        #expect(outer.reasons == [.immutable(path: "colour")])
        let inner = try #require(plan.changes.first { $0.address == Address("boxes/inner") })
        #expect(inner.reasons.contains(.forced(by: Address("boxes/outer"))))
    }

    @Test func `what the spec no longer has is deleted`() async throws {
        let harness = try await applied()
        let plan = try await harness.plan("boxes: {outer: {size: 2, label: big}}\n").plan
        #expect(plan.lines == ["delete boxes/inner", "delete boxes/inner/items/pearl", "delete marks/m"])
        #expect(plan.changes.first?.reasons == [.removedFromSpec])
    }

    @Test func `a resource under another address is moved, not made again`() async throws {
        let harness = try await applied("boxes: {old: {name: real}}\n")
        let plan = try await harness.plan("boxes: {new: {name: real}}\n").plan
        #expect(plan.lines == ["update boxes/new from boxes/old"])
        #expect(plan.changes.first?.reasons == [.renamed(from: Address("boxes/old"))])
        try await harness.apply("boxes: {new: {name: real}}\n")
        #expect(try await harness.plan("boxes: {new: {name: real}}\n").plan.lines == [])
        #expect(await harness.world.writes.map(\.method) == [.update])
        #expect(await harness.backend.load()?.resources.keys.map(\.description) == ["boxes/new"])
    }

    @Test func `a change made by others is drift, and is put right`() async throws {
        let harness = try await applied()
        var object = try #require(await harness.world.objects[outerKey])
        object.attributes.values["label"] = "painted over"
        await harness.world.put(outerKey, object)
        let plan = try await harness.plan(Self.base).plan
        #expect(plan.lines == ["update boxes/outer [label]"])
        #expect(plan.changes.first { $0.action == .update }?.reasons == [.driftedFromRecord])
        #expect(plan.drift.map(\.address) == [Address("boxes/outer")])
    }

    @Test func `what disappeared is created again`() async throws {
        let harness = try await applied()
        let id = await harness.world.objects[outerKey]?.attributes.values["id"]?.string
        await harness.world.put(ScriptedWorld.Key(kind: "test/mark", name: try #require(id)), nil)
        let plan = try await harness.plan(Self.base).plan
        #expect(plan.lines == ["create marks/m"])
        #expect(plan.changes.first { $0.action == .create }?.reasons == [.goneFromService])
    }

    @Test func `a secret of another value is an update that shows nothing of it`() async throws {
        let harness = try await applied()
        let plan = try await harness.plan(Self.base.replacing("env: KEY", with: "env: OTHER")).plan
        #expect(plan.lines == ["update boxes/inner [key]"])
        let difference = try #require(plan.changes.first { $0.action == .update }?.differences.first)
        #expect(difference.isSensitive && difference.before == nil && difference.after == nil)
    }

    @Test func `a generated secret that is there is no change`() async throws {
        let harness = try await applied("boxes: {b: {key: {generate: {length: 20}}}}\n")
        #expect(try await harness.plan("boxes: {b: {key: {generate: {length: 20}}}}\n").plan.lines == [])
    }

    @Test func `what is ours and not recorded is adopted, what is another's is an error`() async throws {
        let harness = EngineHarness()
        let key = ScriptedWorld.Key(kind: "test/box", name: "b")
        let attributes = Attributes(["name": "b", "size": 1, "id": "b-1", "version": "b-1"])
        let ours = Owner(environment: "test", address: Address("boxes/b"))
        await harness.world.put(key, ScriptedWorld.Object(attributes, owner: ours))
        #expect(try await harness.plan("boxes: {b: {}}\n").plan.lines == ["adopt boxes/b"])
        await harness.world.put(key, ScriptedWorld.Object(attributes, owner: nil))
        let error = await #expect(throws: Diagnostics.self) { try await harness.plan("boxes: {b: {}}\n") }
        #expect(error?.items.map(\.code) == [.alreadyExists])
    }

    @Test func `what exists is read and never changed`() async throws {
        let harness = EngineHarness()
        let key = ScriptedWorld.Key(kind: "test/box", name: "shared")
        await harness.world.put(
            key, ScriptedWorld.Object(Attributes(["name": "shared", "size": 9, "id": "shared-7", "version": "v"])))
        let sections = "boxes: {shared: {existing: true}, mine: {needs: [shared]}}\n"
        let plan = try await harness.plan(sections).plan
        #expect(plan.lines == ["create boxes/mine"])
        #expect(plan.changes.last?.action == .read)
        #expect(plan.changes.first?.after?.values["needs"] == [["id": "shared-7"]])
        try await harness.apply(sections)
        try await harness.apply(nil)
        #expect(await harness.world.objects.keys.map(\.name) == ["shared"])
        await harness.world.put(key, nil)
        let error = await #expect(throws: Diagnostics.self) { try await harness.plan(sections) }
        #expect(error?.items.map(\.code) == [.existingNotFound])
    }

    @Test func `what was used as it is does not become the environment's own by a word in the spec`() async throws {
        let harness = EngineHarness()
        let key = ScriptedWorld.Key(kind: "test/box", name: "b")
        let attributes = Attributes(["name": "b", "size": 9, "id": "b-1", "version": "b-1"])
        await harness.world.put(key, ScriptedWorld.Object(attributes))
        try await harness.apply("boxes: {b: {existing: true}}\n")
        for refreshes in [true, false] {
            let error = await #expect(throws: Diagnostics.self) {
                try await harness.plan("boxes: {b: {size: 1}}\n", refresh: refreshes)
            }
            #expect(error?.items.map(\.code) == [.alreadyExists])
        }
        let ours = Owner(environment: "test", address: Address("boxes/b"))
        await harness.world.put(key, ScriptedWorld.Object(attributes, owner: ours))
        #expect(try await harness.plan("boxes: {b: {size: 9}}\n").plan.lines == ["adopt boxes/b"])
        try await harness.apply("boxes: {b: {size: 9}}\n")
        try await harness.apply(nil)
        #expect(await harness.world.objects.isEmpty)
    }

    @Test func `a protected resource is neither deleted nor replaced`() async throws {
        let harness = try await applied("boxes: {b: {protect: true}}\n")
        let replaced = await #expect(throws: Diagnostics.self) {
            try await harness.plan("boxes: {b: {protect: true, colour: red}}\n")
        }
        #expect(replaced?.items.map(\.code) == [.protectedResource])
        let deleted = await #expect(throws: Diagnostics.self) { try await harness.plan(nil) }
        #expect(deleted?.items.map(\.code) == [.protectedResource])
    }

    @Test func `what the service would refuse in any case is an error of the plan`() async throws {
        let harness = try await applied("boxes: {b: {label: bolted}}\n")
        #expect(try await harness.plan("boxes: {b: {label: bolted}}\n").plan.lines == [])
        for change in ["label: other", "label: bolted, colour: red"] {
            let refused = await #expect(throws: Diagnostics.self) {
                try await harness.plan("boxes: {b: {\(change)}}\n")
            }
            #expect(refused?.items.map(\.code) == [.obstacle])
            #expect(refused?.items.first?.hint == "delete the box first")
        }
    }

    @Test func `a protection that is added or dropped changes only the record`() async throws {
        let harness = try await applied("boxes: {b: {}}\n")
        #expect(try await harness.plan("boxes: {b: {protect: true}}\n").plan.lines == ["update boxes/b [protect]"])
        try await harness.apply("boxes: {b: {protect: true}}\n")
        #expect(await harness.world.writes.isEmpty)
        await #expect(throws: Diagnostics.self) { try await harness.plan(nil) }
        try await harness.apply("boxes: {b: {protect: false}}\n")
        #expect(try await harness.plan(nil).plan.lines == ["delete boxes/b"])
    }

    @Test func `a resource to be retained is forgotten`() async throws {
        let harness = try await applied("boxes: {b: {onDestroy: retain}}\n")
        #expect(try await harness.plan(nil).plan.lines == ["forget boxes/b"])
        try await harness.apply(nil)
        #expect(await harness.world.objects.count == 1)
        #expect(await harness.backend.load()?.resources.isEmpty == true)
    }

    @Test func `a soft-deleted resource is recovered`() async throws {
        let harness = try await applied()
        try await harness.apply(Self.base.replacing(", items: {pearl: {content: white}}", with: ""))
        let plan = try await harness.plan(Self.base).plan
        #expect(plan.lines == ["recover boxes/inner/items/pearl"])
        #expect(plan.changes.first { $0.action == .recover }?.reasons == [.softDeleted])
        #expect(try await harness.apply(Self.base).ending == .done)
        #expect(try await harness.plan(Self.base).plan.lines == [])
    }

    @Test func `a target takes along what it needs, and an exclusion what needs it`() async throws {
        var options = Planner.Options()
        options.targets = [Address("boxes/inner")]
        let targeted = try await EngineHarness().plan(Self.base, options: options).plan
        #expect(targeted.lines == ["create boxes/inner", "create boxes/inner/items/pearl", "create boxes/outer"])
        options = Planner.Options()
        options.excluded = [Address("boxes/inner")]
        let excluded = try await EngineHarness().plan(Self.base, options: options).plan
        #expect(excluded.lines == ["create boxes/outer", "create marks/m"])
    }

    @Test func `replacement can be asked for`() async throws {
        let harness = try await applied()
        var options = Planner.Options()
        options.replaced = [Address("marks/m")]
        let plan = try await harness.plan(Self.base, options: options).plan
        #expect(plan.lines == ["replace marks/m"])
        #expect(plan.changes.first { $0.action == .replace }?.reasons == [.requested])
    }
}
