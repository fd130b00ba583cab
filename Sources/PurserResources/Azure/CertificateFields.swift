import PurserEngine
import PurserSyntax

/// The fields by which a spec tells how a vault makes a certificate.
enum CertificateFields {
    /// For how long an apply waits for a signature, where the spec does not say it.
    static let usualWait = "10m"

    /// How a certificate is made, whoever signs it.
    static let ofPolicy = [
        Field("subject", .text, required: true, "The distinguished name, such as `CN=shop.example.com`."),
        Field(
            "validity", .duration, required: true,
            "A number of months as Key Vault counts them: a multiple of 30d, or of 365d for years."),
        Field(
            "keyType", .choice(KeyType.allCases.map(\.rawValue)),
            "By default RSA. `RSA-HSM` and `EC-HSM` are kept in hardware, by vaults of the price tier `premium`."),
        Field("keySize", .integer(2048...4096), "Bits of an RSA key: 2048 (the default), 3072 or 4096."),
        Field("curve", .choice(["P-256", "P-384", "P-521", "P-256K"]), "The curve of an EC key; by default P-256."),
        Field("dnsNames", .list(.text), "Host names that the certificate is good for."),
        Field("emails", .list(.text), "Mail addresses that the certificate is good for."),
        Field("upns", .list(.text), "User principal names that the certificate is good for."),
        Field(
            "keyUsages", .list(.choice(CertificatePolicy.keyUsages)),
            "What the key may be used for; by default what the vault chooses."),
        Field(
            "extendedKeyUsages", .list(.text(CertificatePolicy.objectIdentifier)),
            "Purposes by object identifier; by default those of TLS servers and clients."),
        Field(
            "reuseKey", .boolean,
            "Whether the next version has the same key; by default it has its own. Changes no version."),
        Field(
            "renewal",
            .record([
                Field("percent", .integer(1...99), "At this part of its life; 80 where nothing else is said."),
                Field("daysBefore", .integer(1...3650), "So many days before it expires, in place of `percent`."),
                Field(
                    "action", .choice(["renew", "email"]),
                    "The vault makes the next version itself, by default, or writes to the contacts."),
            ]), "When the vault acts on its own. A change changes no version."),
        Field(
            "exportable", .boolean,
            "Whether the key can be read, as pods that mount it need; by default true, but for keys in hardware."),
        Field(
            "contentType", .choice([CertificatePolicy.pkcs12, CertificatePolicy.pem]),
            "The form of the secret that holds certificate and key; by default PKCS#12."),
    ]

    static let ofIssuing =
        [
            Field(
                "issuer", .text(issuerName), required: true,
                "The name of an issuer that the vault knows, or `Unknown` where somebody signs the vault's request and merges what was signed."
            ),
            Field(
                "certificateType", .text,
                "What is ordered of the issuer, in its own words, such as `OV-SSL` or `EV-SSL`."),
            Field("wait", .duration, "For how long an apply waits until it is signed; by default 10m."),
        ] + ofPolicy

    private static let issuerName = TextRule("the name of an issuer: letters, digits and hyphens") { text in
        text.wholeMatch(of: /[0-9A-Za-z-]{1,127}/) == nil ? "is no name of an issuer" : nil
    }

    static func check(
        _ record: Value, at source: String, _ resource: DeclaredResource, _ spec: Declarations,
        _ diagnostics: inout Diagnostics
    ) {
        let address = resource.address.description
        if let validity = record["validity"]?.string, CertificatePolicy.months(in: validity) == nil {
            diagnostics.append(
                .invalidValue, "a validity of \(validity) is no number of whole months",
                at: resource.range(of: "\(source).validity"),
                hint: "write a multiple of 30d, or of 365d for years", address: address)
        }
        if let subject = record["subject"]?.string, !subject.contains("=") {
            diagnostics.append(
                .invalidValue, "the subject '\(subject)' is not a distinguished name",
                at: resource.range(of: "\(source).subject"), hint: "write e.g. `CN=\(subject)`", address: address)
        }
        checkKey(record, at: source, resource, spec, &diagnostics)
        if let renewal = record["renewal"], renewal["percent"] != nil, renewal["daysBefore"] != nil {
            diagnostics.append(
                .specContradiction, "'renewal' says both 'percent' and 'daysBefore'",
                at: resource.range(of: "\(source).renewal"), hint: "write one of them", address: address)
        }
        if let issuer = record["issuer"]?.string { checkIssuer(issuer, record, resource, &diagnostics) }
    }

    private static func checkKey(
        _ record: Value, at source: String, _ resource: DeclaredResource, _ spec: Declarations,
        _ diagnostics: inout Diagnostics
    ) {
        let address = resource.address.description
        let type = record["keyType"]?.string.flatMap(KeyType.init) ?? .rsa
        KeyType.check(resource, at: "\(source).keyType", type, spec, &diagnostics)
        if type.isInHardware, record["exportable"]?.bool == true {
            diagnostics.append(
                .specContradiction, "a key of type \(type.rawValue) cannot leave the vault's hardware",
                at: resource.range(of: "\(source).exportable"), hint: "remove 'exportable'", address: address)
        }
        let other = type.isRSA ? "curve" : "keySize"
        if record[other] != nil {
            diagnostics.append(
                .specContradiction, "'\(other)' does not go with a key of type \(type.rawValue)",
                at: resource.range(of: "\(source).\(other)"), hint: "remove it", address: address)
        }
        guard type.isRSA else { return }
        Key.checkSize(record["keySize"], at: resource.range(of: "\(source).keySize"), resource, &diagnostics)
    }

    /// The vault can neither order nor renew what it does not sign and has no issuer for.
    private static func checkIssuer(
        _ issuer: String, _ record: Value, _ resource: DeclaredResource, _ diagnostics: inout Diagnostics
    ) {
        let (address, place) = (resource.address.description, "\(Certificate.issued.name)")
        if AzurePaths.areEqual(issuer, CertificatePolicy.selfSigning) {
            diagnostics.append(
                .specContradiction, "the issuer '\(issuer)' is the vault itself",
                at: resource.range(of: "\(place).issuer"), hint: "write `selfSigned` in place of `issued`",
                address: address)
        }
        guard issuer == CertificatePolicy.outside, record["renewal"]?["action"]?.string == "renew" else { return }
        diagnostics.append(
            .specContradiction, "the vault cannot renew what somebody outside signs",
            at: resource.range(of: "\(place).renewal.action"), hint: "write `action: email`", address: address)
    }
}
