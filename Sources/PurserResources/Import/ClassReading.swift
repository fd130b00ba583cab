import PurserEngine
import PurserProof
import PurserSyntax

/// A SecretProviderClass of the cluster or of a manifest, read as the provider reads it.
///
/// Source: CRD `secrets-store.csi.x-k8s.io/v1` and `v1alpha1`, whose `spec` is the same; parameters of the Azure Key
/// Vault Provider v1.8.
struct ClassReading: Sendable {
    let namespace: String
    let name: String
    let vault: String
    let tenant: String?
    let mode: PodIdentity.Mode
    /// Of the identity that reads the vault, where the class names it.
    let clientId: String?
    let cloud: String?
    let objects: [RequestedObject]
    let secretObjects: [Value]

    var label: String { "SecretProviderClass \(namespace)/\(name)" }

    /// Throws why the spec cannot say what the class says.
    init(_ object: Value, _ remarks: inout Diagnostics) throws(Refusal) {
        namespace = object.member("metadata", "namespace")?.string ?? "default"
        name = object.member("metadata", "name")?.string ?? ""
        let spec = object["spec"]
        guard spec?["provider"]?.string == "azure" else {
            throw Refusal("its provider is '\(spec?["provider"]?.string ?? "")', not 'azure'")
        }
        let parameters = (spec?["parameters"]?.texts ?? [:]).mapValues(Self.trimmed)
        func parameter(_ name: String) -> String? { parameters[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let vault = parameter("keyvaultName") else { throw Refusal("it names no vault in 'keyvaultName'") }
        self.vault = vault
        tenant = parameter("tenantID") ?? parameter("tenantId")
        (mode, clientId) = try Self.identity(parameters)
        cloud = try Self.cloud(parameter("cloudName"))
        objects = try Self.objects(parameters["objects"] ?? "")
        secretObjects = spec?["secretObjects"]?.list ?? []
        tellOldVersion(object, &remarks)
        tellLeftOut(parameters, &remarks)
    }

    struct Refusal: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    // MARK: Parameters

    private static let flags = ["usePodIdentity", "useVMManagedIdentity", "useAzureTokenProxy"]
    private static let known: Set<String> = [
        "keyvaultName", "tenantID", "tenantId", "objects", "userAssignedIdentityID", "clientID", "cloudName",
    ]

    private static func identity(_ parameters: [String: String]) throws(Refusal) -> (PodIdentity.Mode, String?) {
        var on: [String] = []
        for flag in flags where try isOn(parameters[flag] ?? "", flag) { on.append(flag) }
        guard on.count <= 1 else { throw Refusal("\(on.joined(separator: " and ")) exclude each other") }
        let clientId = parameters["clientID"].flatMap { $0.isEmpty ? nil : $0 }
        switch on.first {
        case "usePodIdentity"?:
            throw Refusal("it goes by AAD pod identity, which is out of service: move it to workload identity")
        case "useAzureTokenProxy"?: throw Refusal("the spec has no word for 'useAzureTokenProxy'")
        case "useVMManagedIdentity"?:
            let named = parameters["userAssignedIdentityID"].flatMap { $0.isEmpty ? nil : $0 }
            return named == nil ? (.systemAssigned, nil) : (.userAssigned, named)
        default: return clientId == nil ? (.servicePrincipal, nil) : (.workload, clientId)
        }
    }

    /// Go's `strconv.ParseBool`.
    private static func isOn(_ text: String, _ flag: String) throws(Refusal) -> Bool {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": return true
        case "", "0", "f", "F", "FALSE", "false", "False": return false
        default: throw Refusal("'\(flag)' is '\(text)', which is neither true nor false")
        }
    }

    private static func cloud(_ name: String?) throws(Refusal) -> String? {
        guard let name else { return nil }
        let clouds = ["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"]
        guard let cloud = clouds.first(where: { $0.lowercased() == name.lowercased() }) else {
            throw Refusal("the spec has no word for the cloud '\(name)'")
        }
        return cloud
    }

    private static func objects(_ text: String) throws(Refusal) -> [RequestedObject] {
        let read = ObjectsText(text)
        if let failure = read.failures.first { throw Refusal("the provider could not read it: \(failure.text)") }
        guard !read.objects.isEmpty else { throw Refusal("it lists no objects") }
        for object in read.objects {
            guard object.objectType != nil else {
                throw Refusal("object \(object.index + 1) has the type '\(object.type)', not secret, key or cert")
            }
            guard !object.name.isEmpty else { throw Refusal("object \(object.index + 1) has no name") }
        }
        return read.objects
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Character) -> Bool = \.isWhitespace
        let start = text.drop(while: isSpace)
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }

    // MARK: Words on it

