package import PurserClients
package import PurserEngine
package import PurserSyntax

/// A Helm release. Source: Helm documentation, `helm upgrade`, `helm status`, `helm history`, `helm rollback`.
///
/// Helm's own rollback on failure stays off: what a failed step leaves is undone by `restore` and `delete`, as for every
/// other kind, and until then it can be looked at.
package struct Release: ResourceKind {
    package static let name: KindName = "helm/release"
    package static let title = "release"
    package static let place = SpecPlace("releases")
    package static let allowsExisting = true
    static let objectName = Attribute<String>("name", .text(KubernetesName.release), .key, .replaces, "Its name.")
    static let chart = Attribute<String>.required(
        "chart", .text(ChartSource.rule), .replaces,
        "The chart: its name in the repository, an `oci://` address with or without `@sha256:…`, or `./PATH` of a "
            + "directory or an archive beside the spec.")
    static let repository = Attribute<String>.optional(
        "repository", .text(RepositoryRule.rule), .updates, "Address of the chart's repository.")
    static let version = Attribute<String>.required(
        "version", .text(exactVersion), .updates,
        "The chart's version: an exact one, so that the same spec gives the "
            + "same release.")
    static let namespace = NamespaceLink.attribute
    static let values = Attribute<Value>.optional(
        "values", .json, .updates, "The chart's values, in its own words. They are recorded in state: no secrets.")
    static let timeout = Attribute<String>.optional(
        "timeout", .duration, default: "5m", .informs, "How long Helm waits until what it made is ready.")
    static let revision = Attribute<Int>.computed("revision", "The release's revision, counted by Helm.")
    static let appVersion = Attribute<String>.computed("appVersion", "The version of what the chart brings.")
    static let digest = Attribute<String>.computed(
        "digest", "What the chart holds: the SHA-256 of its archive, or of the files of a directory.")
    static let status = Attribute<String>(
        "status", .text, .derived, .updates, "`deployed`; a release of another status, such as `failed`, is upgraded.")
    package static let attributes: [any AttributeDeclaration] = [
        objectName, chart, repository, version, namespace, values, LiteralSecrets.exceptions, timeout, revision,
        appVersion, digest, status,
    ]
    package static let identity = ["namespace", "name"]
    package static let volatileOutputs: Set<String> = ["revision", "appVersion", "digest"]
    package static let attributesWithEmptyParts: Set<String> = ["values"]
    package static let hasProspects = true
    package static let example = """
        apiVersion: purser/v1
        environment: example
        releases:
          csi:
            chart: csi-secrets-store-provider-azure
            repository: https://azure.github.io/secrets-store-csi-driver-provider-azure/charts
            version: 1.8.2
            namespace: csi
            values:
              secrets-store-csi-driver:
                syncSecret: {enabled: true}
                enableSecretRotation: true
        """

    private let helm: HelmClient
    private let client: KubernetesClient
    private let polling: Polling
    private let marks: ReleaseMarks

    package init(helm: HelmClient, kubernetes: KubernetesClient, polling: Polling) {
        self.helm = helm
        self.polling = polling
        client = kubernetes
        marks = ReleaseMarks(client: kubernetes)
    }

    package static func derive(
        _ resource: inout DeclaredResource, from spec: Declarations, diagnostics: inout Diagnostics
    ) {
        LiteralSecrets.check(resource, values.name, &diagnostics)
        if !resource.isExisting, resource.known(repository.name)?.string == nil,
            let chart = resource.known(chart.name)?.string,
            resource.attributes[repository.name] == nil, ChartSource(chart: chart, repository: nil) == nil
        {
            diagnostics.append(
                .noRepository, "chart '\(chart)' needs the 'repository' that it comes from", in: resource, "chart",
                hint: "write `chart: ./\(chart)` for a chart beside the spec")
        }
        resource.attributes[status.name] = .literal(.string(deployed))
        NamespaceLink.resolve(&resource, from: spec)
    }

    private static let deployed = "deployed"

    package static func implied(by resource: DeclaredResource, from spec: Declarations) -> [DeclaredResource] {
        NamespaceLink.implied(by: resource, from: spec)
    }

    package static func irreversibility(
        of action: Action, recorded: Attributes?, desired: Attributes?
    ) -> String? {
        guard let chart = desired?[chart] ?? recorded?[chart], DriverChart.isKnown(chart) else { return nil }
        switch action {
        case .create, .adopt: return "the chart's CRDs stay when the release is removed: Helm never deletes them"
        case .update, .replace:
            guard recorded?[version] != desired?[version] else { return nil }
            return "the chart's hooks upgrade its CRDs, which a rollback leaves as they are then"
        case .delete, .recover, .read, .forget, .none: return nil
        }
    }

    package static func obstacle(to action: Action, recorded: Attributes, desired: Attributes) -> Obstacle? {
        guard let status = recorded[status], let name = recorded[objectName], let namespace = recorded[namespace] else {
            return nil
        }
        return PendingRelease(
            name: name, namespace: namespace, status: status, revision: recorded[revision] ?? 1)?.obstacle
    }

    package static func trace(ofUndoing operation: Step.Operation) -> String? {
        switch operation {
        case .create: "CRDs that the chart brought stay: Helm never deletes them"
        case .update, .adopt: "two more revisions in the release's history"
        default: nil
        }
    }

    package func read(_ known: Attributes, wanted: Attributes?, _ operation: Operation) async throws -> Observation? {
        let (name, namespace) = try place(of: known)
        guard let release = try await helm.status(name, namespace: namespace), release.status != "uninstalled" else {
            return nil
        }
        let observed = try await observed(release, over: known, operation)
        return Observation(observed, owner: try await marks.owner(of: name, namespace: namespace))
    }

    package func create(_ desired: Attributes, _ operation: Operation) async throws -> Attributes {
        let (name, namespace) = try place(of: desired)
        if let found = try await settled(name, namespace: namespace, operation) {
            let owner = try await marks.owner(of: name, namespace: namespace)
            guard owner == operation.owner else {
                throw ResourceFailure.nameTaken(
                    "release '\(namespace)/\(name)'", by: owner, hint: "choose another name, or uninstall it first")
            }
            // An install of ours that was cut short: Helm cannot go on from there, only start again.
            if PendingRelease.isPending(found.status), found.revision == 1 {
                operation.report("removing the install that was cut short")
                try await uninstall(name, namespace: namespace, timeout: limit(desired))
            }
        }
        return try await install(desired, operation)
    }

    package func update(
        _ current: Attributes, to desired: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        try await install(desired, operation)
    }

    package func delete(_ recorded: Attributes, _ operation: Operation) async throws {
        let (name, namespace) = try place(of: recorded)
        _ = try await settled(name, namespace: namespace, operation)
        try await uninstall(name, namespace: namespace, timeout: limit(recorded))
    }

    /// Goes back to the recorded revision, which Helm still has; installs what was uninstalled.
    package func restore(_ former: Attributes, _ operation: Operation) async throws -> Attributes {
        let (name, namespace) = try place(of: former)
        guard let present = try await settled(name, namespace: namespace, operation), present.status != "uninstalled"
        else {
            return try await install(former, operation, isRestoring: true)
        }
        guard let revision = former[Self.revision], try await keeps(revision, of: former, operation) else {
            return try await install(former, operation, isRestoring: true)
        }
        // Helm counts on when it goes back, and says to what. Called twice, this makes no second revision.
        let isBack = present.revision == revision || present.description == "Rollback to \(revision)"
        if !isBack || present.status != Self.deployed {
            try await helm.rollback(name, namespace: namespace, to: revision, timeout: limit(former))
        }
        return try await afterWrite {
            let release = try await helm.status(name, namespace: namespace) ?? present
            return try await outputs(of: release, over: former)
        }
    }

    package func prospect(
        _ current: Attributes?, wanted: Attributes?, _ operation: Operation
    ) async -> Prospect? {
        await ReleaseOutlook(helm: helm, kubernetes: client, operation: operation).prospect(current, wanted: wanted)
    }

    // MARK: Helm

    /// The release's status. If something is under way, waits a little for it to end: the Helm of a run that was killed
    /// may still be at work, and would put back what is taken away. A dead one cannot be told apart but by waiting.
    private func settled(_ name: String, namespace: String, _ operation: Operation) async throws -> HelmRelease? {
        guard let found = try await helm.status(name, namespace: namespace) else { return nil }
        guard PendingRelease.isPending(found.status) else { return found }
        operation.report("release '\(namespace)/\(name)' is \(found.status): waiting whether it ends by itself")
        let helm = helm
        do throws(ServiceError) {
            return try await polling.until(
                "release '\(name)'", service: .helm, longest: .seconds(3), timeout: Self.patience
            ) { () async throws(ServiceError) -> HelmRelease?? in
                let release = try await helm.status(name, namespace: namespace)
                if let release, PendingRelease.isPending(release.status) { return nil }
                return .some(release)
            }
        } catch {
            guard error.isTimeout else { throw error }
            return try await helm.status(name, namespace: namespace)
        }
    }

    private static let patience = Duration.seconds(15)

    private func uninstall(_ name: String, namespace: String, timeout: Duration) async throws {
        try await helm.uninstall(name, namespace: namespace, timeout: timeout)
        try await afterWrite {
            try await HookLeftovers(client: client, release: name, namespace: namespace).remove()
        }
    }

    private func install(
        _ desired: Attributes, _ operation: Operation, isRestoring: Bool = false
    ) async throws -> Attributes {
        let (name, namespace) = try place(of: desired)
        if let found = try await helm.status(name, namespace: namespace), let pending = PendingRelease(found) {
            throw pending.failure
        }
        guard let source = ChartSource(desired) else { throw AttributeError(name: Self.repository.name, found: nil) }
        let chart = try await source.chart(version: try desired.required(Self.version), operation, helm)
        return try await helm.withChart(chart) { fetched in
            if let reviewed = desired[Self.digest], reviewed != fetched.digest, !isRestoring {
                throw ResourceFailure(
                    .chartChanged, "the chart holds something else than when the plan was made",
                    hint: "plan again, and review what it renders now")
            }
            let release = try await helm.upgradeInstall(
                name, namespace: namespace, chart: fetched.chart, values: (desired[Self.values] ?? .object([:])).json,
                wait: true, atomic: false, timeout: limit(desired), labels: marks.labels(for: operation.owner))
            var installed = desired
            installed[Self.digest] = fetched.digest
            return try await afterWrite { [installed] in try await outputs(of: release, over: installed) }
        }
    }

    /// Whether Helm's history still has the recorded revision, with the recorded chart.
    private func keeps(_ revision: Int, of former: Attributes, _ operation: Operation) async throws -> Bool {
        let (name, namespace) = try place(of: former)
        let chart = "\(await chartName(former, operation) ?? "")-\(try former.required(Self.version))"
        return try await helm.history(name, namespace: namespace).contains {
            $0.revision == revision && $0.chart == chart && ($0.status == "deployed" || $0.status == "superseded")
        }
    }

    private func observed(
        _ release: HelmRelease, over known: Attributes, _ operation: Operation
    ) async throws -> Attributes {
        var observed = try await outputs(of: release, over: known)
        let entry = try await entry(of: release)
        let name = await chartName(known, operation)
        if let chart = entry?.chart, let found = ChartName(chart, likely: known[Self.chart], named: name) {
            observed[Self.chart] = found.name
            observed[Self.version] = found.version
            if found.version != known[Self.version] || found.name != known[Self.chart] { observed[Self.digest] = nil }
        }
        let values = try await helm.values(release.name, namespace: release.namespace)
        // Somebody else may have given Helm what no spec may: it is seen to be there, and not what it is.
        observed.values[Self.values.name] = values.map {
            LiteralSecrets.masked($0.value, at: Self.values.name, except: Set(known[LiteralSecrets.exceptions] ?? []))
        }
        return observed
    }

    private func outputs(of release: HelmRelease, over attributes: Attributes) async throws -> Attributes {
        var result = attributes
        result[Self.revision] = release.revision
        result[Self.status] = release.status
        if let entry = try await entry(of: release) { result[Self.appVersion] = entry.appVersion }
        return result
    }

    /// What Helm's history calls the chart.
    private func chartName(_ attributes: Attributes, _ operation: Operation) async -> String? {
        guard let chart = attributes[Self.chart] else { return nil }
        let local = ChartSource.isLocal(chart) ? try? await LocalChart(chart, operation, helm) : nil
        return local?.name ?? ChartSource.likelyName(of: chart)
    }

    private func entry(of release: HelmRelease) async throws -> HelmRevision? {
        try await helm.history(release.name, namespace: release.namespace).last { $0.revision == release.revision }
    }

    private func limit(_ attributes: Attributes) -> Duration { attributes.duration(Self.timeout, or: .seconds(300)) }

    private func place(of attributes: Attributes) throws -> (name: String, namespace: String) {
        (try attributes.required(Self.objectName), try attributes.required(Self.namespace))
    }

    /// Helm takes ranges too; those could give another release for the same spec.
    private static let exactVersion = TextRule(
        "an exact version such as 1.8.2", pattern: "^v?[0-9]+\\.[0-9]+\\.[0-9]+([-+][0-9A-Za-z.+-]+)?$"
    ) { text in
        let core = text.drop { $0 == "v" }.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        let isExact = numbers.count == 3 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isNumber) }
        return isExact && !text.contains(" ") ? nil : "is no exact version"
    }
}

