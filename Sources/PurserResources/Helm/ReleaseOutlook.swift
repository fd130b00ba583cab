import PurserClients
import PurserEngine

/// What a release would become, told by Helm without touching the cluster: `helm template` of the chart as it would be
/// installed, against the manifest of the release that is there.
struct ReleaseOutlook: Sendable {
    let helm: HelmClient
    let kubernetes: KubernetesClient
    let operation: Operation

    func prospect(_ current: Attributes?, wanted: Attributes?) async -> Prospect? {
        guard let wanted else {
            guard let current else { return nil }
            return await removal(of: current)
        }
        if let pending = await pending(current) { return pending }
        guard let place = ReleasePlace(wanted), let source = ChartSource(wanted),
            let version = wanted[Release.version]
        else { return nil }
        do {
            let chart = try await source.chart(version: version, operation, helm)
            return try await helm.withChart(chart) { await look(at: $0, current, wanted, place) }
        } catch let failure as ResourceFailure {
            return Self.hindered(Obstacle(failure.summary, hint: failure.hint))
        } catch let error as ServiceError where error.code == ServiceError.Code.chartNotFound {
            return Self.hindered(
                Obstacle(
                    error.message, hint: "'helm show chart' with this chart and repository tells the newest version"))
        } catch let error as ServiceError where error.code == ServiceError.Code.chartDigest {
            return Self.hindered(
                Obstacle(error.message, hint: "look why the registry gives out something else under this version"))
        } catch {
            return Prospect(notes: [
                "the chart could not be fetched, so that only its values are compared and not what it renders: "
                    + Self.message(error)
            ])
        }
    }

    private static func hindered(_ obstacle: Obstacle) -> Prospect {
        Prospect(obstacles: [.create: obstacle, .update: obstacle, .replace: obstacle, .adopt: obstacle])
    }

    /// A release that is at work on, with the way out of that: the revision that was deployed last, which is not always
    /// the one before.
    private func pending(_ current: Attributes?) async -> Prospect? {
        guard let current, let place = ReleasePlace(current), let status = current[Release.status],
            PendingRelease.isPending(status)
        else { return nil }
        let history = (try? await helm.history(place.name, namespace: place.namespace)) ?? []
        let former = history.last { $0.status == "deployed" } ?? history.last { $0.status == "superseded" }
        let pending = PendingRelease(
            name: place.name, namespace: place.namespace, status: status, revision: current[Release.revision] ?? 1,
            former: former?.revision)
        guard let obstacle = pending?.obstacle else { return nil }
        return Prospect(obstacles: [.update: obstacle, .replace: obstacle, .adopt: obstacle])
    }

    // MARK: What would be installed

    private func look(
        at fetched: FetchedChart, _ current: Attributes?, _ wanted: Attributes, _ place: ReleasePlace
    ) async -> Prospect {
        var prospect = Prospect()
        prospect.outputs[Release.digest] = fetched.digest
        if let found = otherContent(than: fetched.digest, current, wanted) {
            prospect.differences = [found]
            prospect.notes.append(
                "the chart holds something else than it did when version \(wanted[Release.version] ?? "") of it was "
                    + "applied")
        }
        if let current, prospect.differences.isEmpty, Self.isSameInput(current, wanted) { return prospect }
        do {
            let values = (wanted[Release.values] ?? .object([:])).withMarkedUnknowns.json
            let isUpgrade = current.flatMap(ReleasePlace.init) == place
            // A cluster that does not answer is told elsewhere; Helm then assumes one of its own time.
            let capabilities = try? await kubernetes.capabilities()
            let new = try await rendering(fetched, place, values, isUpgrade: isUpgrade, capabilities)
            let again = try await rendering(fetched, place, values, isUpgrade: isUpgrade, capabilities)
            let old = try await present(current, &prospect.notes)
            prospect.objects = ManifestDifference(old: old, new: new, again: again).changes
            if new.isPartial || old?.isPartial == true {
                prospect.notes.append("a part of what the chart renders is no YAML that could be read")
            }
            Consequences(old: old, new: new, oldHooks: await presentHooks(current)).tell(&prospect)
        } catch {
            prospect.notes.append("what the chart renders is not compared: \(Self.message(error))")
        }
        return prospect
    }

