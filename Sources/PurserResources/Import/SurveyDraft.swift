import PurserClients
import PurserEngine
import PurserProof
import PurserSyntax

/// A spec in the making: what was chosen in the cluster, and what of Azure it leads to.
struct SurveyDraft {
    private let chosen: ClusterSurvey.Chosen
    private let classes: [ClassReading]
    private let azure: AzureSurvey
    private let nodeResourceGroup: String?
    private var remarks: Diagnostics

    private var groups = SpecKeys()
    private var identities = SpecKeys()
    private var vaults = SpecKeys()
    private var location = ""
    private var tenant: String?
    /// By the vault's name in lower case.
    private var foundVaults: [String: AzureSurvey.Resource] = [:]
    private var contents: [String: AzureSurvey.Contents] = [:]
    /// By client id in lower case.
    private var foundIdentities: [String: AzureSurvey.Resource] = [:]
    private var groupPlaces: [String: (name: String, location: String)] = [:]
    private var namespaces: Set<String> = []

    private var azureResources: [Survey.Found] = []
    private var releases: [Survey.Found] = []
    private var clusterResources: [Survey.Found] = []

    init(
        chosen: ClusterSurvey.Chosen, classes: [ClassReading], azure: AzureSurvey, nodeResourceGroup: String?,
        remarks: Diagnostics
    ) {
        self.chosen = chosen
        self.classes = classes
        self.azure = azure
        self.nodeResourceGroup = nodeResourceGroup
        self.remarks = remarks
    }

    var survey: Survey {
        var survey = Survey()
        let azureFields: [YAMLField?] = [
            .text("tenant", tenant), .text("subscription", azure.subscription), .text("location", location, unless: ""),
        ]
        survey.settings = [YAMLField("azure", .object(azureFields.compactMap(\.self)))]
        if let nodeResourceGroup {
            survey.settings.append(
                YAMLField("cluster", .object([YAMLField("nodeResourceGroup", .string(nodeResourceGroup))])))
        }
        survey.resources = azureResources + releases + namespaceResources + clusterResources
        survey.remarks = remarks
        return survey
    }

    private mutating func warn(_ code: DiagnosticCode, _ message: String, hint: String) {
        remarks.append(code, message, at: nil, hint: hint, severity: .warning)
    }

    // MARK: Azure

    mutating func addAzure() async throws {
        let wanted = Set(classes.map { $0.vault.lowercased() })
        guard !wanted.isEmpty else { return }
        for vault in try await azure.vaults() where wanted.contains(vault.name.lowercased()) {
            foundVaults[vault.name.lowercased()] = vault
        }
        let clientIds = Set(classes.compactMap { $0.clientId?.lowercased() })
        if !clientIds.isEmpty {
            for identity in try await azure.identities() {
                guard let id = identity.clientId?.lowercased(), clientIds.contains(id) else { continue }
                foundIdentities[id] = identity
            }
        }
        groupPlaces = try await azure.groups()
        let ordered = foundVaults.values.sorted { $0.name < $1.name }
        location = ordered.first?.location ?? ""
        tenant = ordered.first?.properties?["tenantId"]?.string ?? classes.compactMap(\.tenant).first
        tellMissing()
        addGroups()
        try await addIdentities()
        for vault in ordered { try await add(vault) }
    }

    private mutating func tellMissing() {
        for reading in classes where foundVaults[reading.vault.lowercased()] == nil {
            warn(
                .importClassLeftOut,
                "\(reading.label) is left out: there is no vault '\(reading.vault)' in the subscription "
                    + azure.subscription,
                hint: "give --subscription if the vault is in another one, or somebody's who may see it")
        }
        for reading in classes {
            guard let id = reading.clientId, foundIdentities[id.lowercased()] == nil else { continue }
            warn(
                .importClassLeftOut,
                "\(reading.label) is left out: no managed identity of the subscription has the client id \(id)",
                hint: "an application, or an identity of another subscription, has no place in a spec yet")
        }
    }

    /// Whether all that the spec must name for the class is there.
    private func isComplete(_ reading: ClassReading) -> Bool {
        guard foundVaults[reading.vault.lowercased()] != nil else { return false }
        if let id = reading.clientId, foundIdentities[id.lowercased()] == nil { return false }
        return reading.mode != .servicePrincipal || credentials(of: reading) != nil
    }

