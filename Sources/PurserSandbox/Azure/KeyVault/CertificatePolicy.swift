import Foundation

/// A certificate's policy, in the normal form in which Key Vault gives it back.
/// Source: Azure REST reference, Key Vault certificates, api-version 7.4, `CertificatePolicy`.
struct CertificatePolicy: Sendable {
    static let pkcs12 = "application/x-pkcs12"
    static let pem = "application/x-pem-file"
    static let usages = [
        "cRLSign", "dataEncipherment", "decipherOnly", "digitalSignature", "encipherOnly", "keyAgreement",
        "keyCertSign", "keyEncipherment", "nonRepudiation",
    ]
    private static let serverAuth = "1.3.6.1.5.5.7.3.1"
    private static let clientAuth = "1.3.6.1.5.5.7.3.2"

    /// Without `id` and times, which the answer adds.
    let document: JSON

    var subject: String { document[path: "x509_props", "subject"]?.stringValue ?? "" }
    var contentType: String { document[path: "secret_props", "contentType"]?.stringValue ?? Self.pkcs12 }
    var issuer: String { document[path: "issuer", "name"]?.stringValue ?? "Unknown" }
    var months: Int { document[path: "x509_props", "validity_months"]?.intValue ?? 12 }
    var isExportable: Bool { document[path: "key_props", "exportable"] != false }
    var keyUsage: [String] { texts("key_usage") }
    var extendedUsages: [String] { texts("ekus") }

    func names(_ kind: String) -> [String] {
        document[path: "x509_props", "sans", kind]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private func texts(_ member: String) -> [String] {
        document[path: "x509_props", member]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    init(stored document: JSON) { self.document = document }

    /// Reads the policy of a `create`. `knows` tells whether the vault knows an issuer.
    /// - Throws: 400 `BadParameter`.
    init(creating asked: JSON, knows: (String) -> Bool) throws {
        guard asked.objectValue != nil else { throw Self.bad("Property policy has invalid value: it is missing.") }
        guard let issuer = asked[path: "issuer", "name"]?.stringValue,
            ["Self", "Unknown"].contains(issuer) || knows(issuer)
        else {
            throw Self.bad("The certificate issuer is not specified, or is none that the vault knows.")
        }
        guard let x509 = asked["x509_props"], let subject = x509["subject"]?.stringValue else {
            throw Self.bad("The certificate policy's x509_props name no subject.")
        }
        _ = try SubjectName(subject)
        var document = asked
        document["key_props"] = try Self.keyProperties(asked["key_props"])
        document["secret_props"] = ["contentType": .string(try Self.contentType(asked) ?? Self.pkcs12)]
        document["x509_props"] = try Self.x509(x509)
        document["lifetime_actions"] = asked["lifetime_actions"] ?? Self.renewal(issuer)
        document["issuer"] = asked["issuer"]
        document["attributes"] = nil
        self.document = document
    }

    /// The policy of an import: what was sent of it, and for the rest what the certificate says.
    init(importing asked: JSON?, contentType: String, certificate: VaultCertificate) throws {
        var properties = certificate.key.properties
        properties["exportable"] = asked?[path: "key_props", "exportable"] ?? true
        properties["reuse_key"] = asked?[path: "key_props", "reuse_key"] ?? false
        document = [
            "key_props": properties, "secret_props": ["contentType": .string(contentType)],
            "x509_props": certificate.properties,
            "lifetime_actions": [
                ["trigger": ["lifetime_percentage": 80], "action": ["action_type": "EmailContacts"]]
            ],
            "issuer": ["name": asked?[path: "issuer", "name"] ?? "Unknown"],
        ]
    }

    func answer(_ object: VaultObject, _ call: VaultCall) -> JSON {
        var answer = document
        answer["id"] = .string("\(object.id(call))/policy")
        answer["attributes"] = [
            "enabled": true, "created": object.document["policyCreated"] ?? .int(call.now),
            "updated": object.document["policyUpdated"] ?? .int(call.now),
        ]
        return answer
    }

    // MARK: Normal forms

    static func contentType(_ asked: JSON?) throws -> String? {
        guard let type = asked?[path: "secret_props", "contentType"]?.stringValue else { return nil }
        guard [pkcs12, pem].contains(type) else {
            throw bad("The content type '\(type)' is none of \(pkcs12) and \(pem).")
        }
        return type
    }

    private static func keyProperties(_ asked: JSON?) throws -> JSON {
        let shape = try KeyMaterial.Shape(asked ?? [:])
        if shape.isInHardware, asked?["exportable"] == true {
            throw bad("A key of type \(asked?["kty"]?.stringValue ?? "") is not exportable.")
        }
        var properties: JSON = [
            "exportable": asked?["exportable"] ?? .bool(!shape.isInHardware), "reuse_key": asked?["reuse_key"] ?? false,
        ]
        properties["kty"] = .string(asked?["kty"]?.stringValue ?? "RSA")
        if shape.type == "EC" {
            properties["crv"] = .string(shape.curve)
        } else {
            properties["key_size"] = .int(shape.size)
        }
        return properties
    }

    private static func x509(_ asked: JSON) throws -> JSON {
        let months = asked["validity_months"]?.intValue ?? 12
        guard (1...1200).contains(months) else { throw bad("validity_months must be positive.") }
        let usage =
            asked["key_usage"]?.arrayValue?.compactMap(\.stringValue) ?? ["digitalSignature", "keyEncipherment"]
        guard usage.allSatisfy({ usages.contains($0) }) else {
            throw bad("key_usage holds a word that is none of \(usages.joined(separator: ", ")).")
        }
        var properties: JSON = [
            "subject": .string((asked["subject"]?.stringValue ?? "").replacing("ST=", with: "S=")),
            "ekus": asked["ekus"] ?? [.string(serverAuth), .string(clientAuth)],
            "key_usage": .array(usage.sorted().map { .string($0) }), "validity_months": .int(months),
            "basic_constraints": ["ca": false],
        ]
        if let sans = asked["sans"], !sans.isNull {
            properties["sans"] = [
                "dns_names": sans["dns_names"] ?? [], "emails": sans["emails"] ?? [], "upns": sans["upns"] ?? [],
            ]
        }
        return properties
    }

    private static func renewal(_ issuer: String) -> JSON {
        let action: JSON = issuer == "Unknown" ? "EmailContacts" : "AutoRenew"
        return [["trigger": ["lifetime_percentage": 80], "action": ["action_type": action]]]
    }

    static func bad(_ message: String) -> AzureError { AzureError(400, "BadParameter", message) }
}
