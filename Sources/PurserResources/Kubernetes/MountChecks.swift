import PurserEngine
import PurserSyntax

/// The form of the mounts of a pod, or of a workload's pods, and what they need. Whether they work is for the proof.
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

    /// All that must be there before the pod can get its files, so that a target takes it along and nothing of it is
    /// deleted before the pod.
    var needs: Set<Address> {
        (classes.map(\.resource) + classesOfVolumes).reduce(into: []) { needs, mounted in
            needs.insert(mounted.address)
            needs.formUnion(AccessPath(of: mounted, in: spec).needs)
        }
    }

    /// The classes of the volumes that are written in Kubernetes' own words.
    private var classesOfVolumes: [DeclaredResource] {
        let names = PodReading.classVolumes(podSpec).map(\.name)
        guard !names.isEmpty else { return [] }
        let namespace = NamespaceLink.name(of: resource, from: spec)
        return spec.section("secretProviderClasses").filter { item in
            item.known(SecretProviderClass.objectName.name)?.string.map(names.contains) ?? false
                && NamespaceLink.name(of: item, from: spec) == namespace
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
        var volumes = Set((podSpec?["volumes"]?.list ?? []).compactMap { $0["name"]?.string })
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
            if let name = mount["volume"]?.string, !volumes.insert(name).inserted {
                diagnostics.append(
                    .mountForm, "the pod has a volume '\(name)' already", in: resource, "\(place).volume",
                    hint: "a class that is mounted at several places names its volume once")
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
}

extension DiagnosticCode {
    static let noContainers = DiagnosticCode("spec/no-containers")
    static let containerField = DiagnosticCode("spec/container-field")
    static let mountForm = DiagnosticCode("spec/mount-form")
    static let unknownContainer = DiagnosticCode("spec/unknown-container")
}
