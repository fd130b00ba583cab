import PurserSyntax

/// The vault, what is in it, and who may read it.
enum VaultPages {
    static let all: [FindingPage] = [
        FindingPage(
            .unknownVault, .error, "there is no such vault",
            explanation: """
                Where all vaults are known, none has the name that the class gives. Its address does not \
                resolve, and the mount runs into its time limit.
                """,
            says: "context deadline exceeded",
            fix: "Correct the name.",
            example: .words("Vaults as they are in Azure, none of which has the name in the class.")),
        FindingPage(
            .otherTenant, .error, "the vault is of another tenant",
            explanation: """
                The token is of the tenant that the class names, and the vault takes those of its own \
                alone. A warning for identities of the nodes, whose tokens do not go by it.
                """,
            says: "AADSTS90002",
            fix: "Write the vault's tenant.",
            example: .words("A vault of one tenant, and a class with a `clientID` and another `tenantID`.")),
        FindingPage(
            .unknownVaultObject, .error, "the vault has no such object",
            explanation: "A class mounts an object that the vault does not declare. Declare it, or correct the name.",
            says: "SecretNotFound",
            fix: "Declare the object under the vault, or correct its name.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- secret: app-secrte"
                )
            ])),
        FindingPage(
            .wrongKind, .error, "the object is of another kind",
            explanation: """
                A secret has only its text, a key only its public part; a certificate has all three: \
                `secret`, `key` and `cert`.
                """,
            says: "CertificateNotFound",
            fix: "Ask for what the object has.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- certificate: app-secret\n        as: cert"
                )
            ])),
        FindingPage(
            .objectDisabled, .error, "the object is disabled",
            explanation: "Only the version that is read counts: there is no way back to an older one.",
            says: "Operation get is not allowed on a disabled secret.",
            fix: "Enable it, or name another version.",
            example: .spec(changing: [
                ("app-secret: {value: {env: SECRET_VALUE}}", "app-secret: {value: {env: SECRET_VALUE}, enabled: false}")
            ])),
        FindingPage(
            .objectExpired, .warning, "the object is expired, or not valid yet",
            explanation: """
                The vault gives a secret outside of its validity all the same, so that the pod gets what it \
                may not want.
                """,
            says: nil,
            fix: "Renew it.",
            example: .spec(changing: [
                (
                    "app-secret: {value: {env: SECRET_VALUE}}",
                    "app-secret: {value: {env: SECRET_VALUE}, expires: 2020-01-01}"
                )
            ])),
        FindingPage(
            .latestVersion, .error, "`latest` is no version",
            explanation: """
                `latest` is a word only together with `objectVersionHistory`. Without it, the vault is \
                asked for a version of that name.
                """,
            says: "SecretNotFound",
            fix: "Leave the version out.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- {secret: app-secret, version: latest}"
                )
            ])),
        FindingPage(
            .unknownVersion, .error, "the object has no such version",
            explanation: "The version that the class names does not exist.",
            says: "SecretNotFound",
            fix: "Correct the version, or leave it out.",
            example: .words("A vault with all versions of a secret known, and a class that names another.")),
        FindingPage(
            .noVersions, .error, "no version is left",
            explanation: """
                A history starts at the version that is named, and leaves out those that are disabled. If \
                none is left of any object, the driver has nothing to mount.
                """,
            says: "missing object versions",
            fix: "Name a version that there is.",
            example: .words("A history of a secret all of whose versions are disabled.")),
        FindingPage(
            .pinnedVersion, .warning, "a pinned version does not rotate",
            explanation: "The class names a version, and keeps to it whatever the vault has, although rotation is on.",
            says: nil,
            fix: "Leave the version out.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- {secret: app-secret, version: 0123456789abcdef0123456789abcdef}"
                )
            ])),
        FindingPage(
            .historyLength, .note, "a history has one version more than it says",
            explanation: "`objectVersionHistory: N` mounts up to N + 1 versions, `0` the newest.",
            says: nil,
            fix: "Nothing to do, if you know it.",
            example: .spec(changing: [
                (
                    "- secret: app-secret",
                    "- {secret: app-secret, versionHistory: 3}"
                ),
                (
                    "secrets: [get]",
                    "secrets: [get, list]"
                ),
            ])),
        FindingPage(
            .unusableContent, .error, "the provider cannot write the object",
            explanation: """
                Keys are RSA, or on the curves P-256, P-384 and P-521; the secret of a certificate is PEM \
                or PFX; and PEM is neither base64 nor hex.
                """,
            says: "illegal base64 data at input byte 0",
            fix: "Leave the encoding out, or take another key type.",
            example: .spec(changing: [
                (
                    "as: secret",
                    "as: secret\n        encoding: base64"
                )
            ])),
        FindingPage(
            .noAccess, .error, "the vault does not let the identity in",
            explanation: """
                The vault gives the identity no access. It is a warning where somebody else may have \
                granted it: for an existing vault, and under `authorization: rbac`.
                """,
            says: "does not have secrets get permission on key vault",
            fix: "Add an entry under the vault's `access`.",
            example: .spec(changing: [
                (
                    """
                        access:\n      demo: {identity: demo, secrets: [get], keys: [get], \
                    certificates: [get]}\n
                    """,
                    ""
                )
            ])),
        FindingPage(
            .missingPermission, .error, "the identity lacks a permission",
            explanation: """
                The identity has access to the vault, but lacks a permission that a mounted object needs: \
                `secrets`, `keys` or `certificates` by the face that is mounted, and `list` too for a \
                history.
                """,
            says: "does not have certificates get permission on key vault",
            fix: "Add the permission that the hint names.",
            example: .spec(changing: [
                (
                    "secrets: [get], keys: [get], certificates: [get]",
                    "secrets: [get]"
                ),
                (
                    "as: secret",
                    "alias: app.crt\n        as: cert"
                ),
                (
                    "type: kubernetes.io/tls",
                    "type: Opaque"
                ),
                (
                    "{tls.key: app-cert, tls.crt: app-cert}",
                    "{app.crt: app.crt}"
                ),
            ])),
        FindingPage(
            .otherModel, .error, "the vault does not look at what is granted",
            explanation: "A vault goes either by access policies or by roles, and ignores the other.",
            says: "Caller is not authorized to perform action on resource",
            fix: "Grant it in the vault's own model.",
            example: .words("An access policy in a vault that goes by roles.")),
    ]
}
