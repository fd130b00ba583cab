/// The `helm` binary, version 3 or 4. Values are given to it on standard input: they reach no file and no command line.
package struct HelmClient: Sendable {
    private let pipeline: ARMPipeline

    init(pipeline: ARMPipeline) { self.pipeline = pipeline }

    /// The binary's version; code `HelmNotFound` if there is none.
    package func version() async throws(ServiceError) -> HelmVersion {
        try await pipeline.notYet()
    }

    /// `helm upgrade --install --wait`: returns once everything in the release is ready. With `atomic`, a failure takes
    /// back what this call did.
    package func upgradeInstall(
        _ name: String,
        namespace: String,
        chart: HelmChart,
        values: JSONValue = [:],
        wait: Bool = true,
        atomic: Bool = false,
        timeout: Duration = .seconds(300)
    ) async throws(ServiceError) -> HelmRelease {
        try await pipeline.notYet()
    }

    /// The release's present state, or nil if there is no such release.
    package func status(_ name: String, namespace: String) async throws(ServiceError) -> HelmRelease? {
        try await pipeline.notYet()
    }

    /// Oldest first; empty if there is no such release.
    package func history(_ name: String, namespace: String) async throws(ServiceError) -> [HelmRevision] {
        try await pipeline.notYet()
    }

    /// The values that the user gave (not the chart's defaults), or nil if there is no such release.
    package func values(
        _ name: String, namespace: String, revision: Int? = nil
    ) async throws(ServiceError) -> JSONValue? {
        try await pipeline.notYet()
    }

    /// The manifest as YAML text, or nil if there is no such release.
    package func manifest(_ name: String, namespace: String) async throws(ServiceError) -> String? {
        try await pipeline.notYet()
    }

    /// Makes a former revision the present one (as a new revision).
    package func rollback(
        _ name: String, namespace: String, to revision: Int, timeout: Duration = .seconds(300)
    ) async throws(ServiceError) {
        try await pipeline.notYet()
    }

    /// Removes the release and its history: true if it was there, false if it was already absent.
    @discardableResult
    package func uninstall(
        _ name: String, namespace: String, timeout: Duration = .seconds(300)
    ) async throws(ServiceError) -> Bool {
        try await pipeline.notYet()
    }

    /// What would be installed, as YAML text, hooks included. Needs no cluster.
    package func template(
        _ name: String, namespace: String, chart: HelmChart, values: JSONValue = [:], includeCRDs: Bool = true
    ) async throws(ServiceError) -> String {
        try await pipeline.notYet()
    }
}
