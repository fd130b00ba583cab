import PurserSyntax

/// As whom the vault is read.
enum IdentityPages {
    static let all: [FindingPage] = [
        FindingPage(
            .noIdentityMode, .error, "nothing says as whom the vault is read",
            explanation: """
                Without `useVMManagedIdentity` and without `clientID` the provider signs in as a service \
                principal, whose credentials the volume must name in `nodePublishSecretRef`.
                """,
            says: "failed to get credentials, nodePublishSecretRef secret is not set",
            fix: "Write `clientID`, or `useVMManagedIdentity: \"true\"` with `userAssignedIdentityID`.",
            example: .manifests(changing: [
                (
                    """
                        useVMManagedIdentity: "true"\n    userAssignedIdentityID: \
                    11111111-2222-4333-8444-555555555555\n
                    """,
                    ""
                )
            ])),
        FindingPage(
            .identityWithoutFlag, .warning, "`userAssignedIdentityID` is not read",
            explanation: """
                The provider reads `userAssignedIdentityID` only with `useVMManagedIdentity: "true"`. \
                Without it the mount fails, unless another identity is named.
                """,
            says: "failed to get credentials, nodePublishSecretRef secret is not set",
            fix: "Write `useVMManagedIdentity: \"true\"` too.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "clientID: 11111111-2222-4333-8444-555555555555"
                )
            ])),
        FindingPage(
            .noToken, .error, "the driver gets no token of the pod's service account",
            explanation: """
                With `clientID` the provider demands a token in every mode. Kubelet gives it one if the \
                CSIDriver object lists the audience in `tokenRequests`.
                """,
            says: "failed to parse workload identity tokens, error: service account tokens not found",
            fix: """
                List the audience in `tokenRequests` of the release, or remove a `clientID` that was left \
                over.
                """,
            example: .spec(changing: [
                (
                    "syncSecret: {enabled: true}",
                    "syncSecret: {enabled: true}, tokenRequests: []"
                ),
                (
                    "identity: {userAssigned: demo}",
                    "identity: {workload: {identity: demo, serviceAccount: default}}"
                ),
            ])),
        FindingPage(
            .unusedClientId, .warning, "`clientID` has no part in the identity of a node",
            explanation: """
                In VM mode the identity is named by `userAssignedIdentityID`. A `clientID` beside it does \
                nothing but make the provider demand a token.
                """,
            says: nil,
            fix: "Remove `clientID`.",
            example: .manifests(changing: [
                (
                    "useVMManagedIdentity: \"true\"",
                    "useVMManagedIdentity: \"true\"\n    clientID: 11111111-2222-4333-8444-555555555555"
                )
            ])),
        FindingPage(
            .notAClientId, .error, "another identifier stands where the client id belongs",
            explanation: """
                An identity has a client id, a principal id and a resource id. The provider takes the \
                client id alone; with another one the metadata service finds no identity.
                """,
            says: "Identity not found",
            fix: "Write the client id.",
            example: .manifests(changing: [
                (
                    "userAssignedIdentityID: 11111111-2222-4333-8444-555555555555",
                    """
                    userAssignedIdentityID: \
                    /subscriptions/1/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop
                    """
                )
            ])),
        FindingPage(
            .unknownIdentity, .error, "no identity has this client id",
            explanation: "Where all identities are known, none of them has the client id that the class names.",
            says: "Identity not found",
            fix: "Correct the client id.",
            example: .words("Identities as they are in Azure, none of which has the client id of the class.")),
        FindingPage(
            .identityNotBound, .error, "the identity is on no node",
            explanation: """
                The identity that reads the vault is bound to no node, so that no pod can read the vault as \
                it. The metadata service gives a token only for identities of the node's scale set.
                """,
            says: "Identity not found",
            fix: "Write `nodes: all` in the identity.",
            example: .spec(changing: [
                (
                    "    nodes: all\n",
                    ""
                )
            ])),
        FindingPage(
            .nodeWithoutIdentity, .error, "the pod may run on a node without the identity",
            explanation: """
                Each node pool is a scale set of its own, with identities of its own. It is a warning where \
                only some of the pod's nodes lack the identity.
                """,
            says: "Identity not found",
            fix: "Bind the identity to all nodes, or confine the pod by `nodeSelector`.",
            example: .spec(changing: [
                (
                    "nodes: all",
                    "nodes: [aks-system-10000000-vmss]"
                ),
                (
                    "    spec:\n      containers:",
                    "    spec:\n      nodeSelector: {agentpool: user}\n      containers:"
                ),
            ])),
        FindingPage(
            .identityAmbiguous, .error, "the node has several identities, and none is named",
            explanation: """
                Without `userAssignedIdentityID` the metadata service gives the node's own identity, else \
                the only one that it has. AKS puts the identity of kubelet on every node, so that one of \
                yours is the second. A warning where the nodes may have one of their own.
                """,
            says: """
                Multiple user assigned identities exist, please specify the clientId / resourceId of the \
                identity in the token request
                """,
            fix: "Write the client id in `userAssignedIdentityID`.",
            example: .words(
                """
                Nodes with two user-assigned identities and none of their own, and a class with \
                `useVMManagedIdentity` alone.
                """)),
        FindingPage(
            .otherServiceAccount, .error, "the pod runs as another service account",
            explanation: """
                The class is read as one service account, and the pod runs as another. A pod without \
                `serviceAccountName` runs as `default`.
                """,
            says: "AADSTS700213",
            fix: "Write `serviceAccountName` in the pod's spec.",
            example: .spec(changing: [
                (
                    "identity: {userAssigned: demo}",
                    "identity: {workload: {identity: demo, serviceAccount: app}}"
                )
            ])),
        FindingPage(
            .noFederation, .error, "the identity trusts no service account",
            explanation: """
                Entra gives a token for a service account only if the identity has a federated credential \
                with its issuer, subject and audience.
                """,
            says: "AADSTS700213: No matching federated identity record found for presented assertion",
            fix: "Give the identity a federated credential for the service account.",
            example: .words(
                """
                An identity whose federated credentials are known to be none, and a class with its \
                client id.
                """)),
        FindingPage(
            .federationMismatch, .error, "the identity trusts another token",
            explanation: """
                Issuer, subject and audience of the federated credential are compared exactly with those of \
                the pod's token.
                """,
            says: "AADSTS70021",
            fix: "Correct the text that differs.",
            example: .words(
                """
                A federated credential for `system:serviceaccount:web:other`, and a pod that runs \
                as `default`.
                """)),
        FindingPage(
            .noCredentials, .error, "there is no Secret to sign in with, or it lacks a key",
            explanation: """
                In service principal mode the Secret that `nodePublishSecretRef` names stands in the pod's \
                namespace and has the keys `clientid` and `clientsecret`.
                """,
            says: "could not find clientid in secrets",
            fix: "Add the keys `clientid` and `clientsecret`.",
            example: .manifests(changing: [
                (
                    """
                        useVMManagedIdentity: "true"\n    userAssignedIdentityID: \
                    11111111-2222-4333-8444-555555555555\n
                    """,
                    ""
                ),
                (
                    "        volumeAttributes:",
                    "        nodePublishSecretRef: {name: signin}\n        volumeAttributes:"
                ),
                (
                    "kind: Pod",
                    """
                    kind: Secret\nmetadata: {name: signin, namespace: web}\nstringData: {client_id: \
                    example, clientsecret: example}\n---\napiVersion: v1\nkind: Pod
                    """
                ),
            ])),
        FindingPage(
            .credentialsLabel, .warning, "rotation does not see the Secret to sign in with",
            explanation: """
                Up to version 1.5.6 the driver's rotation sees only Secrets with the label \
                `secrets-store.csi.k8s.io/used: "true"`.
                """,
            says: "failed to get node publish secret web/signin",
            fix: "Label the Secret `secrets-store.csi.k8s.io/used: \"true\"`.",
            example: .words("A Secret without the label, named by a volume, where a driver before 1.6.0 rotates.")),
        FindingPage(
            .podIdentity, .warning, "AAD pod identity is deprecated",
            explanation: """
                AAD pod identity is maintained no more, and AKS has retired it. An error for a pod that it cannot serve: \
                one without the label `aadpodidbinding`, or on Windows.
                """,
            says: "dial tcp 127.0.0.1:2579: connect: connection refused",
            fix: "Use workload identity (`clientID`) or an identity of the nodes.",
            example: .manifests(changing: [
                (
                    """
                    useVMManagedIdentity: "true"\n    userAssignedIdentityID: \
                    11111111-2222-4333-8444-555555555555
                    """,
                    "usePodIdentity: \"true\""
                ),
                (
                    "kind: Pod\nmetadata: {name: shop, namespace: web}",
                    "kind: Pod\nmetadata: {name: shop, namespace: web, labels: {aadpodidbinding: shop}}"
                ),
            ])),
    ]
}