    private mutating func addGroups() {
        let resources = Array(foundVaults.values) + Array(foundIdentities.values)
        for group in Set(resources.map { $0.group.lowercased() }).sorted() {
            let place = groupPlaces[group] ?? (name: group, location: location)
            let key = groups.key(for: place.name, in: "")
            azureResources.append(
                Survey.Found(
                    PurserEngine.Address(["groups", key]),
                    [.text("name", place.name, unless: key), region(place.location)]))
        }
    }

    private func groupKey(of resource: AzureSurvey.Resource) -> String {
        groups[groupPlaces[resource.group.lowercased()]?.name ?? resource.group.lowercased(), ""] ?? resource.group
    }

    private func region(_ location: String) -> YAMLField? { .text("location", location, unless: self.location) }

    private mutating func addIdentities() async throws {
        let bound = Set(classes.filter { $0.mode == .userAssigned }.compactMap { $0.clientId?.lowercased() })
        var sets: [ScaleSet] = []
        if !bound.isEmpty {
            if let nodeResourceGroup {
                sets = try await azure.scaleSets(of: nodeResourceGroup)
            } else {
                warn(
                    .importNotSeen,
                    "the nodes' resource group is not known, so that no binding of an identity is written",
                    hint: "give --node-resource-group")
            }
        }
        for (id, identity) in foundIdentities.sorted(by: { $0.value.id < $1.value.id }) {
            let key = identities.key(for: identity.name, in: identity.group.lowercased())
            let address = PurserEngine.Address(["identities", key])
            azureResources.append(
                Survey.Found(
                    address,
                    [
                        .text("name", identity.name, unless: key), .text("group", groupKey(of: identity)),
                        region(identity.location),
                    ]))
            if bound.contains(id), nodeResourceGroup != nil { addBinding(of: identity, at: address, sets) }
        }
    }

    private mutating func addBinding(
        of identity: AzureSurvey.Resource, at address: PurserEngine.Address, _ sets: [ScaleSet]
    ) {
        let carriers = sets.filter { $0.has(NodeIdentity(id: identity.id, principal: nil)) }.map(\.name).sorted()
        guard !carriers.isEmpty else {
            return warn(
                .importBrokenPath, "no scale set of \(nodeResourceGroup ?? "") has the identity '\(identity.name)'",
                hint: "pods cannot read the vault: write `nodes: all` at \(address) to have Purser bind it")
        }
        let choice: YAMLValue =
            carriers.count == sets.count ? .string("all") : .list(carriers.map(YAMLValue.string))
        azureResources.append(Survey.Found(address.appending("nodes"), [YAMLField("scaleSets", choice)]))
    }

    // MARK: Vaults

    private mutating func add(_ vault: AzureSurvey.Resource) async throws {
        let key = vaults.key(for: vault.name, in: "")
        let address = PurserEngine.Address(["vaults", key])
        let properties = vault.properties
        let retention = properties?["softDeleteRetentionInDays"]?.int
        let protects = properties?["enablePurgeProtection"]?.bool == true
        azureResources.append(
            Survey.Found(
                address,
                [
                    .text("name", vault.name, unless: key), .text("group", groupKey(of: vault)), region(vault.location),
                    .text("sku", properties?.at("sku", "name")?.string?.lowercased(), unless: "standard"),
                    YAMLField("authorization", .string(vault.model.rawValue)),
                    retention.flatMap { $0 == 90 ? nil : YAMLField("retention", .int($0)) },
                    protects ? YAMLField("purgeProtection", .bool(true)) : nil,
                ]))
        let readers = classes.filter { $0.vault.lowercased() == vault.name.lowercased() }
        try await addAccess(to: vault, at: address, readers)
        await addContents(of: vault, at: address, readers)
    }

