import Foundation
import PurserClients
import PurserEngine
import PurserProof
import PurserResources
import PurserSyntax

/// Reads what a check is about, and proves it. Opens no connection and changes nothing.
struct Checker {
    let context: CommandContext
    let variables: VariableOptions
    let allowed: AllowedFindings

    /// One report for each environment, in the order of the paths, and one for all manifests together.
    func reports(of paths: [String]) async throws -> [CheckReport] {
        let paths = try paths.isEmpty ? [SpecLookup(context: context).path(nil)] : paths
        var reports: [CheckReport] = []
        var manifests: [String] = []
        for path in paths {
            if EnvironmentPath(context: context).isEnvironment(path) {
                reports.append(try await environment(path))
            } else {
                manifests.append(path)
            }
        }
        if !manifests.isEmpty { reports.append(try await report(ofManifests: manifests)) }
        return reports
    }

    // MARK: Manifests

    private func report(ofManifests paths: [String]) async throws -> CheckReport {
        var files = ManifestFiles(context: context)
        for path in paths { try await files.read(path) }
        var reader = ManifestReader()
        for file in files.files { reader.read(file) }
        let set = reader.set
        var problems = files.problems
        problems.merge(set.problems)
        if set.objects.isEmpty, !problems.hasErrors {
            problems.append(
                .manifestNothing, "there is no SecretProviderClass, pod or workload in what was given", at: nil,
                hint: "an environment of Purser's own has `apiVersion: \(SpecLoader.apiVersion)`")
        }
        return CheckReport(
            proof: Prover.proof(of: ManifestScene.scene(of: set)), allowed: allowed, problems: problems,
            sources: set.sources, sensitive: set.sensitive)
    }

    // MARK: Environments

    private func environment(_ path: String) async throws -> CheckReport {
        let spec = try await OfflineSpec(context: context, variables: variables).load(path)
        return CheckReport(
            environment: spec.environment, proof: Prover.proof(of: EnvironmentScene.scene(of: spec)), allowed: allowed,
            problems: Diagnostics(spec.remarks.filter { FindingCatalogue.page(of: $0.code) == nil }),
            sources: spec.sources)
    }
}

/// Tells environments from manifests.
struct EnvironmentPath {
    let context: CommandContext

    /// Whether a path is a file with Purser's `apiVersion`, or a directory that has one. Only beginnings are looked at:
    /// whether the file is in order is for its reader to say.
    func isEnvironment(_ path: String) -> Bool {
        guard path != "-" else { return false }
        let resolved = context.resolved(path)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: resolved, isDirectory: &isDirectory) else { return false }
        guard isDirectory.boolValue else { return hasVersion(resolved) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: resolved)) ?? []
        return names.sorted().contains { name in
            name.hasSuffix(".yaml") && !name.hasPrefix(".") && hasVersion("\(resolved)/\(name)")
        }
    }

    private func hasVersion(_ path: String) -> Bool {
        guard let file = try? SourceFile.read(path: path) else { return false }
        return file.text.contains(#/(?m)^apiVersion:[ \t]*["']?purser//#)
    }
}

/// Loads a spec without clients: nothing is asked, so that no sign-in and no cluster is needed.
struct OfflineSpec {
    let context: CommandContext
    let variables: VariableOptions

    func load(_ path: String) async throws -> Spec {
        var inputs = try SpecInputsReader.inputs(variables, environment: context.environment, in: context)
        inputs.allowed = .everything
        inputs.leavesVariablesOpen = true
        let services = try await context.makeServices(
            ClientSettings(environment: context.environment, parseYAML: YAMLReading.json))
        return try await services.closing {
            // Without the proof, which whoever loads a spec in this way runs on it.
            let catalog = ResourceCatalog(services.catalog.kinds, settings: services.catalog.settings)
            do throws(Diagnostics) {
                return try SpecLoader.load(context.resolved(path), catalog: catalog, inputs: inputs)
            } catch {
                throw CommandFailure(.usage, error, sources: SpecSources.files(of: error))
            }
        }
    }
}
