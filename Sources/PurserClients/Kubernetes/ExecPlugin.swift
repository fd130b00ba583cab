/// A program that hands out credentials, as a kubeconfig describes it.
///
/// Source: Kubernetes, "Authenticating", client-go credential plugins.
package struct ExecPlugin: Sendable, Hashable {
    enum Version: String, Sendable {
        case v1 = "client.authentication.k8s.io/v1"
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    var version: Version
    /// An absolute path, or a bare name that is looked up on `PATH`.
    var command: String
    var arguments: [String]
    /// Added to the environment of the process. Their values may be secrets.
    var variables: [String: SecretString]
    var installHint: String?
    /// What the plugin is told of the cluster; nil if it does not want to know.
    var clusterInfo: JSONValue?

    /// Throws for a description that cannot be used. `directory` is where relative commands begin.
    init(
        _ exec: JSONValue, of place: String, directory: String, clusterInfo: JSONValue
    ) throws(ServiceError) {
        version = try Self.version(exec, place)
        guard let command = Kubeconfig.text(exec["command"]) else {
            throw .kubeconfig("\(place) has an exec plugin without a command")
        }
        self.command = command.contains("/") ? KubeconfigFiles.path(command, from: directory) : command
        arguments = (exec["args"]?.array ?? []).compactMap(\.string)
        guard arguments.count == exec["args"]?.array?.count ?? 0 else {
            throw .kubeconfig("\(place) has an exec plugin with an argument that is no text")
        }
        variables = try Self.variables(exec["env"], place)
        installHint = Kubeconfig.text(exec["installHint"])
        if exec["provideClusterInfo"]?.bool == true { self.clusterInfo = clusterInfo }
        try Self.checkMode(Kubeconfig.text(exec["interactiveMode"]), version, place)
    }

    private static func version(_ exec: JSONValue, _ place: String) throws(ServiceError) -> Version {
        guard let text = Kubeconfig.text(exec["apiVersion"]) else {
            throw .kubeconfig("\(place) has an exec plugin without an apiVersion")
        }
        guard let version = Version(rawValue: text) else {
            throw .kubeconfig(
                "\(place) has an exec plugin of apiVersion '\(text)': client.authentication.k8s.io/v1 and /v1beta1 are "
                    + "known")
        }
        return version
    }

    private static func variables(
        _ list: JSONValue?, _ place: String
    ) throws(ServiceError) -> [String: SecretString] {
        var variables: [String: SecretString] = [:]
        for item in list?.array ?? [] {
            guard let name = Kubeconfig.text(item["name"]) else {
                throw .kubeconfig("\(place) has an exec plugin with a variable that has no name")
            }
            variables[name] = SecretString(item["value"]?.string ?? "")
        }
        return variables
    }

    /// Plugins get no standard input: what Purser does must not depend on somebody who types. `v1` wants the mode said.
    private static func checkMode(
        _ mode: String?, _ version: Version, _ place: String
    ) throws(ServiceError) {
        switch mode {
        case "Never"?, "IfAvailable"?: break
        case nil where version == .v1beta1: break
        case nil: throw .kubeconfig("\(place) has an exec plugin without an interactiveMode, which v1 wants")
        case "Always"?:
            throw .kubeconfig(
                "\(place) has an exec plugin that always asks for input (interactiveMode: Always), which there is none "
                    + "of; use another way to sign in")
        case let other?: throw .kubeconfig("\(place) has an exec plugin with the unknown interactiveMode '\(other)'")
        }
    }

    /// What the plugin reads from `KUBERNETES_EXEC_INFO`.
    var info: JSONValue {
        var spec: JSONValue = ["interactive": false]
        spec["cluster"] = clusterInfo
        return ["apiVersion": .string(version.rawValue), "kind": "ExecCredential", "spec": spec]
    }
}
