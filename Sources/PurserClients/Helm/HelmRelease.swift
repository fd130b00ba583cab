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
}
