import PurserEngine
import PurserSyntax

/// Keeps secrets out of a release's values: they are recorded in state, and Helm keeps them in the cluster.
enum ReleaseValues {
    static func check(_ resource: DeclaredResource, _ attribute: String, _ diagnostics: inout Diagnostics) {
        guard let values = resource.known(attribute) else { return }
        for path in secrets(in: values, at: attribute) {
            diagnostics.append(
                .secretInValues, "'\(path)' looks like a secret, and values are recorded in state", in: resource, path,
                hint: "keep it in the vault and let the chart read a Kubernetes Secret, which 'secretObjects' can make")
        }
    }

    /// Paths of the texts that stand under a name that secrets go by.
    static func secrets(in value: Value, at path: String) -> [String] {
        switch value {
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { name, member in
                isSecret(name, member) ? ["\(path).\(name)"] : secrets(in: member, at: "\(path).\(name)")
            }
        case .list(let items):
            items.enumerated().flatMap { index, item in
                isSecret(item) ? ["\(path)[\(index)].value"] : secrets(in: item, at: "\(path)[\(index)]")
            }
        default: []
        }
    }

    /// The value with a mark in place of the texts that look like secrets, for what somebody else has given Helm.
    static func masked(_ value: Value) -> Value {
        switch value {
        case .object(let members):
            return .object(
                Dictionary(
                    uniqueKeysWithValues: members.map { name, member in
                        (name, isSecret(name, member) ? .string(Masking.mask) : masked(member))
                    }))
        case .list(let items):
            return .list(
                items.map { item in
                    guard isSecret(item), case .object(var members) = item else { return masked(item) }
                    members["value"] = .string(Masking.mask)
                    return .object(members)
                })
        default: return value
        }
    }

    /// The value without the texts that look like secrets, and the paths where they stood.
    static func withoutSecrets(_ value: Value, at path: String) -> (Value, [String]) {
        var left: [String] = []
        return (clean(value, path, &left), left)
    }

    private static func clean(_ value: Value, _ path: String, _ left: inout [String]) -> Value {
        switch value {
        case .object(let members):
            var result: [String: Value] = [:]
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                let place = "\(path).\(name)"
                if isSecret(name, member) { left.append(place) } else { result[name] = clean(member, place, &left) }
            }
            return .object(result)
        case .list(let items):
            return .list(
                items.enumerated().map { index, item in
                    let place = "\(path)[\(index)]"
                    guard isSecret(item), case .object(var members) = item else { return clean(item, place, &left) }
                    members["value"] = nil
                    left.append("\(place).value")
                    return .object(members)
                })
        default: return value
        }
    }

    /// An environment variable given in place: `{name: DB_PASSWORD, value: …}`.
    private static func isSecret(_ item: Value) -> Bool {
        guard let name = item["name"]?.string, let value = item["value"] else { return false }
        return isSecret(name, value)
    }

    /// Whether a text under this name is most likely a secret.
    static func isSecret(_ name: String, _ value: Value) -> Bool {
        guard let text = value.string, !text.isEmpty else { return false }
        let letters = name.lowercased().filter { $0.isLetter || $0.isNumber }
        // Names of Secrets are no secrets.
        guard
            !["existing", "pull", "name", "ref"].contains(where: {
                letters.hasPrefix($0) || letters.contains("pullsecret")
            })
        else { return false }
        return secretEndings.contains { letters.hasSuffix($0) }
    }

    private static let secretEndings = [
        "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey",
        "accountkey", "connectionstring", "credential", "credentials",
    ]
}

extension DiagnosticCode {
    static let secretInValues = DiagnosticCode("spec/secret-in-values")
}
