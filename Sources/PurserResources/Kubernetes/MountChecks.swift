import PurserEngine
import PurserSyntax

/// What can be proved of the mounts of a pod, or of a workload's pods, from the spec alone; and what they need.
struct MountChecks {
    let resource: DeclaredResource
    let spec: Declarations
    /// The pod's spec: that of a pod, or that in a workload's template.
    let podSpec: Value?
    /// Where the pod's spec stands below the resource: `spec`, `spec.template.spec`.
    let podSpecPath: String

    private var mounts: [Value] { resource.known("mounts")?.list ?? [] }

    /// The classes that are mounted, with the place of the mount.
    private var classes: [(index: Int, resource: DeclaredResource)] {
        mounts.indices.compactMap { index in
            let named = resource.reference(at: "mounts[\(index)].secretProviderClass")
            return named.flatMap { spec[$0] }.map { (index, $0) }
        }
    }

    private var namespace: String? { NamespaceLink.name(of: resource, from: spec) }

    /// All that must be there before the pod can get its files, so that a target takes it along and nothing of it is
    /// deleted before the pod.
    var needs: Set<Address> {
        classes.reduce(into: []) { needs, mounted in
            needs.insert(mounted.resource.address)
            needs.formUnion(AccessPath(of: mounted.resource, in: spec).needs)
        }
    }

    /// `mounts` without the Secret to sign in with, for the classes that are not read as a service principal.
    var mountsAsNeeded: Expression? {
        guard case .list(let entries)? = resource.attributes["mounts"] else { return resource.attributes["mounts"] }
        let principals = classes.filter { AccessPath(of: $0.resource, in: spec).mode == .servicePrincipal }
        let needed = Set(principals.map(\.index))
        return .list(entries.enumerated().map { needed.contains($0) ? $1 : Self.withoutCredentials($1) })
    }

    private static func withoutCredentials(_ mount: Expression) -> Expression {
        guard case .object(var members) = mount, case .object(var taken)? = members["secretProviderClass"] else {
            return mount
        }
        taken["credentialsSecret"] = nil
        members["secretProviderClass"] = .object(taken)
        return .object(members)
    }

    func run(_ diagnostics: inout Diagnostics) {
        checkContainers(&diagnostics)
        checkForms(&diagnostics)
        for (index, mounted) in classes {
            checkNamespace(of: mounted, at: index, &diagnostics)
            checkServiceAccount(of: mounted, at: index, &diagnostics)
            checkRotation(of: mounted, at: index, &diagnostics)
        }
        checkSecrets(&diagnostics)
    }

    // MARK: Containers

    private var containerNames: [String] {
        MountInjection.containerFields.flatMap { podSpec?[$0]?.list ?? [] }.compactMap { $0["name"]?.string }
    }

    private func checkContainers(_ diagnostics: inout Diagnostics) {
        guard let podSpec, !podSpec.containsUnknown else { return }
        let containers = podSpec["containers"]?.list ?? []
        if containers.isEmpty {
            diagnostics.append(
                .noContainers, "\(resource.address) has no containers", in: resource, podSpecPath,
                hint: "list them under '\(podSpecPath).containers'")
        }
        for (index, container) in containers.enumerated() {
            for field in ["name", "image"] where container[field]?.string == nil {
                diagnostics.append(
                    .containerField, "container \(index + 1) has no '\(field)'", in: resource,
                    "\(podSpecPath).containers[\(index)]")
            }
        }
    }

    // MARK: Forms

