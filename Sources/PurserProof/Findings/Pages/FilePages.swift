import PurserSyntax

/// `objects`, the files, and the Secrets that are made of them.
enum FilePages {
    static let all: [FindingPage] = [
        FindingPage(
            .objectsForm, .error, "the provider cannot read `objects`",
            explanation: """
                `objects` is a text: a YAML mapping whose `array` is a list of texts, each again a YAML \
                mapping. Most often the `|` behind a `-` is missing.
                """,
            says: """
                failed to yaml unmarshal objects, error: yaml: unmarshal errors:…cannot unmarshal !!map \
                into string
                """,
            fix: "Begin each entry with `- |`.",
            example: .manifests(changing: [
                (
                    "        - |\n          objectName: db-password",
                    "        - objectName: db-password"
                )
            ])),
        FindingPage(
            .noVaultObjects, .error, "there is nothing to mount",
            explanation: "A class lists no objects, so that its pods would get no files. List at least one.",
            says: "missing object versions",
            fix: "List at least one object.",
            example: .spec(changing: [
                (
                    """
                        objects:\n      - secret: app-secret\n      - certificate: app-cert\n        \
                    as: secret\n    secretObjects:\n      app-cert:\n        type: kubernetes.io/tls\n  \
                          data: {tls.key: app-cert, tls.crt: app-cert}\n
                    """,
                    "    objects: []\n"
                ),
                (
                    "      - {secret: app-cert, path: /tls}\n",
                    ""
                ),
            ])),
        FindingPage(
            .vaultObjectForm, .error, "the fields of an object do not fit it",
            explanation: "Format and encoding are for secrets alone, and each has few words.",
            says: "PFX format only supported for objectType: secret",
            fix: "Leave the field out.",
            example: .spec(changing: [
                (
                    "as: secret",
                    "as: cert\n        format: pfx"
                ),
                (
                    """
                        secretObjects:\n      app-cert:\n        type: kubernetes.io/tls\n        data: \
                    {tls.key: app-cert, tls.crt: app-cert}\n
                    """,
                    ""
                ),
                (
                    "      - {secret: app-cert, path: /tls}\n",
                    ""
                ),
            ])),
        FindingPage(
            .objectType, .error, "an object is of no type",
            explanation: """
                `objectType` is `secret`, `key` or `cert`, in small letters. It is looked at only when the \
                object is fetched.
                """,
            says: "Invalid vaultObjectTypes. Should be secret, key, or cert",
            fix: "Write `secret`, `key` or `cert`.",
            example: .manifests(changing: [
                (
                    "objectName: db-password\n          objectType: secret",
                    "objectName: db-password\n          objectType: Secret"
                )
            ])),
        FindingPage(
            .unknownObjectField, .warning, "the provider does not know a field of an object",
            explanation: "What the provider does not know in `objects` it ignores.",
            says: nil,
            fix: "Correct the spelling.",
            example: .manifests(changing: [
                (
                    "objectName: db-password\n",
                    "objectName: db-password\n          objectalias: password\n"
                )
            ])),
        FindingPage(
            .fileName, .error, "a name is none for a file",
            explanation: """
                A file's name is a relative path in its shortest form, without `..`, each part of at most \
                255 bytes.
                """,
            says: "file name must be a relative path",
            fix: "Correct the alias.",
            example: .manifests(changing: [
                (
                    "objectName: db-password\n",
                    "objectName: db-password\n          objectAlias: /etc/password\n"
                )
            ])),
        FindingPage(
            .fileMode, .warning, "a file gets the mode 0000",
            explanation: """
                `filePermission` is read as octal digits; what cannot be read leaves no right at all, and \
                only root can read the file.
                """,
            says: "permission denied",
            fix: "Write octal digits, such as `0400`.",
            example: .manifests(changing: [
                (
                    "objectName: db-password\n",
                    "objectName: db-password\n          filePermission: u+rwx\n"
                )
            ])),
        FindingPage(
            .duplicateFile, .warning, "one file is written twice",
            explanation: "Two objects are written to the same file, and only the last remains.",
            says: nil,
            fix: "Give one of them an `alias`.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- secret: app-cert"
                )
            ])),
        FindingPage(
            .fileConflict, .error, "a file and a directory have one name",
            explanation: "A part of an object's path is the file of another object.",
            says: "mkdir …/conf/: file exists",
            fix: "Give one of them another `alias`.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- {secret: app-secret, alias: conf}\n      - {secret: app-secret, alias: conf/db}"
                )
            ])),
        FindingPage(
            .syncDisabled, .error, "the driver may not write Secrets",
            explanation: """
                The release gives the driver no right to write Secrets, so that `secretObjects` would have \
                no effect: the mount works, and the Secret never appears.
                """,
            says: "secrets is forbidden",
            fix: "Set the value that the hint names.",
            example: .spec(changing: [
                (
                    "syncSecret: {enabled: true}, ",
                    ""
                )
            ])),
        FindingPage(
            .unknownMountedFile, .error, "a Secret is made of a file that is not mounted",
            explanation:
                "`secretObjects` name the mounted file: its alias, if it has one, and `NAME/0` with a history.",
            says: "file matching objectName app-cert not found in the pod",
            fix: "Name the file as it is mounted.",
            example: .spec(changing: [
                (
                    "as: secret",
                    "alias: app.pem"
                )
            ])),
        FindingPage(
            .secretWithoutData, .error, "a Secret has no data",
            explanation: "The driver makes no Secret without data.",
            says: "data is empty",
            fix: "List keys and files under `data`.",
            example: .spec(changing: [
                (
                    "type: kubernetes.io/tls",
                    "type: Opaque"
                ),
                (
                    "{tls.key: app-cert, tls.crt: app-cert}",
                    "{}"
                ),
            ])),
        FindingPage(
            .tlsKeys, .error, "a TLS Secret has other keys than its two",
            explanation: "A Secret of type `kubernetes.io/tls` has `tls.crt` and `tls.key`, and no third.",
            says: "Only 'tls.key' and 'tls.crt' are supported",
            fix: "Put other keys into a Secret of type `Opaque`.",
            example: .spec(changing: [
                (
                    "tls.crt: app-cert}",
                    "tls.crt: app-cert, ca.crt: app-cert}"
                )
            ])),
        FindingPage(
            .tlsPartMissing, .error, "a file does not hold what a TLS Secret takes from it",
            explanation: """
                A Secret for TLS takes its certificate or its private key from a file that does not hold \
                it, or holds it encrypted or as base64 text.
                """,
            says: "failed to get cert data from file",
            fix: "Mount the certificate with `as: secret`, or follow the hint.",
            example: .spec(changing: [
                (
                    "as: secret",
                    "as: cert"
                )
            ])),
        FindingPage(
            .secretForm, .error, "the API server takes no such Secret",
            explanation: """
                Names are DNS names in lower case, keys are letters, digits, `-`, `_` and `.`, and some \
                types demand keys of theirs. The driver's event tells no reason.
                """,
            says: "timed out waiting for the condition",
            fix: "Correct what the message names.",
            example: .manifests(changing: [
                (
                    "secretName: shop-tls",
                    "secretName: Shop_TLS"
                )
            ])),
        FindingPage(
            .secretTypeConflict, .error, "two classes give one Secret different types",
            explanation: "The type of a Secret cannot be changed, so that only the first class gets its way.",
            says: "field is immutable",
            fix: "Give one of them another name.",
            example: .spec(changing: [
                (
                    "pods:\n",
                    """
                      other:\n    namespace: infra\n    release: csi\n    vault: demo\n    identity: \
                    {userAssigned: demo}\n    objects: [{secret: app-secret}]\n    secretObjects:\n     \
                     app-cert: {type: Opaque, data: {a: app-secret}}\npods:\n
                    """
                )
            ])),
        FindingPage(
            .secretTaken, .warning, "a Secret of that name is there already",
            explanation: """
                Up to version 1.5.6 the driver leaves a Secret that it has not made as it is; later ones \
                take it over, and it goes with the last pod.
                """,
            says: nil,
            fix: "Give one of them another name.",
            example: .manifests(changing: [
                (
                    "kind: Pod",
                    """
                    kind: Secret\nmetadata: {name: shop-tls, namespace: web}\nstringData: {note: \
                    example}\n---\napiVersion: v1\nkind: Pod
                    """
                )
            ])),
    ]
}
