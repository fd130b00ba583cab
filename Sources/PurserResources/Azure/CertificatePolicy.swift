import PurserClients
import PurserEngine

/// How a vault makes a certificate, in the form in which two policies can be compared.
///
/// Source: Key Vault REST reference, certificates, `CertificatePolicy`, api-version 7.4. The service answers with a
/// normalised policy (`ST=` as `S=`, completed `sans`): comparisons normalise both sides.
struct CertificatePolicy: Sendable, Equatable {
    /// `Self` where the vault signs, `Unknown` where somebody outside does, else an issuer that the vault knows.
    var issuer = selfSigning
    /// What is ordered of an issuer: `OV-SSL`, `EV-SSL`… Nil where the spec leaves it to the issuer.
    var certificateType: String?
    var subject: String
    var months: Int
    var keyType: String
    var keySize: Int?
    var curve: String?
    var dnsNames: [String]
    var emails: [String]
    var upns: [String]
    var isExportable: Bool
    var contentType: String
    /// Nil, as what follows, where the spec leaves it to the vault.
    var keyUsages: [String]?
    var extendedKeyUsages: [String]?
    var reusesKey: Bool?
    var renewal: Renewal?

    /// When the vault acts on its own, and how.
    struct Renewal: Sendable, Equatable {
        var percent: Int?
        var daysBefore: Int?
        var isAutomatic = true
    }

    static let selfSigning = "Self"
    static let outside = "Unknown"
    static let pkcs12 = "application/x-pkcs12"
    static let pem = "application/x-pem-file"

    static let keyUsages = [
        "cRLSign", "dataEncipherment", "decipherOnly", "digitalSignature", "encipherOnly", "keyAgreement",
        "keyCertSign", "keyEncipherment", "nonRepudiation",
    ]

    static let objectIdentifier = TextRule(
        "an object identifier such as 1.3.6.1.5.5.7.3.1", pattern: #"^[0-2](\.[0-9]+)+$"#
    ) { text in
        text.wholeMatch(of: /[0-2](\.[0-9]+)+/) == nil ? "is no object identifier" : nil
    }

    /// What makes the certificate what it is; the rest tells only how the next one comes.
    var ofVersion: CertificatePolicy {
        var part = self
        part.reusesKey = nil
        part.renewal = nil
        return part
    }

    /// From the spec's record. Nil if a part is missing or unknown.
    init?(spec record: Value?) {
        guard let record, let subject = record["subject"]?.string,
            let months = record["validity"]?.string.flatMap(Self.months(in:))
        else { return nil }
        func texts(_ name: String) -> [String]? { record[name]?.list?.compactMap(\.string).sorted() }
        issuer = record["issuer"]?.string ?? Self.selfSigning
        certificateType = record["certificateType"]?.string
        self.subject = Self.normalised(subject)
        self.months = months
        keyType = record["keyType"]?.string ?? KeyType.rsa.rawValue
        keySize = Self.isRSA(keyType) ? record["keySize"]?.integer ?? 2048 : nil
        curve = Self.isRSA(keyType) ? nil : record["curve"]?.string ?? "P-256"
        dnsNames = texts("dnsNames") ?? []
        emails = texts("emails") ?? []
        upns = texts("upns") ?? []
        isExportable = record["exportable"]?.bool ?? !Self.isInHardware(keyType)
        contentType = record["contentType"]?.string ?? Self.pkcs12
        keyUsages = texts("keyUsages")
        extendedKeyUsages = texts("extendedKeyUsages")
        reusesKey = record["reuseKey"]?.bool
        renewal = record["renewal"].map { renewal in
            let days = renewal["daysBefore"]?.integer
            return Renewal(
                percent: days == nil ? renewal["percent"]?.integer ?? 80 : nil, daysBefore: days,
                isAutomatic: renewal["action"]?.string != "email")
        }
    }

    private static func isRSA(_ type: String) -> Bool { type.hasPrefix(KeyType.rsa.rawValue) }

    private static func isInHardware(_ type: String) -> Bool { KeyType(rawValue: type)?.isInHardware ?? false }

    /// Names of issuers count without regard to case.
    private static func issuer(_ name: String, like written: String?) -> String {
        [written, selfSigning, outside].compactMap(\.self).first { AzurePaths.areEqual($0, name) } ?? name
    }

