/// The OpenAPI documents, as far as clients read them: what objects hold (without descriptions), which resources can be
/// patched, and that the server takes dry runs and checks fields itself.
/// Source: Kubernetes documentation, "The Kubernetes API", "OpenAPI interface definition".
struct OpenAPI {
    let types: [ResourceType]

    func answer(_ segments: [String], accept: String) throws(APIError) -> SandboxResponse {
        if segments == ["openapi", "v2"] {
            return accept.contains("protobuf") ? version2Message : plain(version2)
        }
        guard segments.count >= 2, segments[1] == "v3" else { throw .noSuchPath }
        let rest = segments.dropFirst(2).joined(separator: "/")
        return plain(rest.isEmpty ? version3Index : try version3(of: rest))
    }

    private func plain(_ document: JSON) -> SandboxResponse {
        .json(200, document, headers: ["Content-Type": "application/json"])
    }

    private var info: JSON { ["title": "Kubernetes", "version": .string(title)] }
    private var title: String { KubernetesAPI.version["gitVersion"]?.stringValue ?? "" }

    // MARK: - What is served

    private struct Served {
        let type: ResourceType
        let version: String

        /// `api/v1`, `apis/apps/v1`: a document of version 3 each.
        var groupVersion: String { type.group.isEmpty ? "api/\(version)" : "apis/\(type.group)/\(version)" }

        var path: String {
            let place = type.namespaced ? "namespaces/{namespace}/" : ""
            return "/\(groupVersion)/\(place)\(type.plural)/{name}"
        }

        var kind: JSON { ["group": .string(type.group), "version": .string(version), "kind": .string(type.kind)] }
    }

    private var served: [Served] {
        types.filter { !$0.isCreateOnly }.flatMap { type in
            type.versions.map { Served(type: type, version: $0) }
        }
    }

    private static let parameters = [
        ("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean"),
    ]

    // MARK: - Version 3

    private var version3Index: JSON {
        let documents = served.map(\.groupVersion).map { path in
            (path, ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(digest(path))")] as JSON)
        }
        return ["paths": .object(Dictionary(documents) { first, _ in first })]
    }

    private func version3(of groupVersion: String) throws(APIError) -> JSON {
        let paths = served.filter { $0.groupVersion == groupVersion }.map { served -> (String, JSON) in
            let parameters = Self.parameters.map { name, type -> JSON in
                ["name": .string(name), "in": "query", "schema": ["type": .string(type)]]
            }
            return (served.path, operations(served, parameters))
        }
        guard !paths.isEmpty else { throw .noSuchPath }
        return [
            "openapi": "3.0.0", "info": info, "paths": .object(Dictionary(paths) { first, _ in first }),
            "components": ["schemas": .object(schemas(of: served.filter { $0.groupVersion == groupVersion }))],
        ]
    }

    private func schemas(of served: [Served]) -> [String: JSON] {
        OpenAPISchemas.components(of: served.map { ($0.type, $0.version) })
    }

    private func operations(_ served: Served, _ parameters: [JSON]) -> JSON {
        let operation: JSON = [
            "parameters": .array(parameters), "responses": ["200": ["description": "OK"]],
            "x-kubernetes-group-version-kind": served.kind,
        ]
        return ["patch": operation, "put": operation]
    }

    /// Changes with the resources of a group version and with their definitions, so that clients know when to read it anew.
    private func digest(_ groupVersion: String) -> String {
        let names = served.filter { $0.groupVersion == groupVersion }.map { served in
            let schema = served.type.custom?.schemas[served.version].map { String(decoding: $0.bytes(), as: UTF8.self) }
            return "\(served.version)/\(served.type.plural)\(schema ?? "")"
        }
        let hash = names.sorted().joined(separator: ",").utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        return String(hash, radix: 16).uppercased()
    }

    // MARK: - Version 2

    private var version2: JSON {
        let paths = served.map { served -> (String, JSON) in
            let parameters = Self.parameters.map { name, type -> JSON in
                ["name": .string(name), "in": "query", "type": .string(type)]
            }
            return (served.path, operations(served, parameters))
        }
        return [
            "swagger": "2.0", "info": info, "paths": .object(Dictionary(paths) { first, _ in first }),
            "definitions": .object(definitions),
        ]
    }

    private var definitions: [String: JSON] { schemas(of: served).mapValues(OpenAPISchemas.version2) }

    /// The same as a message of `openapi.v2.Document`, which kubectl reads.
    /// Source: github.com/google/gnostic, `openapiv2/OpenAPIv2.proto`.
    private var version2Message: SandboxResponse {
        var document = ProtobufWriter()
        document.add(1, "2.0")
        document.add(2) { info in
            info.add(1, "Kubernetes")
            info.add(2, title)
        }
        document.add(8) { paths in
            for served in served {
                paths.add(2) { item in
                    item.add(1, served.path)
                    item.add(2) { $0.add(8) { Self.write(served, to: &$0) } }
                }
            }
        }
        document.add(9) { OpenAPISchemas.write(definitions, to: &$0) }
        return SandboxResponse(
            status: 200, headers: ["Content-Type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"],
            body: .bytes(document.bytes))
    }

    private static func write(_ served: Served, to operation: inout ProtobufWriter) {
        for (name, type) in parameters {
            // A parameter that is not in the body, but in the query.
            operation.add(8) {
                $0.add(1) {
                    $0.add(2) {
                        $0.add(3) {
                            $0.add(2, "query")
                            $0.add(4, name)
                            $0.add(6, type)
                        }
                    }
                }
            }
        }
        operation.add(13) { OpenAPISchemas.write(extension: "x-kubernetes-group-version-kind", served.kind, to: &$0) }
    }
}

/// Writes a protocol-buffer message, field by field. Source: protobuf.dev, "Encoding".
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ number: Int, _ text: String) { add(number, Array(text.utf8)) }

    mutating func add(_ number: Int, _ message: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        message(&inner)
        add(number, inner.bytes)
    }

    private mutating func add(_ number: Int, _ content: [UInt8]) {
        addVarint(number << 3 | 2)
        addVarint(content.count)
        bytes += content
    }

    private mutating func addVarint(_ value: Int) {
        var rest = UInt64(value)
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
