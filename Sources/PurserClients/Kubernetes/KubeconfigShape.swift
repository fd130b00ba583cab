/// Whether a kubeconfig's members are what they must be. kubectl refuses a whole file in which one of them is not, such
/// as a token of digits without quotes.
///
/// Source: Kubernetes, reference of `kubeconfig (v1)`. Members that are not listed there are ignored, as kubectl does.
enum KubeconfigShape {
    private enum Form: String {
        case text = "a text"
        case flag = "true or false"
        case list = "a list"
        case mapping = "a mapping"

        func holds(_ value: JSONValue) -> Bool {
            switch (self, value) {
            case (_, .null), (.text, .string), (.flag, .bool), (.list, .array), (.mapping, .object): true
            default: false
            }
        }
    }

    private static let file: [(String, Form)] = [
        ("apiVersion", .text), ("kind", .text), ("current-context", .text), ("clusters", .list), ("users", .list),
        ("contexts", .list),
    ]
    private static let cluster: [(String, Form)] = [
        ("server", .text), ("tls-server-name", .text), ("insecure-skip-tls-verify", .flag),
        ("certificate-authority", .text), ("certificate-authority-data", .text), ("proxy-url", .text),
        ("extensions", .list),
    ]
    private static let user: [(String, Form)] = [
        ("client-certificate", .text), ("client-certificate-data", .text), ("client-key", .text),
        ("client-key-data", .text), ("token", .text), ("tokenFile", .text), ("username", .text), ("password", .text),
        ("as", .text), ("as-uid", .text), ("as-groups", .list), ("as-user-extra", .mapping),
        ("auth-provider", .mapping), ("exec", .mapping),
    ]
    private static let exec: [(String, Form)] = [
        ("apiVersion", .text), ("command", .text), ("args", .list), ("env", .list), ("installHint", .text),
        ("provideClusterInfo", .flag), ("interactiveMode", .text),
    ]
    private static let context: [(String, Form)] = [("cluster", .text), ("user", .text), ("namespace", .text)]

    /// `name` is the file's, for the message. No value gets into it: it could be a secret.
    static func check(_ config: JSONValue, _ name: String) throws(ServiceError) {
        guard config.object != nil || config.isNull else { throw .kubeconfig("\(name) is no mapping") }
        try check(config, file, name)
        try checkType(config, name)
        try check(config["clusters"], of: "cluster", cluster, name)
        try check(config["contexts"], of: "context", context, name)
        try check(config["users"], of: "user", user, name)
        for entry in config["users"]?.array ?? [] {
            guard let plugin = entry.at("user", "exec"), !plugin.isNull else { continue }
            try check(plugin, exec, "\(name): exec of user '\(entry["name"]?.string ?? "")'")
        }
    }

    private static func checkType(_ config: JSONValue, _ name: String) throws(ServiceError) {
        let version = Kubeconfig.text(config["apiVersion"]) ?? "v1"
        let kind = Kubeconfig.text(config["kind"]) ?? "Config"
        guard version == "v1", kind == "Config" else {
            throw .kubeconfig("\(name) is \(version) \(kind), and not v1 Config")
        }
    }

    private static func check(
        _ list: JSONValue?, of member: String, _ forms: [(String, Form)], _ file: String
    ) throws(ServiceError) {
        var names: Set<String> = []
        for (index, entry) in (list?.array ?? []).enumerated() {
            let place = "\(file): \(member) \(index + 1)"
            try check(entry, [("name", .text), (member, .mapping)], place)
            guard let name = Kubeconfig.text(entry["name"]) else { throw .kubeconfig("\(place) has no name") }
            guard names.insert(name).inserted else {
                throw .kubeconfig("\(file) has two \(member)s of the name '\(name)'")
            }
            try check(entry[member] ?? .null, forms, "\(file): \(member) '\(name)'")
        }
    }

    private static func check(
        _ value: JSONValue, _ forms: [(String, Form)], _ place: String
    ) throws(ServiceError) {
        guard value.object != nil || value.isNull else { throw .kubeconfig("\(place) is no mapping") }
        for (member, form) in forms {
            guard let found = value[member], !form.holds(found) else { continue }
            throw .kubeconfig("\(place): '\(member)' must be \(form.rawValue)")
        }
    }
}
