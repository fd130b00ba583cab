import PurserEngine
import Testing

@testable import PurserResources

/// What looks like a secret is not taken into a spec.
@Suite struct LiteralSecretsTests {
    @Test(arguments: [
        ["adminPassword": "x"] as Value, ["a": ["b": [["dbToken": "x"]]]], ["connection_string": "x"],
        ["env": [["name": "API_KEY", "value": "x"]]], ["password": "/Xk2vv9+Zt=="],
    ])
    func `a text under a secret's name is one`(values: Value) {
        #expect(LiteralSecrets.paths(in: values, at: "values").count == 1)
    }

    @Test(arguments: [
        ["secrets-store-csi-driver": ["enableSecretRotation": true, "filteredWatchSecret": true]] as Value,
        ["syncSecret": ["enabled": true]], ["existingSecret": "name"], ["imagePullSecrets": [["name": "x"]]],
        ["tokenRequests": [["audience": "x"]]], ["password": ""], ["secretName": "x"],
        ["automountServiceAccountToken": true], ["useToken": "true"], ["checksum/secret": "e3b0c442"],
        [
            "env": [
                ["name": "DB_PASSWORD", "value": "$(OTHER)"], ["name": "TOKEN", "value": "/mnt/secrets-store/token"],
            ]
        ],
        ["env": [["name": "DB_PASSWORD", "valueFrom": ["secretKeyRef": ["name": "db", "key": "password"]]]]],
    ])
    func `a name of a Secret, a switch, a path and an empty text are none`(values: Value) {
        #expect(LiteralSecrets.paths(in: values, at: "values") == [])
    }

    private static let token = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxIn0", "c2lnbmF0dXJl"].joined(separator: ".")

    @Test(arguments: [
        "Server=tcp:db.test;User ID=sa;Password=Pa55;", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=eA==",
        "Endpoint=sb://x.test/;SharedAccessKeyName=a;SharedAccessKey=eA==", "https://x.test/c?sv=1&sig=eA%3D",
        "amqps://user:pass@mq.test:5671/", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        "--db-password=hunter2", "ghp_0123456789abcdef", token,
    ])
    func `a text shows by its form that it is one, under any name`(text: String) {
        #expect(LiteralSecrets.paths(in: ["args": [.string(text)]], at: "spec") == ["spec.args[0]"])
    }

    @Test(arguments: [
        "https://x.test/a?b=c", "postgres://$(USER):$(PASSWORD)@db.test/x", "--token-file=/mnt/token",
        "LOG_LEVEL=debug",
        "export TOKEN=$(cat /mnt/secrets/token)", "--password=$(DB_PASSWORD)", "Password={{ .Values.password }}",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----", "user@example.com", "eyJust a word",
        "postgres://app@db.test/x", "image@sha256:0123456789abcdef",
    ])
    func `other texts are none`(text: String) {
        #expect(LiteralSecrets.paths(in: ["args": [.string(text)]], at: "spec") == [])
    }

    @Test func `what is left out, masked or excepted is what was found`() {
        let values: Value = ["a": ["token": "x", "port": 80], "env": [["name": "PWD", "value": "y"]]]
        let (clean, left) = LiteralSecrets.withoutSecrets(values, at: "values")
        #expect(left == ["values.a.token", "values.env[0].value"])
        #expect(clean == ["a": ["port": 80], "env": [["name": "PWD"]]])
        #expect(
            LiteralSecrets.masked(values, at: "values", except: ["values.a.token"])
                == ["a": ["token": "x", "port": 80], "env": [["name": "PWD", "value": "(sensitive)"]]])
    }
}