    private mutating func addAccess(
        to vault: AzureSurvey.Resource, at address: PurserEngine.Address, _ readers: [ClassReading]
    ) async throws {
        for id in Set(readers.compactMap { $0.clientId?.lowercased() }).sorted() {
            guard let identity = foundIdentities[id], let principal = identity.principal else { continue }
            let key = identities[identity.name, identity.group.lowercased()] ?? identity.name
            let rights = try await azure.access(of: principal, to: vault).compactMap(\.self)
            guard !rights.isEmpty else {
                warn(
                    .importBrokenPath,
                    "the identity '\(identity.name)' has no right of its own at the vault '\(vault.name)'",
                    hint: vault.model == .rbac
                        ? "it may have a role from above, or by a group; an entry under `access` gives one here"
                        : "an entry under `access` gives it one")
                continue
            }
            azureResources.append(
                Survey.Found(address.appending("access", key), [YAMLField("identity", .string(key))] + rights))
        }
    }

    /// Objects that the classes name; which sort each is, the vault's lists tell.
    private mutating func addContents(
        of vault: AzureSurvey.Resource, at address: PurserEngine.Address, _ readers: [ClassReading]
    ) async {
        let objects = readers.flatMap(\.objects)
        var sections: Set<VaultSection> = [.certificates]
        if objects.contains(where: { $0.type == "secret" }) { sections.insert(.secrets) }
        if objects.contains(where: { $0.type == "key" }) { sections.insert(.keys) }
        let found = await azure.contents(of: vault, sections)
        contents[vault.name.lowercased()] = found
        if let failure = found.failure {
            warn(
                .importNotSeen, "what the vault '\(vault.name)' holds could not be listed: \(failure.description)",
                hint:
                    "what was not seen is not written; the right to list secrets, keys and certificates shows it"
            )
        }
        var listed: [VaultSection: [String]] = [:]
        for object in objects {
            let section = Self.section(of: object.type, object.name, found)
            guard let isThere = found.has(object.name, in: section) else { continue }
            guard isThere else {
                warn(
                    .importBrokenPath, "the vault '\(vault.name)' has no \(object.type) '\(object.name)'",
                    hint: "pods that mount it fail: add it to the vault, or declare it in the spec to have it made")
                continue
            }
            if listed[section]?.contains(object.name) != true { listed[section, default: []].append(object.name) }
        }
        for section in [VaultSection.secrets, .certificates, .keys] {
            for name in listed[section] ?? [] {
                azureResources.append(Survey.Found(address.appending(section.rawValue, name), []))
            }
        }
    }

    /// A certificate brings a key and a secret of its name.
    private static func section(
        of type: String, _ name: String, _ contents: AzureSurvey.Contents
    ) -> VaultSection {
        if type == "cert" || contents.has(name, in: .certificates) == true { return .certificates }
        return type == "key" ? .keys : .secrets
    }

    // MARK: Releases

    mutating func addReleases(_ survey: ReleaseSurvey) async throws {
        let found: [ReleaseSurvey.Found]
        do throws(ServiceError) {
            found = try await survey.releases(&remarks)
        } catch {
            guard error.service == .helm || error.isDenied else { throw error }
            return warn(
                .importNotSeen, "the cluster's releases could not be listed: \(error.description)",
                hint: "the release that brings the driver is not written")
        }
        if found.isEmpty {
            warn(
                .importNotSeen, "no Helm release brings the CSI driver",
                hint: "it may be the AKS add-on, or manifests that somebody applied: Purser leaves it as it is")
        }
        var keys = SpecKeys()
        for release in found {
            let key = keys.key(for: release.name, in: release.namespace)
            namespaces.insert(release.namespace)
            let fields: [YAMLField?] = [
                .text("name", release.name, unless: key), .text("chart", release.chart.rawValue),
                .text("repository", release.chart.repository), .text("version", release.version),
                .text("namespace", release.namespace), YAMLField("values", YAMLValue(release.values)),
            ]
            releases.append(Survey.Found(PurserEngine.Address(["releases", key]), fields))
        }
    }

    // MARK: The cluster

