import Foundation

/// The file by which kubectl and Helm find the sandbox's cluster. JSON, which is YAML too.
struct Kubeconfig: Sendable {
    let server: String
    /// The certificate authority as PEM.
    let authority: String
    let token: String
    var cluster = "purser-sandbox"
    var user = "purser-sandbox"

    var document: JSON {
        [
            "apiVersion": "v1", "kind": "Config", "current-context": .string(cluster), "preferences": [:],
            "clusters": [
                [
                    "name": .string(cluster),
                    "cluster": [
                        "server": .string(server),
                        "certificate-authority-data": .string(Data(authority.utf8).base64EncodedString()),
                    ],
                ]
            ],
            "contexts": [
                ["name": .string(cluster), "context": ["cluster": .string(cluster), "user": .string(user)]]
            ],
            "users": [["name": .string(user), "user": ["token": .string(token)]]],
        ]
    }
}
