import Foundation

struct EnvironmentVariable: Sendable, Equatable {
    let name: String
    var value: String
}

/// A container's environment, and why it cannot be made. Source: Kubernetes documentation, "Secrets", "Using Secrets as
/// environment variables"; kubelet's `CreateContainerConfigError` texts.
struct ContainerEnvironment: Sendable {
    let objects: ObjectStore

    /// nil if all that the containers' variables refer to is there.
    func problem(of pod: JSON) async -> String? {
        for list in ["initContainers", "containers"] {
            for container in pod[path: "spec", list]?.arrayValue ?? [] {
                for variable in container["env"]?.arrayValue ?? [] {
                    if let problem = await problem(variable["valueFrom"] ?? [:], pod) { return problem }
                }
                for source in container["envFrom"]?.arrayValue ?? [] {
                    if let problem = await wholeProblem(source, pod) { return problem }
                }
            }
        }
        return nil
    }

    private func problem(_ source: JSON, _ pod: JSON) async -> String? {
        for (field, type, word) in Self.keySources {
            guard let reference = source[field], reference["optional"] != true else { continue }
            let name = reference["name"]?.stringValue ?? ""
            guard let object = await objects.get(type, pod.objectNamespace, name) else {
                return "\(word) \"\(name)\" not found"
            }
            let key = reference["key"]?.stringValue ?? ""
            if object[path: "data", key] == nil, object[path: "binaryData", key] == nil {
                return "couldn't find key \(key) in \(type.kind) \(pod.objectNamespace ?? "")/\(name)"
            }
        }
        return nil
    }

    private func wholeProblem(_ source: JSON, _ pod: JSON) async -> String? {
        let kinds = [
            ("secretRef", BuiltInResources.secrets, "secret"),
            ("configMapRef", BuiltInResources.configMaps, "configmap"),
        ]
        for (field, type, word) in kinds {
            guard let reference = source[field], reference["optional"] != true else { continue }
            let name = reference["name"]?.stringValue ?? ""
            if await objects.get(type, pod.objectNamespace, name) == nil { return "\(word) \"\(name)\" not found" }
        }
        return nil
    }

    private static let keySources = [
        ("secretKeyRef", BuiltInResources.secrets, "secret"),
        ("configMapKeyRef", BuiltInResources.configMaps, "configmap"),
    ]

    // MARK: - Variables

    /// What the runtime sets, and what the container's spec says, in its order; of two of the same name the later one
    /// counts. Those of resources (`resourceFieldRef`) are left out.
    func variables(of container: JSON, _ pod: JSON) async -> [EnvironmentVariable] {
        var variables = [
            EnvironmentVariable(
                name: "PATH", value: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            EnvironmentVariable(name: "HOSTNAME", value: pod[path: "spec", "hostname"]?.stringValue ?? pod.objectName),
        ]
        for source in container["envFrom"]?.arrayValue ?? [] {
            for (key, value) in await whole(source, pod) { Self.set(key, value, in: &variables) }
        }
        for variable in container["env"]?.arrayValue ?? [] {
            let text = variable["value"]?.stringValue.map { Self.expanded($0, variables) }
            guard let name = variable["name"]?.stringValue,
                let value = await referenced(variable["valueFrom"], pod, otherwise: text ?? "")
            else { continue }
            Self.set(name, value, in: &variables)
        }
        return variables
    }

    private static func set(_ name: String, _ value: String, in variables: inout [EnvironmentVariable]) {
        if let index = variables.firstIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append(EnvironmentVariable(name: name, value: value))
        }
    }

    private func whole(_ source: JSON, _ pod: JSON) async -> [(String, String)] {
        for (field, type) in [("secretRef", BuiltInResources.secrets), ("configMapRef", BuiltInResources.configMaps)] {
            guard let name = source[path: field, "name"]?.stringValue,
                let object = await objects.get(type, pod.objectNamespace, name)
            else { continue }
            let prefix = source["prefix"]?.stringValue ?? ""
            return (object["data"]?.stringMap ?? [:]).sorted { $0.key < $1.key }
                .map { (prefix + $0.key, Self.text($0.value, type)) }
        }
        return []
    }

    /// Nil where what is referred to is not there: it was optional.
    private func referenced(_ source: JSON?, _ pod: JSON, otherwise text: String) async -> String? {
        guard let source else { return text }
        if let field = source[path: "fieldRef", "fieldPath"]?.stringValue { return await self.field(field, of: pod) }
        for (field, type, _) in Self.keySources {
            guard let key = source[path: field, "key"]?.stringValue, let name = source[path: field, "name"]?.stringValue
            else { continue }
            return await objects.get(type, pod.objectNamespace, name)?[path: "data", key]?.stringValue
                .map { Self.text($0, type) }
        }
        return nil
    }

    private static func text(_ data: String, _ type: ResourceType) -> String {
        guard type == BuiltInResources.secrets else { return data }
        return Data(base64Encoded: data).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Source: Kubernetes documentation, "Downward API", fields.
    private func field(_ path: String, of pod: JSON) async -> String? {
        let live = await objects.get(BuiltInResources.pods, pod.objectNamespace, pod.objectName) ?? pod
        if let bracket = path.firstIndex(of: "["), path.hasSuffix("']") {
            let map = live[path: path[..<bracket].split(separator: ".").map(String.init)]?.stringMap ?? [:]
            return map[String(path[bracket...].dropFirst(2).dropLast(2))] ?? ""
        }
        return live[path: path.split(separator: ".").map(String.init)]?.stringValue
    }

    /// `$(NAME)` of a variable that stands before; `$$(NAME)` is that text itself.
    private static func expanded(_ text: String, _ variables: [EnvironmentVariable]) -> String {
        var result = text.replacingOccurrences(of: "$$", with: "\u{0}")
        for variable in variables {
            result = result.replacingOccurrences(of: "$(\(variable.name))", with: variable.value)
        }
        return result.replacingOccurrences(of: "\u{0}", with: "$")
    }
}
