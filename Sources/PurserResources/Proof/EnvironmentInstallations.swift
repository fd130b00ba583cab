import PurserEngine
import PurserProof

/// The releases that bring the CSI driver, and the add-on.
enum EnvironmentInstallations {
    static func installations(of spec: Declarations) -> [Installation] {
        var found = spec.section("releases").compactMap(installation)
        if spec.settings["cluster.csi"]?.string?.lowercased() == "addon" {
            var addOn = Installation(label: "the add-on azureKeyvaultSecretsProvider", origin: .addOn)
            addOn.syncsSecrets = true
            // Source: AKS documentation, "Connect your Azure identity provider to the Azure Key Vault Secrets Store CSI
            // Driver", workload identity.
            addOn.audiences = ["api://AzureADTokenExchange"]
            found.append(addOn)
        }
        return found
    }

    private static func installation(_ release: DeclaredResource) -> Installation? {
        guard let chart = DriverChart(of: release), chart.hasDriver else { return nil }
        var paths: [Part: String] = [.setting("version"): Release.version.name]
        for setting in ["enableSecretRotation", "rotationPollInterval", "syncSecret.enabled", "tokenRequests"] {
            paths[.setting(setting)] = "\(Release.values.name).\(chart.valueName(setting))"
        }
        var found = Installation(label: release.label, origin: .chart, places: release.places(paths))
        found.valuePrefix = chart.prefix
        guard let version = release.known(Release.version.name)?.string else { return found }
        if chart.isProvider {
            (found.provider, found.driver) = ChartVersions.components(ofProviderChart: version)
        } else {
            found.driver = ComponentVersion(version)
        }
        // What exists need not be described: without its values nothing is known of its settings.
        guard !release.isExisting || release.writes(Release.values.name) else { return found }
        found.rotates = chart.flag("enableSecretRotation", default: false)
        found.pollIntervalSeconds = chart.seconds("rotationPollInterval", default: 120)
        found.syncsSecrets = chart.flag("syncSecret", "enabled", default: false)
        found.audiences = chart.audiences(provider: found.provider)
        found.runsOnWindows = chart.runsOnWindows
        found.separatesFiles = chart.isProvider ? chart.ownFlag("writeCertAndKeyInSeparateFiles", default: false) : nil
        return found
    }
}
