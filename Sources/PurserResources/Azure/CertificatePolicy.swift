import PurserClients
import PurserEngine

/// How a vault makes a certificate, in the form in which two policies can be compared.
///
/// Source: Key Vault REST reference, certificates, `CertificatePolicy`, api-version 7.4. The service answers with a
/// normalised policy (`ST=` as `S=`, completed `sans`): comparisons normalise both sides.
struct CertificatePolicy: Sendable, Equatable {
    var subject: String
    var months: Int
    var keyType: String
    var keySize: Int?
    var curve: String?
    var dnsNames: [String]
    var isExportable: Bool
    var contentType: String

    static let pkcs12 = "application/x-pkcs12"
    static let pem = "application/x-pem-file"

    /// From the spec's record. Nil if a part is missing or unknown.
    init?(spec record: Value?) {
        guard let record, let subject = record["subject"]?.string,
            let months = record["validity"]?.string.flatMap(Self.months(in:))
        else { return nil }
        self.subject = Self.normalised(subject)
        self.months = months
        keyType = record["keyType"]?.string ?? "RSA"
        keySize = keyType == "RSA" ? record["keySize"]?.integer ?? 2048 : nil
        curve = keyType == "EC" ? record["curve"]?.string ?? "P-256" : nil
        dnsNames = record["dnsNames"]?.list?.compactMap(\.string).sorted() ?? []
        isExportable = record["exportable"]?.bool ?? true
        contentType = record["contentType"]?.string ?? Self.pkcs12
    }

    /// From the service's answer. Nil unless the vault itself signs.
    init?(answer policy: JSONValue?) {
        guard let policy, policy.at("issuer", "name")?.string?.lowercased() == "self",
            let subject = policy.at("x509_props", "subject")?.string
        else { return nil }
        self.subject = Self.normalised(subject)
        months = policy.at("x509_props", "validity_months")?.int ?? 12
        let kind = policy.at("key_props", "kty")?.string ?? "RSA"
        keyType = kind.hasSuffix("-HSM") ? String(kind.dropLast(4)) : kind
        keySize = keyType == "RSA" ? policy.at("key_props", "key_size")?.int ?? 2048 : nil
        curve = keyType == "EC" ? policy.at("key_props", "crv")?.string ?? "P-256" : nil
        dnsNames = policy.at("x509_props", "sans", "dns_names")?.strings.sorted() ?? []
        isExportable = policy.at("key_props", "exportable")?.bool ?? true
        contentType = policy.at("secret_props", "contentType")?.string ?? Self.pkcs12
    }

    /// The policy as the service takes it. The vault renews the certificate itself at four fifths of its life.
    var json: JSONValue {
        var key: JSONValue = ["exportable": .bool(isExportable), "kty": .string(keyType), "reuse_key": false]
        key["key_size"] = keySize.map(JSONValue.integer)
        key["crv"] = curve.map(JSONValue.string)
        var x509: JSONValue = ["subject": .string(subject), "validity_months": .integer(months)]
        if !dnsNames.isEmpty { x509["sans"] = ["dns_names": .array(dnsNames.map(JSONValue.string))] }
        return [
            "key_props": key, "secret_props": ["contentType": .string(contentType)], "x509_props": x509,
            "lifetime_actions": [["trigger": ["lifetime_percentage": 80], "action": ["action_type": "AutoRenew"]]],
            "issuer": ["name": "Self"],
        ]
    }

    /// The policy in the spec's words, with the members that `reference` has or that are not at their default.
    func record(like reference: Value?) -> Value {
        let validity = reference?["validity"]?.string.flatMap { Self.months(in: $0) == months ? $0 : nil }
        let optional: [(name: String, value: Value?, normal: Value)] = [
            ("keyType", .string(keyType), "RSA"), ("keySize", keySize.map(Value.integer), 2048),
            ("curve", curve.map(Value.string), "P-256"), ("dnsNames", .list(dnsNames.map(Value.string)), []),
            ("exportable", .bool(isExportable), true), ("contentType", .string(contentType), .string(Self.pkcs12)),
        ]
        var members: [String: Value] = [
            "subject": .string(subject), "validity": .string(validity ?? "\(months * 30)d"),
        ]
        for member in optional where reference?[member.name] != nil || member.value != member.normal {
            members[member.name] = member.value
        }
        return .object(members)
    }

    /// Key Vault counts validity in whole months: 365 or 366 days are 12 of them, and 30 days are one. Nil for what
    /// neither multiple of 365 (or 366) nor of 30 days expresses.
    static func months(in duration: String) -> Int? {
        guard let number = Int(duration.dropLast()), number > 0 else { return nil }
        let days: Int
        switch duration.last {
        case "d": days = number
        case "h" where number % 24 == 0: days = number / 24
        default: return nil
        }
        if days % 365 == 0 { return days / 365 * 12 }
        if days % 366 == 0 { return days / 366 * 12 }
        return days % 30 == 0 ? days / 30 : nil
    }

    /// Attributes without blanks around commas, and `S` for `ST`, as the service answers.
    private static func normalised(_ subject: String) -> String {
        subject.split(separator: ",").map { part in
            let part = part.drop { $0 == " " }
            return part.uppercased().hasPrefix("ST=") ? "S=" + part.dropFirst(3) : String(part)
        }.joined(separator: ", ")
    }
}