    private func rendering(
        _ chart: FetchedChart, _ place: ReleasePlace, _ values: JSONValue, isUpgrade: Bool,
        _ capabilities: ClusterCapabilities? = nil
    ) async throws(ServiceError) -> RenderedManifest {
        RenderedManifest(
            try await helm.template(
                place.name, namespace: place.namespace, chart: chart.chart, values: values, isUpgrade: isUpgrade,
                capabilities: capabilities),
            namespace: place.namespace)
    }

    /// The repository gives out something else under the same version, or the files beside the spec are others.
    private func otherContent(than digest: String, _ current: Attributes?, _ wanted: Attributes) -> Difference? {
        guard let current, let recorded = current[Release.digest], recorded != digest,
            current[Release.chart] == wanted[Release.chart], current[Release.version] == wanted[Release.version]
        else { return nil }
        return Difference(
            path: Release.digest.name, before: .string(recorded), after: .string(digest), effect: .updates)
    }

    /// Whether Helm would be given what it was given: then it would make the same of it.
    private static func isSameInput(_ current: Attributes, _ wanted: Attributes) -> Bool {
        let decisive: [String] = [
            Release.objectName.name, Release.namespace.name, Release.chart.name, Release.version.name,
            Release.status.name,
        ]
        let values = Release.values.name
        let empty = Value.object([:])
        return decisive.allSatisfy { current.values[$0] == wanted.values[$0] }
            && (current.values[values] ?? empty) == (wanted.values[values] ?? empty)
    }

    // MARK: What is there

    /// The manifest of the release as it is; where the cluster does not answer, what the recorded chart renders.
    private func present(_ current: Attributes?, _ notes: inout [String]) async throws -> RenderedManifest? {
        guard let current, let place = ReleasePlace(current) else { return nil }
        do throws(ServiceError) {
            let text = try await helm.manifest(place.name, namespace: place.namespace)
            return text.map { RenderedManifest($0, namespace: place.namespace) }
        } catch {
            guard let source = ChartSource(current), let version = current[Release.version] else { throw error }
            let chart = try await source.chart(version: version, operation, helm)
            let values = (current[Release.values] ?? .object([:])).json
            let rendered = try await helm.withChart(chart) { fetched in
                guard current[Release.digest] == nil || current[Release.digest] == fetched.digest else { throw error }
                return try await rendering(fetched, place, values, isUpgrade: false)
            }
            notes.append("compared with what the recorded chart renders: the release itself could not be read")
            return rendered
        }
    }

    /// The hooks that Helm keeps with the release, and runs when it is removed. Nil if they cannot be read.
    private func presentHooks(_ current: Attributes?) async -> RenderedManifest? {
        guard let place = current.flatMap(ReleasePlace.init),
            let text = try? await helm.hooks(place.name, namespace: place.namespace)
        else { return nil }
        return RenderedManifest(text, namespace: place.namespace)
    }

    /// What goes with the release. Helm runs hooks for that too, which it keeps with the release.
    private func removal(of current: Attributes) async -> Prospect? {
        guard let place = ReleasePlace(current) else { return nil }
        do throws(ServiceError) {
            guard let manifest = try await helm.manifest(place.name, namespace: place.namespace) else { return nil }
            let text = try await helm.hooks(place.name, namespace: place.namespace) ?? ""
            let old = RenderedManifest(manifest, namespace: place.namespace)
            let hooks = RenderedManifest(text, namespace: place.namespace)
            var prospect = Prospect(objects: ManifestDifference(old: old, new: nil, again: nil).changes)
            Consequences(old: old, new: hooks, oldHooks: hooks).tell(&prospect)
            return prospect
        } catch {
            return Prospect(notes: ["what goes with the release could not be seen: \(Self.message(error))"])
        }
    }

    private static let longestMessage = 300

    /// One line, and not more of it than anybody would read.
    private static func message(_ error: any Error) -> String {
        let text = (error as? ServiceError)?.message ?? "\(error)"
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > longestMessage ? "\(line.prefix(longestMessage))…" : line
    }
}

