package import PurserSyntax

/// One Kubernetes object of those that decide what a pod reads, as it was written.
package struct Manifest: Sendable {
    package let apiVersion: String
    package let kind: String
    package let name: String
    /// As written; nil where the object leaves it to whoever applies it.
    package let namespace: String?
    package let node: YAMLNode
    /// The file that it stands in.
    package let source: SourceFile
    /// The chart's template that made it, as `helm template` tells in a comment `# Source:`.
    package let template: String?

    package init(
        apiVersion: String, kind: String, name: String, namespace: String?, node: YAMLNode, source: SourceFile,
        template: String? = nil
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.namespace = namespace
        self.node = node
        self.source = source
        self.template = template
    }
}

/// A Secret, of which nothing is kept but what it is called by.
package struct SecretManifest: Sendable, Hashable {
    package let name: String
    package let namespace: String?
    package let type: String?
    /// The keys of its data, sorted.
    package let keys: [String]
    package let labels: [String: String]
    package let range: SourceRange
}

/// What was read of a set of manifests.
package struct ManifestSet: Sendable {
    package var objects: [Manifest] = []
    package var secrets: [SecretManifest] = []
    /// Objects of other kinds, which decide nothing here.
    package var ignored = 0
    /// What could not be read, and what is better written otherwise.
    package var problems = Diagnostics()
    package var sources: [SourceFile] = []
    /// Where values stand that must not be shown: data of Secrets, values of environment variables, command lines.
    package var sensitive: [SourceRange] = []

    package init() {}
}

/// The kinds that count, with the API group of each.
package enum ManifestKind {
    package static let secretProviderClass = "SecretProviderClass"
    package static let secret = "Secret"

    /// Source: Kubernetes API reference 1.33; Secrets Store CSI Driver documentation.
    package static let groups: [String: String] = [
        "Pod": "", "ServiceAccount": "", secret: "",
        "Deployment": "apps", "StatefulSet": "apps", "DaemonSet": "apps", "ReplicaSet": "apps",
        "Job": "batch", "CronJob": "batch",
        secretProviderClass: "secrets-store.csi.x-k8s.io",
        DriverManifests.csiDriver: "storage.k8s.io", DriverManifests.clusterRole: "rbac.authorization.k8s.io",
    ]

    /// Whether an object of this kind and API version is one of those that count.
    package static func counts(_ kind: String, apiVersion: String) -> Bool {
        guard let group = groups[kind] else { return false }
        let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false)
        return group.isEmpty ? apiVersion == "v1" : parts.count == 2 && parts[0] == group
    }
}

extension DiagnosticCode {
    package static let manifestNotAnObject = DiagnosticCode("manifest/not-an-object")
    package static let manifestNoName = DiagnosticCode("manifest/no-name")
    package static let manifestDuplicate = DiagnosticCode("manifest/duplicate")
    package static let manifestOutside = DiagnosticCode("manifest/outside")
    package static let manifestUnreadable = DiagnosticCode("manifest/unreadable")
    package static let manifestTooMany = DiagnosticCode("manifest/too-many")
    package static let manifestNothing = DiagnosticCode("manifest/nothing")
}
