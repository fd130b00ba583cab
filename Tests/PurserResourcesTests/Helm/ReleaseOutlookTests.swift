import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

/// What a plan tells of a release before anything is done; Helm's answers are scripted.
@Suite struct ReleaseOutlookTests {
    private let helm = FakeHelm()
    private let cluster = FakeCluster()
    private let test = TestOperation("releases/csi")
    private let desired = Attributes([
        "name": "csi", "namespace": "csi", "chart": "csi", "repository": "https://charts.test", "version": "1.0.0",
        "timeout": "2m", "status": "deployed", "values": ["a": 1],
    ])

    private static func map(_ value: String, more: String = "") -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {value: \(value)}\n\(more)"
    }

    private static func definition(_ name: String, keep: Bool = false) -> String {
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: \(name)"
            + (keep ? ", annotations: {helm.sh/resource-policy: keep}}\n" : "}\n")
    }

    private static func hook(_ events: String, name: String = "work") -> String {
        "---\napiVersion: batch/v1\nkind: Job\n"
            + "metadata: {name: \(name), annotations: {helm.sh/hook: \"\(events)\"}}\n"
    }

    private func release() async throws -> Release {
        let clients = try await cluster.clients(helm: helm)
        return Release(helm: clients.helm, kubernetes: clients.kubernetes, polling: clients.polling)
    }

    /// What is there after an apply of version 1.0.0, and the prospect of another wish.
    private func prospect(
        _ change: (inout Attributes) -> Void, before: () -> Void = {}
    ) async throws -> (made: Attributes, prospect: Prospect) {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        before()
        var wanted = desired
        change(&wanted)
        return (made, try #require(await release.prospect(made, wanted: wanted, test.operation)))
    }

    @Test func `an upgrade is told object by object, against the release as it is`() async throws {
        helm.render("2.0.0", Self.map("new"))
        helm.keep(manifest: Self.map("live"))
        let (_, prospect) = try await prospect { $0[Release.version] = "2.0.0" }
        let change = try #require(prospect.objects.changes.first)
        #expect(prospect.objects.changes.count == 1)
        #expect(change.object.text == "ConfigMap m")
        #expect(
            change.differences == [
                Difference(path: "data.value", before: "live", after: "new", effect: .updates)
            ])
        #expect(prospect.outputs[Release.digest] != nil)
        #expect(prospect.differences == [])
        #expect(prospect.notes == [])
        let template = try #require(helm.calls.last { $0.first == "template" })
        #expect(template.contains("--is-upgrade"))
    }

    @Test func `where nothing else is asked for, nothing is rendered`() async throws {
        let (made, prospect) = try await prospect { _ in }
        #expect(prospect == Prospect(outputs: Attributes(["digest": made.values["digest"] ?? .null])))
        #expect(!helm.calls.contains { $0.first == "template" })
    }

    @Test func `a null in the values is something else than nothing`() async throws {
        helm.render("1.0.0", Self.map("without"))
        helm.keep(manifest: Self.map("with"))
        let (_, prospect) = try await prospect { $0.values["values"] = ["a": 1, "b": .null] }
        #expect(prospect.objects.changes.count == 1)
    }

    @Test func `another archive under the same version is a difference`() async throws {
        helm.render("1.0.0", Self.map("new"))
        helm.keep(manifest: Self.map("old"))
        let (made, prospect) = try await prospect({ _ in }, before: { helm.give("another archive") })
        let difference = try #require(prospect.differences.first)
        #expect(difference.path == "digest")
        #expect(difference.before == made.values["digest"])
        #expect(difference.after == prospect.outputs.values["digest"])
        #expect(prospect.notes.contains { $0.contains("holds something else than it did when version 1.0.0") })
        #expect(prospect.objects.changes.count == 1)
    }

    @Test func `a chart that cannot be fetched leaves the values, and a note`() async throws {
        let (_, prospect) = try await prospect({ $0[Release.version] = "2.0.0" }, before: { helm.give(nil) })
        #expect(prospect.objects.isEmpty)
        #expect(
            prospect.notes == [
                "the chart could not be fetched, so that only its values are compared and not what it renders: "
                    + "the repository cannot be reached"
            ])
    }

    @Test func `without the cluster the recorded chart tells what is there`() async throws {
        helm.render("1.0.0", Self.map("old"))
        helm.render("2.0.0", Self.map("new"))
        helm.keep(manifest: nil)
        let (_, prospect) = try await prospect { $0[Release.version] = "2.0.0" }
        #expect(prospect.objects.changes.flatMap(\.differences).map(\.before) == ["old"])
        #expect(
            prospect.notes == ["compared with what the recorded chart renders: the release itself could not be read"])
    }

    @Test func `hooks that run are what cannot be undone, by event`() async throws {
        helm.render("1.0.0", Self.hook("pre-install,post-upgrade") + Self.hook("test"))
        let release = try await release()
        let prospect = try #require(await release.prospect(nil, wanted: desired, test.operation))
        #expect(prospect.irreversible[.create] == "hooks run, and what they do stays done: pre-install Job work")
        #expect(prospect.irreversible[.update] == "hooks run, and what they do stays done: post-upgrade Job work")
        #expect(prospect.irreversible[.delete] == nil)
    }

    @Test func `the hooks of a removal are those of the release`() async throws {
        let release = try await release()
        let made = try await release.create(desired, test.operation)
        helm.keep(manifest: Self.map("x", more: Self.definition("a.test")), hooks: Self.hook("pre-delete"))
        let prospect = try #require(await release.prospect(made, wanted: nil, test.operation))
        #expect(prospect.objects.changes.map(\.action) == [.delete, .delete])
        #expect(
            prospect.irreversible[.delete]
                == "hooks run, and what they do stays done: pre-delete Job work; CRDs of the "
                + "chart's templates go, and every object of them with them: a.test")
    }

    @Test func `a replacement runs the hooks that Helm keeps, then those of the new release`() async throws {
        helm.render("1.0.0", Self.hook("pre-install", name: "new") + Self.hook("pre-delete", name: "new"))
        helm.keep(manifest: Self.map("x"), hooks: Self.hook("pre-delete", name: "old"))
        let (_, prospect) = try await prospect { $0[Release.objectName] = "other" }
        #expect(
            prospect.irreversible[.replace]
                == "hooks run, and what they do stays done: pre-delete Job old, pre-install Job new")
    }

    @Test func `a replacement that would delete CRDs is no plan`() async throws {
        helm.keep(manifest: Self.map("x", more: Self.definition("a.test") + Self.definition("b.test", keep: true)))
        let (_, prospect) = try await prospect { $0[Release.objectName] = "other" }
        let obstacle = try #require(prospect.obstacles[.replace])
        #expect(obstacle.message.contains("CRDs a.test,"))
        #expect(prospect.obstacles[.update] == nil)
    }

    @Test func `a replacement of a release whose CRDs Helm never deletes is one`() async throws {
        helm.keep(manifest: Self.map("x", more: Self.definition("b.test", keep: true)))
        helm.render("1.0.0", "---\n# Source: csi/crds/a.yaml\n" + Self.definition("a.test"))
        let (_, prospect) = try await prospect { $0[Release.objectName] = "other" }
        #expect(prospect.obstacles == [:])
    }

    @Test func `a release that is at work on is an obstacle, with the way back to the last good revision`() async throws
    {
        let release = try await release()
        var made = try await release.create(desired, test.operation)
        made = try await release.update(made, to: desired, test.operation)
        helm.leave("failed")
        made = try await release.update(made, to: desired, test.operation)
        helm.leave("pending-upgrade")
        helm.fail(revision: 2)
        let seen = try #require(try await release.read(made, wanted: desired, test.operation)).attributes
        let prospect = try #require(await release.prospect(seen, wanted: desired, test.operation))
        #expect(prospect.obstacles[.update]?.message.contains("is pending-upgrade since revision 3") == true)
        #expect(prospect.obstacles[.update]?.hint?.contains("helm rollback csi 1 --namespace csi") == true)
    }
}