/// What cannot be undone of a change of a release, and what must not be done.
private struct Consequences {
    let old: RenderedManifest?
    /// What would be installed, or the hooks of what is removed.
    let new: RenderedManifest
    /// The hooks of what is there, if they are known.
    let oldHooks: RenderedManifest?

    func tell(_ prospect: inout Prospect) {
        let made = definitionsThatStay
        let installing = new.running(at: ["pre-install", "post-install"])
        let deleting = (oldHooks ?? new).running(at: ["pre-delete", "post-delete"])
        prospect.irreversible[.create] = sentence(hooks(installing), made)
        prospect.irreversible[.update] = sentence(
            hooks(new.running(at: ["pre-upgrade", "post-upgrade"])), definitionsTakenAway)
        prospect.irreversible[.adopt] = prospect.irreversible[.update]
        prospect.irreversible[.delete] = sentence(hooks(deleting), allDefinitions)
        prospect.irreversible[.replace] = sentence(hooks(deleting + installing), made)
        if let obstacle = obstacleToReplacing { prospect.obstacles[.replace] = obstacle }
    }

    private func sentence(_ parts: String?...) -> String? {
        let said = parts.compactMap(\.self)
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    private func hooks(_ running: [(event: String, hook: RenderedManifest.Hook)]) -> String? {
        guard !running.isEmpty else { return nil }
        return "hooks run, and what they do stays done: "
            + Self.listed(running.map { "\($0.event) \($0.hook.identity.text)" })
    }

    private var definitionsThatStay: String? {
        guard old == nil, !new.definitions.isEmpty else { return nil }
        return "CRDs stay when the release is removed, because Helm never deletes them: "
            + Self.listed(Self.names(new.definitions))
    }

    /// Those that the charts' templates make are objects of the release as any other.
    private var ownDefinitions: [RenderedManifest.Key: RenderedManifest.Object] {
        (old?.objects ?? [:]).filter { $0.value.isDefinition && !$0.value.isKept }
    }

    private var definitionsTakenAway: String? {
        Self.taken(ownDefinitions.filter { new.objects[$0.key] == nil })
    }

    private var allDefinitions: String? { Self.taken(ownDefinitions) }

    private static func taken(_ definitions: [RenderedManifest.Key: RenderedManifest.Object]) -> String? {
        guard !definitions.isEmpty else { return nil }
        return "CRDs of the chart's templates go, and every object of them with them: " + listed(names(definitions))
    }

    private var obstacleToReplacing: Obstacle? {
        guard !ownDefinitions.isEmpty else { return nil }
        return Obstacle(
            "replacing the release would delete its CRDs \(Self.listed(Self.names(ownDefinitions))), and every object "
                + "of them with them",
            hint: "keep name, namespace and chart as they are, or remove the release in a run of its own first")
    }

    private static func names(_ objects: [RenderedManifest.Key: RenderedManifest.Object]) -> [String] {
        objects.values.map(\.identity.name).sorted()
    }

    private static let mostNames = 6

    private static func listed(_ names: [String]) -> String {
        let more = names.count - mostNames
        return names.prefix(mostNames).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}

/// Name and namespace of a release.
struct ReleasePlace: Sendable, Hashable {
    let name: String
    let namespace: String

    /// Nil if one of them is not known.
    init?(_ attributes: Attributes) {
        guard let name = attributes[Release.objectName], let namespace = attributes[Release.namespace] else {
            return nil
        }
        self.name = name
        self.namespace = namespace
    }
}

extension ChartSource {
    init?(_ attributes: Attributes) {
        guard let chart = attributes[Release.chart] else { return nil }
        self.init(chart: chart, repository: attributes[Release.repository])
    }
}

extension Value {
    /// With a text in place of what is not known before apply, so that templates have something to put in.
    fileprivate var withMarkedUnknowns: Value {
        switch self {
        case .unknown: .string("(known after apply)")
        case .list(let items): .list(items.map(\.withMarkedUnknowns))
        case .object(let members): .object(members.mapValues(\.withMarkedUnknowns))
        default: self
        }
    }
}