    /// From the service's answer, with what the spec's record leaves to the vault left out. Nil for what is no policy.
    init?(answer policy: JSONValue?, asked record: Value? = nil) {
        guard let policy, let issuer = policy.at("issuer", "name")?.string,
            let subject = policy.at("x509_props", "subject")?.string
        else { return nil }
        self.issuer = Self.issuer(issuer, like: record?["issuer"]?.string)
        if record?["certificateType"] != nil { certificateType = policy.at("issuer", "cty")?.string }
        let x509 = policy["x509_props"]
        func names(_ kind: String) -> [String] { x509?.at("sans", kind)?.strings.sorted() ?? [] }
        self.subject = Self.normalised(subject)
        months = x509?["validity_months"]?.int ?? 12
        keyType = policy.at("key_props", "kty")?.string ?? KeyType.rsa.rawValue
        keySize = Self.isRSA(keyType) ? policy.at("key_props", "key_size")?.int ?? 2048 : nil
        curve = Self.isRSA(keyType) ? nil : policy.at("key_props", "crv")?.string ?? "P-256"
        dnsNames = names("dns_names")
        emails = names("emails")
        upns = names("upns")
        isExportable = policy.at("key_props", "exportable")?.bool ?? true
        contentType = policy.at("secret_props", "contentType")?.string ?? Self.pkcs12
        if record?["keyUsages"] != nil { keyUsages = x509?["key_usage"]?.strings.sorted() }
        if record?["extendedKeyUsages"] != nil { extendedKeyUsages = x509?["ekus"]?.strings.sorted() }
        if record?["reuseKey"] != nil { reusesKey = policy.at("key_props", "reuse_key")?.bool ?? false }
        if record?["renewal"] != nil { renewal = policy["lifetime_actions"]?.array?.first.map(Renewal.init(answer:)) }
    }

    /// The policy as the service takes it. Where nothing else is said, the vault renews the certificate itself at four
    /// fifths of its life, or writes to the contacts where it cannot.
    var json: JSONValue {
        var key: JSONValue = [
            "exportable": .bool(isExportable), "kty": .string(keyType), "reuse_key": .bool(reusesKey ?? false),
        ]
        key["key_size"] = keySize.map(JSONValue.integer)
        key["crv"] = curve.map(JSONValue.string)
        let usual = Renewal(percent: 80, isAutomatic: issuer != Self.outside)
        var issuing: JSONValue = ["name": .string(issuer)]
        issuing["cty"] = certificateType.map(JSONValue.string)
        return [
            "key_props": key, "secret_props": ["contentType": .string(contentType)], "x509_props": x509,
            "lifetime_actions": [(renewal ?? usual).json], "issuer": issuing,
        ]
    }

    private var x509: JSONValue {
        func texts(_ list: [String]) -> JSONValue { .array(list.map(JSONValue.string)) }
        var x509: JSONValue = ["subject": .string(subject), "validity_months": .integer(months)]
        let names = [("dns_names", dnsNames), ("emails", emails), ("upns", upns)].filter { !$0.1.isEmpty }
        if !names.isEmpty {
            x509["sans"] = .object(Dictionary(uniqueKeysWithValues: names.map { ($0.0, texts($0.1)) }))
        }
        x509["key_usage"] = keyUsages.map(texts)
        x509["ekus"] = extendedKeyUsages.map(texts)
        return x509
    }

    /// The policy in the spec's words, with the members that `reference` has or that are not at their default.
    func record(like reference: Value?) -> Value {
        let validity = reference?["validity"]?.string.flatMap { Self.months(in: $0) == months ? $0 : nil }
        func texts(_ list: [String]?) -> Value? { list.map { .list($0.map(Value.string)) } }
        let optional: [(name: String, value: Value?, normal: Value)] = [
            ("keyType", .string(keyType), "RSA"), ("keySize", keySize.map(Value.integer), 2048),
            ("curve", curve.map(Value.string), "P-256"), ("dnsNames", texts(dnsNames), []),
            ("emails", texts(emails), []), ("upns", texts(upns), []),
            ("exportable", .bool(isExportable), .bool(!Self.isInHardware(keyType))),
            ("contentType", .string(contentType), .string(Self.pkcs12)),
        ]
        var members: [String: Value] = [
            "subject": .string(subject), "validity": .string(validity ?? "\(months * 30)d"),
        ]
        for member in optional where reference?[member.name] != nil || member.value != member.normal {
            members[member.name] = member.value
        }
        if issuer != Self.selfSigning {
            members["issuer"] = .string(issuer)
            members["certificateType"] = certificateType.map(Value.string)
            members["wait"] = reference?["wait"]
        }
        members["keyUsages"] = texts(keyUsages)
        members["extendedKeyUsages"] = texts(extendedKeyUsages)
        members["reuseKey"] = reusesKey.map(Value.bool)
        members["renewal"] = renewal?.record(like: reference?["renewal"])
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

extension CertificatePolicy.Renewal {
    init(answer action: JSONValue) {
        self.init(
            percent: action.at("trigger", "lifetime_percentage")?.int,
            daysBefore: action.at("trigger", "days_before_expiry")?.int,
            isAutomatic: action.at("action", "action_type")?.string?.lowercased() != "emailcontacts")
    }

    var json: JSONValue {
        var trigger: JSONValue = [:]
        trigger["lifetime_percentage"] = percent.map(JSONValue.integer)
        trigger["days_before_expiry"] = daysBefore.map(JSONValue.integer)
        return ["trigger": trigger, "action": ["action_type": isAutomatic ? "AutoRenew" : "EmailContacts"]]
    }

    func record(like reference: Value?) -> Value {
        var members: [String: Value] = [:]
        if percent != 80 || reference?["percent"] != nil { members["percent"] = percent.map(Value.integer) }
        members["daysBefore"] = daysBefore.map(Value.integer)
        if !isAutomatic || reference?["action"] != nil { members["action"] = isAutomatic ? "renew" : "email" }
        return .object(members)
    }
}
