package import PurserEngine
package import PurserProof
import PurserSyntax

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An environment's spec in the terms of the proof. What only a run makes known stands as a placeholder.
package enum EnvironmentScene {
    /// The present time, in seconds since 1970: what is expired is expired now.
    package static var now: Int { Int(Date().timeIntervalSince1970) }

    /// `live` is what vaults hold that exist already.
    package static func scene(of spec: Declarations, live: LiveVaults = LiveVaults(), now: Int = now) -> Scene {
        var scene = Scene()
        scene.title = "this spec"
        scene.isWholeEnvironment = true
        scene.vaults = spec.section("vaults").compactMap {
            EnvironmentVaults(spec: spec, live: live, now: now).vault($0)
        }
        scene.identities = spec.section("identities").map { EnvironmentIdentities.identity($0, spec) }
        scene.issuer = EnvironmentIdentities.issuer(of: spec)
        scene.installations = EnvironmentInstallations.installations(of: spec)
        scene.classes = spec.section("secretProviderClasses").compactMap { EnvironmentClasses.definition($0, spec) }
        scene.pods = ["pods", "workloads"].flatMap { section in
            spec.section(section).compactMap { EnvironmentPods.definition($0, spec) }
        }
        return scene
    }

    package static func scene(of spec: Spec, live: LiveVaults = LiveVaults(), now: Int = now) -> Scene {
        scene(
            of: Declarations(environment: spec.environment, settings: spec.settings, resources: spec.resources.values),
            live: live, now: now)
    }

    /// What the proof finds in an environment. Runs whenever a spec is read.
    static func check(_ spec: Declarations) -> Diagnostics {
        Diagnostics(Prover.findings(of: scene(of: spec)).map(\.diagnostic))
    }
}

extension DeclaredResource {
    var label: String { address.description }

    /// Its name where that is known, else what stands for it; nil if the spec does not tell of any.
    func name(_ attribute: String) -> String? {
        if let text = known(attribute)?.string { return text }
        return attributes[attribute] == nil ? nil : Placeholder.text(label, attribute)
    }

    /// The places of parts, by paths below the resource, of those that have one.
    func places(_ paths: [Part: String]) -> Places {
        Places(range, paths.compactMapValues { writtenRange(of: $0) })
    }
}