    mutating func addCluster() {
        var keys = SpecKeys()
        var known: [String: PodReading.Classes] = [:]
        for reading in classes where isComplete(reading) {
            let key = keys.key(for: reading.name, in: reading.namespace)
            known[reading.namespace, default: .init()].keys[reading.name] = key
            known[reading.namespace, default: .init()].credentials[reading.name] = credentials(of: reading)
            known[reading.namespace, default: .init()].secrets.formUnion(
                reading.secretObjects.compactMap { $0["secretName"]?.string })
            add(reading, key: key)
        }
        tellIncomplete()
        var podKeys = SpecKeys()
        var workloadKeys = SpecKeys()
        for pod in chosen.pods {
            let classes = known[pod.namespace] ?? .init()
            if let lacking = pod.classes.first(where: { classes.keys[$0] == nil }) {
                warn(
                    .importPodLeftOut,
                    "\(pod.label) is left out: it mounts the class '\(lacking)', which is not in the spec",
                    hint: "see what is said of the class")
                continue
            }
            let isPod = pod.kind == nil
            let key =
                isPod
                ? podKeys.key(for: pod.name, in: pod.namespace) : workloadKeys.key(for: pod.name, in: pod.namespace)
            namespaces.insert(pod.namespace)
            let fields = pod.fields(classes, key: key, &remarks)
            clusterResources.append(
                Survey.Found(
                    PurserEngine.Address([isPod ? "pods" : "workloads", key]), fields,
                    isExisting: chosen.isThere(pod.label)))
        }
    }

    private mutating func tellIncomplete() {
        for reading in classes where reading.mode == .servicePrincipal && credentials(of: reading) == nil {
            warn(
                .importClassLeftOut,
                "\(reading.label) is left out: no pod tells which Secret it signs in with",
                hint: "it names neither a managed identity nor a client id; start a pod that mounts it")
        }
    }

    private func consumers(of reading: ClassReading) -> [PodReading] {
        chosen.pods.filter { $0.namespace == reading.namespace && $0.classes.contains(reading.name) }
    }

    /// The Secret with which a service principal's pods sign in.
    private func credentials(of reading: ClassReading) -> String? {
        guard reading.mode == .servicePrincipal else { return nil }
        return consumers(of: reading).lazy.compactMap { $0.credentials(for: reading.name) }.first
    }

    private mutating func add(_ reading: ClassReading, key: String) {
        namespaces.insert(reading.namespace)
        let vault = foundVaults[reading.vault.lowercased()]
        let certificates = contents[reading.vault.lowercased()]?.names[.certificates]
        tellOtherTenant(reading, vault)
        let fields: [YAMLField?] = [
            .text("name", reading.name, unless: key), .text("namespace", reading.namespace),
            vault.flatMap { .text("vault", vaults[$0.name, ""]) }, identity(of: reading), .text("cloud", reading.cloud),
            YAMLField("objects", reading.entries(certificates: certificates)), reading.secretWords(&remarks),
        ]
        clusterResources.append(
            Survey.Found(
                PurserEngine.Address(["secretProviderClasses", key]), fields, isExisting: chosen.isThere(reading.label))
        )
    }

    private mutating func tellOtherTenant(_ reading: ClassReading, _ vault: AzureSurvey.Resource?) {
        guard let said = reading.tenant, let tenant = vault?.properties?["tenantId"]?.string,
            said.lowercased() != tenant.lowercased()
        else { return }
        warn(
            .importBrokenPath, "\(reading.label) names the tenant \(said), and its vault belongs to \(tenant)",
            hint: "correct `tenantID`: its pods cannot sign in")
    }

    private func identity(of reading: ClassReading) -> YAMLField? {
        let named = reading.clientId.flatMap { foundIdentities[$0.lowercased()] }
        let key = named.flatMap { identities[$0.name, $0.group.lowercased()] }
        let accounts = Set(consumers(of: reading).map(\.serviceAccount)).sorted()
        let choice: YAMLValue? =
            switch reading.mode {
            case .userAssigned: key.map { .fields(["userAssigned": .string($0)]) }
            case .systemAssigned: .string("systemAssigned")
            case .workload:
                key.map {
                    .fields([
                        "workload": .fields([
                            "identity": .string($0), "serviceAccount": .string(accounts.first ?? "default"),
                        ])
                    ])
                }
            case .servicePrincipal:
                credentials(of: reading).map { .fields(["servicePrincipal": .fields(["secret": .string($0)])]) }
            case .podIdentity: nil
            }
        return choice.map { YAMLField("identity", $0) }
    }

    private var namespaceResources: [Survey.Found] {
        namespaces.sorted().map {
            Survey.Found(
                PurserEngine.Address(["namespaces", $0]), [], isExisting: !chosen.absentNamespaces.contains($0))
        }
    }
}