    private func checkForms(_ diagnostics: inout Diagnostics) {
        var paths: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let place = "mounts[\(index)]"
            if (mount["secret"] != nil) == (mount["secretProviderClass"] != nil) {
                diagnostics.append(
                    .mountForm, "a mount names exactly one of 'secretProviderClass' and 'secret'", in: resource, place)
            }
            if let path = mount["path"]?.string, !paths.insert(path).inserted, mount["containers"] == nil {
                diagnostics.append(
                    .mountForm, "'\(path)' is mounted twice", in: resource, "\(place).path")
            }
            for (number, name) in (mount["containers"]?.list ?? []).enumerated() {
                checkContainer(name, at: "\(place).containers[\(number)]", &diagnostics)
            }
        }
    }

    private func checkContainer(_ name: Value, at place: String, _ diagnostics: inout Diagnostics) {
        guard let name = name.string, podSpec?.containsUnknown == false, !containerNames.contains(name) else { return }
        diagnostics.append(
            .unknownContainer, "\(resource.address) has no container '\(name)'", in: resource, place,
            hint: Suggestion.hint(for: name, among: containerNames))
    }

    // MARK: Classes

    private func checkNamespace(of mounted: DeclaredResource, at index: Int, _ diagnostics: inout Diagnostics) {
        guard let namespace, let other = NamespaceLink.name(of: mounted, from: spec), other != namespace else { return }
        diagnostics.append(
            .otherNamespace, "\(mounted.address) is in namespace '\(other)', but the pod is in '\(namespace)'",
            in: resource, "mounts[\(index)].secretProviderClass",
            hint: "a pod can mount classes of its own namespace alone: list the class again for '\(namespace)'")
    }

    private func checkServiceAccount(of mounted: DeclaredResource, at index: Int, _ diagnostics: inout Diagnostics) {
        let wanted = mounted.known(SecretProviderClass.accessor.name)?.member("workload", "serviceAccount")?.string
        guard let wanted, let podSpec, !podSpec.containsUnknown else { return }
        let actual = podSpec["serviceAccountName"]?.string ?? "default"
        guard actual != wanted else { return }
        diagnostics.append(
            .otherServiceAccount,
            "\(mounted.address) is read as service account '\(wanted)', but the pod runs as '\(actual)'", in: resource,
            "mounts[\(index)].secretProviderClass", hint: "write 'serviceAccountName: \(wanted)' in '\(podSpecPath)'")
    }

    private func checkRotation(of mounted: DeclaredResource, at index: Int, _ diagnostics: inout Diagnostics) {
        guard mounts[index]["subPath"] != nil else { return }
        let rotates = AccessPath(of: mounted, in: spec).releases.contains { DriverChart(of: $0)?.rotates ?? false }
        guard rotates else { return }
        diagnostics.append(
            .subPathStaysOld, "a 'subPath' keeps the file of the container's start when the secret rotates",
            in: resource, "mounts[\(index)].subPath", hint: "mount the whole directory", severity: .warning)
    }

    // MARK: Secrets

    /// A Secret that a class makes appears only while a pod mounts that class.
    private func checkSecrets(_ diagnostics: inout Diagnostics) {
        for (index, mount) in mounts.enumerated() {
            guard let secret = mount["secret"]?.string else { continue }
            if classes.contains(where: { Self.makes(secret, $0.resource) }) { continue }
            let makers = spec.section("secretProviderClasses").filter {
                Self.makes(secret, $0) && NamespaceLink.name(of: $0, from: spec) == namespace
            }
            guard let maker = makers.first else {
                let made = classes.flatMap { Self.secrets(of: $0.resource) }
                diagnostics.append(
                    .unknownSecret, "nothing in this spec makes Secret '\(secret)'", in: resource,
                    "mounts[\(index)].secret",
                    hint: Suggestion.hint(for: secret, among: made)
                        ?? "the pod waits until somebody else has made it", severity: .warning)
                continue
            }
            diagnostics.append(
                .secretOfOtherPod,
                "Secret '\(secret)' is made by \(maker.address) only while a pod mounts it, and this one does not",
                in: resource, "mounts[\(index)].secret",
                hint: "mount '\(maker.address.key)' here too", severity: .warning)
        }
    }

    private static func makes(_ secret: String, _ resource: DeclaredResource) -> Bool {
        secrets(of: resource).contains(secret)
    }

    private static func secrets(of resource: DeclaredResource) -> [String] {
        (resource.known(SecretProviderClass.secretObjects.name)?.object ?? [:]).keys.sorted()
    }
}

extension DiagnosticCode {
    static let noContainers = DiagnosticCode("spec/no-containers")
    static let containerField = DiagnosticCode("spec/container-field")
    static let mountForm = DiagnosticCode("spec/mount-form")
    static let unknownContainer = DiagnosticCode("spec/unknown-container")
    static let otherNamespace = DiagnosticCode("proof/other-namespace")
    static let otherServiceAccount = DiagnosticCode("proof/other-service-account")
    static let subPathStaysOld = DiagnosticCode("proof/subpath-stays-old")
    static let unknownSecret = DiagnosticCode("proof/unknown-secret")
    static let secretOfOtherPod = DiagnosticCode("proof/secret-of-other-pod")
}
