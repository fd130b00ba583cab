import PurserClients
import PurserEngine
import Testing

@testable import PurserResources

struct CertificatePolicyTests {
    @Test(
        arguments: [
            ("365d", 12), ("366d", 12), ("730d", 24), ("30d", 1), ("90d", 3), ("360d", 12), ("8760h", 12), ("720h", 1),
            ("31d", nil), ("12h", nil), ("0d", nil), ("100s", nil), ("5m", nil),
        ] as [(String, Int?)]) func `validity in months`(_ duration: String, _ months: Int?)
    {
        #expect(CertificatePolicy.months(in: duration) == months)
    }

    private static let answer: JSONValue = [
        "id": "https://v/certificates/c/policy", "issuer": ["name": "Self"],
        "key_props": ["exportable": true, "kty": "RSA", "key_size": 4096, "reuse_key": false],
        "secret_props": ["contentType": "application/x-pkcs12"],
        "x509_props": [
            "subject": "CN=shop, S=Hamburg, C=DE", "validity_months": 12, "ekus": ["1.3.6.1.5.5.7.3.1"],
            "basic_constraints": ["ca": false],
            "sans": ["dns_names": ["b.example", "a.example"], "emails": [], "upns": []],
        ],
    ]

    private static let spec: Value = [
        "subject": "CN=shop,ST=Hamburg,C=DE", "validity": "365d", "keySize": 4096,
        "dnsNames": ["a.example", "b.example"],
    ]

    @Test func `an answer is compared after normalising both`() {
        #expect(CertificatePolicy(spec: Self.spec) == CertificatePolicy(answer: Self.answer))
    }

    @Test func `a difference is told in the spec's words`() {
        var spec = Self.spec.object ?? [:]
        spec["keySize"] = 2048
        spec["dnsNames"] = nil
        let found = CertificatePolicy(answer: Self.answer)?.record(like: .object(spec))
        #expect(
            found == [
                "subject": "CN=shop, S=Hamburg, C=DE", "validity": "365d", "keySize": 4096,
                "dnsNames": ["a.example", "b.example"],
            ])
    }

    @Test func `a certificate that another authority signs is no self-signed one`() {
        var answer = Self.answer
        answer["issuer"] = ["name": "Unknown"]
        #expect(CertificatePolicy(answer: answer) != CertificatePolicy(spec: Self.spec))
        #expect(CertificatePolicy(answer: answer)?.issuer == CertificatePolicy.outside)
        #expect(CertificatePolicy(answer: nil) == nil)
    }

    @Test func `what is sent reads back as what was meant`() {
        let policy = CertificatePolicy(spec: [
            "subject": "CN=x", "validity": "90d", "keyType": "EC", "exportable": false,
        ])
        #expect(policy != nil)
        #expect(CertificatePolicy(answer: policy?.json) == policy)
        #expect(policy?.json.at("key_props", "crv") == "P-256")
        #expect(policy?.json.at("key_props", "key_size") == nil)
    }
}
