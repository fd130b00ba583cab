/// A release as Helm knows it.
package struct HelmRelease: Sendable, Hashable {
    package var name: String
    package var namespace: String
    package var revision: Int
    /// `deployed`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `superseded`, `uninstalling`,
    /// `uninstalled`.
    package var status: String
    package var description: String

    package init(name: String, namespace: String, revision: Int, status: String, description: String) {
        self.name = name
        self.namespace = namespace
        self.revision = revision
        self.status = status
        self.description = description
    }
}

/// One entry of a release's history.
package struct HelmRevision: Sendable, Hashable {
    package var revision: Int
    package var status: String
    /// `NAME-VERSION` of the chart.
    package var chart: String
    package var appVersion: String
    package var description: String

    package init(revision: Int, status: String, chart: String, appVersion: String, description: String) {
        self.revision = revision
        self.status = status
        self.chart = chart
        self.appVersion = appVersion
        self.description = description
    }
}

/// A release in the list of all.
package struct HelmListedRelease: Sendable, Hashable {
    package let name: String
    package let namespace: String
    package let status: String
    /// `NAME-VERSION` of the chart.
    package let chart: String

    /// `{name, namespace, revision, status, chart, app_version}`
    init?(json: JSONValue) {
        guard let name = json["name"]?.string, let namespace = json["namespace"]?.string else { return nil }
        self.name = name
        self.namespace = namespace
        status = json["status"]?.string ?? ""
        chart = json["chart"]?.string ?? ""
    }
}

/// A chart repository by the name that the user gave it.
package struct HelmRepository: Sendable, Hashable {
    package let name: String
    package let url: String

    /// `{name, url}`
    init?(json: JSONValue) {
        guard let name = json["name"]?.string, let url = json["url"]?.string else { return nil }
        self.name = name
        self.url = url
    }
}

/// A chart: by its name in a repository, by `oci://` address, or by a path.
package struct HelmChart: Sendable, Hashable {
    package var name: String
    /// The repository's address; nil for `oci://` addresses and paths.
    package var repository: String?
    package var version: String?

    package init(name: String, repository: String? = nil, version: String? = nil) {
        self.name = name
        self.repository = repository
        self.version = version
    }
}

/// The version of the `helm` binary.
package struct HelmVersion: Sendable, Hashable, CustomStringConvertible {
    package var major: Int
    package var minor: Int
    package var patch: Int

    package init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    package var description: String { "\(major).\(minor).\(patch)" }

    /// Whether `upgrade` takes `--labels`.
    var knowsLabels: Bool { isAtLeast(3, 13) }
    /// Whether registries may be spoken to without TLS, by `--plain-http`.
    var knowsPlainHTTP: Bool { isAtLeast(3, 13) }
    /// Whether it is known to do all that is asked of it. The tests have run with 3.9.4 and later ones.
    var isSupported: Bool { isAtLeast(3, 9) }

    private func isAtLeast(_ major: Int, _ minor: Int) -> Bool { (self.major, self.minor) >= (major, minor) }
}

// MARK: - Helm's own forms

extension HelmVersion {
    /// Reads `v3.17.1+g980d8ac`, `4.0.0-rc.1`.
    init?(_ text: String) {
        let trimmed = text.drop { !$0.isNumber }.prefix { $0.isNumber || $0 == "." }
        let numbers = trimmed.split(separator: ".").compactMap { Int($0) }
        guard numbers.count >= 2 else { return nil }
        self.init(major: numbers[0], minor: numbers[1], patch: numbers.count > 2 ? numbers[2] : 0)
    }
}

extension HelmRelease {
    /// `{name, namespace, version, info: {status, description}}`
    init?(json: JSONValue) {
        guard let name = json["name"]?.string, let revision = json["version"]?.int,
            let status = json.at("info", "status")?.string
        else { return nil }
        self.init(
            name: name,
            namespace: json["namespace"]?.string ?? "",
            revision: revision,
            status: status,
            description: json.at("info", "description")?.string ?? ""
        )
    }
}

extension HelmRevision {
    /// `{revision, status, chart, app_version, description}`
    init?(json: JSONValue) {
        guard let revision = json["revision"]?.int, let status = json["status"]?.string else { return nil }
        self.init(
            revision: revision,
            status: status,
            chart: json["chart"]?.string ?? "",
            appVersion: json["app_version"]?.string ?? "",
            description: json["description"]?.string ?? ""
        )
    }
}

extension HelmChart {
    var arguments: [String] {
        (repository.map { ["--repo", $0] } ?? []) + (version.map { ["--version", $0] } ?? [])
    }

    /// The address without its digest, and the digest.
    var digestApart: (address: String, digest: Substring?) {
        guard name.hasPrefix("oci://"), let at = name.lastIndex(of: "@") else { return (name, nil) }
        return (String(name[..<at]), name[name.index(after: at)...])
    }

    /// Whether the chart is in a registry on this machine, which has no certificate.
    var isInLocalRegistry: Bool {
        guard name.hasPrefix("oci://") else { return false }
        let host = name.dropFirst("oci://".count).prefix { $0 != "/" }
        return ["localhost", "127.0.0.1", "[::1]"].contains { host == $0 || host.hasPrefix("\($0):") }
    }
}