    /// The cluster serves every class as `v1`: what was applied is told by who keeps the fields.
    private func tellOldVersion(_ object: Value, _ remarks: inout Diagnostics) {
        let old = "secrets-store.csi.x-k8s.io/v1alpha1"
        let applied = object.member("metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration")
        let managers = object.member("metadata", "managedFields")?.list ?? []
        let isOld =
            object["apiVersion"]?.string == old || managers.contains { $0["apiVersion"]?.string == old }
            || applied?.string?.contains("\"apiVersion\":\"\(old)\"") == true
        guard isOld else { return }
        remarks.append(
            .importOldClassVersion, "\(label) was applied as v1alpha1, which is deprecated; Purser writes v1", at: nil,
            hint:
                "write secrets-store.csi.x-k8s.io/v1 in the manifests that you keep: nothing else differs",
            severity: .note)
    }

    private func tellLeftOut(_ parameters: [String: String], _ remarks: inout Diagnostics) {
        var parts: [String] = []
        for name in parameters.keys.sorted() where !Self.known.contains(name) && !Self.flags.contains(name) {
            parts.append("the parameter '\(name)'")
        }
        if mode == .userAssigned || mode == .systemAssigned, parameters["clientID"]?.isEmpty == false {
            parts.append(
                "'clientID', which makes the provider ask for a service account token that this mode does not use")
        }
        if mode != .userAssigned, parameters["userAssignedIdentityID"]?.isEmpty == false {
            parts.append("'userAssignedIdentityID', which does not count without 'useVMManagedIdentity'")
        }
        for object in objects {
            parts += object.unknownFields.map { "'\($0)' of the object '\(object.name)'" }
            parts += ObjectWords(object).unsaid.map { "\($0) of the object '\(object.name)'" }
        }
        for part in parts {
            remarks.append(
                .importPartLeftOut, "\(label): \(part) is not taken over", at: nil,
                hint: "the spec has no word for it, or the provider does not know it", severity: .warning)
        }
    }

    // MARK: In the spec's words

    /// `certificates`: names of the vault's certificates, nil where they are not known.
    func entries(certificates: Set<String>?) -> YAMLValue {
        .list(
            objects.map { ObjectWords($0).entry(isCertificate: certificates?.contains($0.name.lowercased()) ?? false) })
    }

    /// Of two entries of one name only the last would count; the driver takes them in turn.
    func secretWords(_ remarks: inout Diagnostics) -> YAMLField? {
        var seen: Set<String> = []
        var fields: [YAMLField] = []
        for secret in secretObjects {
            guard let name = secret["secretName"]?.string, seen.insert(name).inserted else {
                remarks.append(
                    .importPartLeftOut, "\(label): a second entry of `secretObjects` for one Secret is not taken over",
                    at: nil, hint: "join the two entries", severity: .warning)
                continue
            }
            let data = (secret["data"]?.list ?? []).compactMap { item in
                item["key"]?.string.map { YAMLField($0, .string(item["objectName"]?.string ?? "")) }
            }
            let members: [YAMLField?] = [
                YAMLField("type", .string(secret["type"]?.string ?? "Opaque")), YAMLField("data", .object(data)),
                .json("labels", secret["labels"]), .json("annotations", secret["annotations"]),
            ]
            fields.append(YAMLField(name, .object(members.compactMap(\.self))))
        }
        return fields.isEmpty ? nil : YAMLField("secretObjects", .object(fields))
    }
}

/// One entry of `objects` in the spec's words.
private struct ObjectWords {
    let object: RequestedObject
    private(set) var unsaid: [String] = []
    private var format: String?
    private var encoding: String?
    private var permission: String?

    init(_ object: RequestedObject) {
        self.object = object
        if !object.format.isEmpty { format = object.format.lowercased() }
        if !object.encoding.isEmpty { encoding = object.encoding.lowercased() }
        if let word = format, !["pem", "pfx"].contains(word) {
            unsaid.append("the format '\(object.format)'")
            format = nil
        }
        if let word = encoding, !["utf-8", "base64", "hex"].contains(word) {
            unsaid.append("the encoding '\(object.encoding)'")
            encoding = nil
        }
        guard !object.permission.isEmpty else { return }
        if object.permission.wholeMatch(of: /0?[0-7]{3}/) != nil {
            permission = object.permission
        } else {
            unsaid.append("'filePermission: \(object.permission)'")
        }
    }

    func entry(isCertificate: Bool) -> YAMLValue {
        let naming: [YAMLField] =
            switch object.type {
            case "cert": [YAMLField("certificate", .string(object.name)), YAMLField("as", .string("cert"))]
            case let type where isCertificate:
                [YAMLField("certificate", .string(object.name)), YAMLField("as", .string(type))]
            case "key": [YAMLField("key", .string(object.name))]
            default: [YAMLField("secret", .string(object.name))]
            }
        let more: [YAMLField?] = [
            .text("alias", object.alias, unless: ""), .text("version", object.version, unless: ""),
            object.hasHistory ? YAMLField("versionHistory", .int(object.history)) : nil,
            .text("format", format), .text("encoding", encoding), .text("filePermission", permission),
        ]
        return .object(naming + more.compactMap(\.self))
    }
}