/// `NAME-VERSION`, as Helm's history calls a chart.
struct ChartName: Sendable, Hashable {
    let name: String
    let version: String

    /// `likely` is the chart that is expected, by its address, since both parts may have hyphens; `named`, what its own
    /// files call it.
    init?(_ text: String, likely: String?, named: String? = nil) {
        let expected = named ?? likely.map(ChartSource.likelyName) ?? ""
        if let likely, !expected.isEmpty, text.hasPrefix(expected + "-") {
            name = likely
            version = String(text.dropFirst(expected.count + 1))
            return
        }
        let places = text.indices.filter { place in
            text[place] == "-" && text[text.index(after: place)...].first?.isNumber == true
        }
        guard let hyphen = places.first else { return nil }
        name = String(text[..<hyphen])
        version = String(text[text.index(after: hyphen)...])
    }
}

extension PendingRelease {
    init?(_ release: HelmRelease) {
        self.init(
            name: release.name, namespace: release.namespace, status: release.status, revision: release.revision)
    }
}

extension DiagnosticCode {
    static let noRepository = DiagnosticCode("spec/no-repository")
}

extension Release: RightsDeclaring {
    /// Helm keeps its revisions in Secrets of the release's namespace. What else a chart makes is known of the driver's
    /// charts alone.
    package static func rights(for use: ResourceUse, of attributes: Attributes) throws -> [Right] {
        let namespace = try attributes.required(namespace)
        let verbs =
            switch use {
            case .read: ["get", "list"]
            case .create, .update: ["create", "delete", "get", "list", "update"]
            case .delete: ["delete", "get", "list", "update"]
            }
        let records = [Right(.helm)] + Right.cluster(.secret, verbs, in: namespace)
        guard use != .read, DriverChart.isKnown(try attributes.required(chart)) else { return records }
        return records + DriverChart.rights(for: use, in: namespace)
    }
}
