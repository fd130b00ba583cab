import Foundation
import PurserClients
import PurserEngine
import PurserSyntax

/// Where a release's chart comes from, as `chart` and `repository` say it.
///
/// Source: Helm documentation, "The Chart Repository Guide" and "Use OCI-based registries".
enum ChartSource: Sendable, Hashable {
    /// A name in a repository that is reached by HTTP.
    case repository(String, name: String)
    /// A whole `oci://` address, with the manifest's digest behind an `@` if it is pinned.
    case registry(String)
    /// A directory or an archive below the spec's directory, relative to it.
    case local(String)

    /// Nil without a repository where one is needed.
    init?(chart: String, repository: String?) {
        if Self.isLocal(chart) {
            self = .local(chart)
        } else if chart.hasPrefix(Self.registryScheme) {
            self = .registry(chart)
        } else if let repository, repository.hasPrefix(Self.registryScheme) {
            self = .registry(repository + (repository.hasSuffix("/") ? "" : "/") + chart)
        } else if let repository {
            self = .repository(repository, name: chart)
        } else {
            return nil
        }
    }

    private static let registryScheme = "oci://"

    static func isLocal(_ chart: String) -> Bool { chart.hasPrefix("./") }

    /// The name that Helm's history most likely has for the chart: only the files of a local one tell for certain.
    static func likelyName(of chart: String) -> String {
        let last = chart.split(separator: "/").last.map(String.init) ?? chart
        let bare = chart.hasPrefix(registryScheme) ? String(last.prefix { $0 != "@" }) : last
        guard isLocal(chart), bare.hasSuffix(".tgz") else { return bare }
        let archive = String(bare.dropLast(".tgz".count))
        return ChartName(archive, likely: nil)?.name ?? archive
    }

    /// What `chart` may be. A text that Helm's command line would take for a flag, or for a place on this machine that
    /// the spec does not own, is none of it.
    static let rule = TextRule(
        "a chart's name in its repository, an oci:// address, or ./PATH to a directory or archive beside the spec",
        pattern: "^([A-Za-z0-9][A-Za-z0-9._-]*|oci://.+|\\./.+)$"
    ) { text in
        if isLocal(text) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            let isInside = !parts.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != ".." && $0 != "." }
            return isInside ? nil : "is no path below the spec's directory"
        }
        if text.hasPrefix(registryScheme) { return problem(ofAddress: text.dropFirst(registryScheme.count)) }
        if text.hasPrefix("/") || text.hasPrefix("..") { return "leads out of the spec's directory" }
        let isName = text.first.map { $0.isLetter || $0.isNumber } ?? false
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return isName && isPlain ? nil : "is no name of a chart"
    }

    private static func problem(ofAddress address: Substring) -> String? {
        let halves = address.split(separator: "@", omittingEmptySubsequences: false)
        let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, parts.allSatisfy({ !$0.isEmpty }), !address.contains(where: \.isWhitespace) else {
            return "is no address of a chart in a registry"
        }
        guard parts.last?.contains(":") != true else { return "has a tag: the version stands in 'version'" }
        guard halves.count > 1 else { return nil }
        let digest = halves[1].wholeMatch(of: #/sha256:[0-9a-f]{64}/#)
        return halves.count == 2 && digest != nil ? nil : "has a digest that is not sha256: and 64 hexadecimal digits"
    }
}

extension ChartSource {
    /// The chart as Helm takes it. One beside the spec is looked at first: it must lie there and be what is wanted.
    /// Throws `ResourceFailure`.
    func chart(version: String, _ operation: PurserEngine.Operation, _ helm: HelmClient) async throws -> HelmChart {
        switch self {
        case .repository(let address, let name): HelmChart(name: name, repository: address, version: version)
        case .registry(let address): HelmChart(name: address, version: version)
        case .local(let path):
            HelmChart(name: try await LocalChart(path, operation, helm).checked(version: version).place)
        }
    }
}

/// A chart beside the spec. Nothing of it may lead out of the spec's directory: whoever plans the spec of a stranger must
/// not have files of this machine rendered into the plan.
struct LocalChart: Sendable, Hashable {
    /// As the spec writes it.
    let path: String
    /// On this machine.
    let place: String
    let name: String
    let version: String

    /// Throws `ResourceFailure`, and `ServiceError` where there is no helm to look into an archive.
    init(_ path: String, _ operation: PurserEngine.Operation, _ helm: HelmClient) async throws {
        guard let place = operation.secrets.path(of: path) else {
            throw Self.unusable(path, "it does not lie in the spec's directory")
        }
        self.path = path
        self.place = place
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) else {
            throw Self.unusable(path, "there is nothing")
        }
        if isDirectory.boolValue {
            try Self.checkLinks(below: place, path, operation)
            (name, version) = try Self.metadata(in: try? SourceFile.read(path: "\(place)/Chart.yaml"), path)
        } else {
            (name, version) = try await Self.metadata(ofArchive: place, path, helm)
        }
    }

    func checked(version wanted: String) throws -> LocalChart {
        guard version == wanted else {
            throw Self.unusable(path, "it is version \(version), and the spec asks for \(wanted)")
        }
        return self
    }

    private static func unusable(_ path: String, _ why: String) -> ResourceFailure {
        ResourceFailure(
            .chartUnusable, "the chart '\(path)' cannot be used: \(why)",
            hint: "paths begin at the spec's directory; 'version' is that of Chart.yaml")
    }

    private static func checkLinks(below place: String, _ path: String, _ operation: PurserEngine.Operation) throws {
        let manager = FileManager.default
        guard let all = try? manager.subpathsOfDirectory(atPath: place) else {
            throw unusable(path, "it is unreadable")
        }
        for file in all {
            let attributes = try? manager.attributesOfItem(atPath: "\(place)/\(file)")
            guard attributes?[.type] as? FileAttributeType == .typeSymbolicLink else { continue }
            var isDirectory: ObjCBool = false
            let leadsSomewhere = manager.fileExists(atPath: "\(place)/\(file)", isDirectory: &isDirectory)
            guard leadsSomewhere, !isDirectory.boolValue, operation.secrets.path(of: "\(path)/\(file)") != nil else {
                throw unusable(path, "'\(file)' is a link that leads out of the spec's directory, or to no file")
            }
        }
    }

    private static func metadata(in file: SourceFile?, _ path: String) throws -> (name: String, version: String) {
        guard let root = file?.parsed, let name = root["name"]?.text, let version = root["version"]?.text else {
            throw unusable(path, "it has no Chart.yaml with 'name' and 'version'")
        }
        return (name, version)
    }

    /// What is in an archive counts, and not what it is called: only Helm looks into it.
    private static func metadata(
        ofArchive place: String, _ path: String, _ helm: HelmClient
    ) async throws -> (name: String, version: String) {
        let text: String
        do throws(ServiceError) {
            text = try await helm.chartFile(of: HelmChart(name: place))
        } catch {
            guard error.code == "HelmFailed" else { throw error }
            throw unusable(path, "Helm cannot read it: \(error.message)")
        }
        return try metadata(in: SourceFile(path: "Chart.yaml", text: text), path)
    }
}

extension SourceFile {
    /// The document in it, or nil if there is none that can be read.
    fileprivate var parsed: YAMLNode? { try? YAMLParser.parse(self) }
}

extension DiagnosticCode {
    static let chartUnusable = DiagnosticCode("apply/chart-unusable")
    static let chartChanged = DiagnosticCode("apply/chart-changed")
}
