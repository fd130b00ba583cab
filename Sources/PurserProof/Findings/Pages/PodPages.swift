import PurserSyntax

/// Pods, those who read, and the installation.
enum PodPages {
    static let all: [FindingPage] = [
        FindingPage(
            .noClassName, .error, "the volume names no class",
            explanation: "A volume of the driver names its class in `volumeAttributes`.",
            says: "secretProviderClass is not set",
            fix: "Write `secretProviderClass` below `volumeAttributes`.",
            example: .manifests(changing: [
                (
                    "volumeAttributes: {secretProviderClass: shop}",
                    "volumeAttributes: {}"
                )
            ])),
        FindingPage(
            .unknownClass, .warning, "there is no such class",
            explanation: """
                The class that the volume names is not in the pod's namespace, and one of a similar name \
                is. An error where all classes are known.
                """,
            says: "failed to get secretproviderclass web/shpo, error: …\"shpo\" not found",
            fix: "Correct the name.",
            example: .manifests(changing: [
                (
                    "secretProviderClass: shop}",
                    "secretProviderClass: shpo}"
                )
            ])),
        FindingPage(
            .otherNamespace, .error, "the class is in another namespace",
            explanation: "A pod mounts a SecretProviderClass of another namespace, which is not possible.",
            says: "failed to get secretproviderclass",
            fix: "Declare the class again for the pod's namespace.",
            example: .spec(changing: [
                (
                    "    namespace: infra\n    mounts",
                    "    namespace: other\n    mounts"
                )
            ])),
        FindingPage(
            .notReadOnly, .error, "the volume is not read-only",
            explanation: "The driver mounts read-only volumes alone.",
            says: "Readonly is not true in request",
            fix: "Write `readOnly: true` below `csi`.",
            example: .manifests(changing: [
                (
                    "        readOnly: true\n",
                    ""
                )
            ])),
        FindingPage(
            .volumeNotMounted, .warning, "no container mounts the volume",
            explanation: """
                Kubelet sets up no volume that no container mounts: there are no files, and no Secret is \
                made of them. An error where the pod reads such a Secret.
                """,
            says: "secret \"shop-tls\" not found",
            fix: "List the volume under `volumeMounts` of a container.",
            example: .manifests(changing: [
                (
                    "      volumeMounts:\n        - {name: kv, mountPath: /mnt/kv}\n",
                    ""
                )
            ])),
        FindingPage(
            .classMountedTwice, .warning, "one class is in two volumes",
            explanation: """
                Both are mounted, but they share one status, so that one of them is neither synced nor \
                rotated.
                """,
            says: "secret provider class pod status volume name did not match pod Volume",
            fix: "Mount one volume at both places.",
            example: .manifests(changing: [
                (
                    "  volumes:\n",
                    """
                      volumes:\n    - name: again\n      csi: {driver: secrets-store.csi.k8s.io, \
                    readOnly: true, volumeAttributes: {secretProviderClass: shop}}\n
                    """
                ),
                (
                    "        - {name: kv, mountPath: /mnt/kv}",
                    """
                            - {name: kv, mountPath: /mnt/kv}\n        - {name: again, mountPath: \
                    /mnt/again}
                    """
                ),
            ])),
        FindingPage(
            .overriddenParameter, .warning, "the pod puts a parameter over that of the class",
            explanation: """
                What `volumeAttributes` say wins over the class. Up to version 1.5.6 the driver's rotation \
                does not know of it, and goes by the class.
                """,
            says: nil,
            fix: "Write it in the class.",
            example: .manifests(changing: [
                (
                    "{secretProviderClass: shop}",
                    "{secretProviderClass: shop, keyvaultName: other-kv}"
                )
            ])),
        FindingPage(
            .noWindowsDriver, .error, "the driver is not on Windows nodes",
            explanation: "Driver and provider have DaemonSets for Windows of their own, which are off by default.",
            says: "driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers",
            fix: "Set `windows.enabled` and `secrets-store-csi-driver.windows.enabled` to true.",
            example: .spec(changing: [
                (
                    "    spec:\n      containers:",
                    "    spec:\n      nodeSelector: {kubernetes.io/os: windows}\n      containers:"
                )
            ])),
        FindingPage(
            .unknownSecret, .warning, "nothing makes the Secret",
            explanation: """
                Nothing in this spec makes the Secret that a pod reads, and the pod waits until somebody \
                has made it.
                """,
            says: "secret \"app-crt\" not found",
            fix: "Correct the name, or make sure that it is there.",
            example: .spec(changing: [
                (
                    "{secret: app-cert, path",
                    "{secret: app-crt, path"
                )
            ])),
        FindingPage(
            .secretOfOtherPod, .warning, "the Secret is there only while another pod runs",
            explanation: "The Secret exists only while some pod mounts the class that makes it, and this pod does not.",
            says: "secret \"app-cert\" not found",
            fix: "Mount the class here too.",
            example: .spec(changing: [
                (
                    "      - {secretProviderClass: app, path: /mnt/app}\n",
                    ""
                )
            ])),
        FindingPage(
            .unknownSecretKey, .error, "the Secret has no such key",
            explanation: "A container or a volume reads a key that the Secret does not have.",
            says: "couldn't find key tls.pem in Secret web/shop-tls",
            fix: "Correct the key, or add it under `secretObjects`.",
            example: .manifests(changing: [
                (
                    "      volumeMounts:",
                    """
                          env:\n        - name: TLS\n          valueFrom: {secretKeyRef: {name: \
                    shop-tls, key: tls.pem}}\n      volumeMounts:
                    """
                )
            ])),
        FindingPage(
            .unknownSubPath, .warning, "the mount has no file for a `subPath`",
            explanation: """
                A container mounts one path of the volume that the class does not write, and gets an empty \
                directory in its place.
                """,
            says: nil,
            fix: "Name a file of the mount.",
            example: .manifests(changing: [
                (
                    "{name: kv, mountPath: /mnt/kv}",
                    "{name: kv, mountPath: /mnt/kv, subPath: db-pasword}"
                )
            ])),
        FindingPage(
            .subPathStaysOld, .warning, "a `subPath` does not rotate",
            explanation:
                "Secrets rotate, but a file mounted with `subPath` stays as it was when the container started.",
            says: nil,
            fix: "Mount the whole directory.",
            example: .spec(changing: [
                (
                    "path: /mnt/app}",
                    "path: /mnt/app, subPath: app-secret}"
                )
            ])),
        FindingPage(
            .variableStaysOld, .warning, "an environment variable does not rotate",
            explanation: "Secrets rotate, but a variable keeps what the Secret held when the container started.",
            says: nil,
            fix: "Read the mounted file, or restart the pods.",
            example: .spec(changing: [
                (
                    "          image: app:1",
                    """
                              image: app:1\n          env:\n            - name: TLS\n              \
                    valueFrom: {secretKeyRef: {name: app-cert, key: tls.crt}}
                    """
                )
            ])),
        FindingPage(
            .twoDrivers, .error, "the driver is installed twice",
            explanation: """
                The AKS add-on and the charts install the same CSIDriver object. The second installation \
                fails, or both act on one volume.
                """,
            says: "CSIDriver \"secrets-store.csi.k8s.io\" exists and cannot be imported into the current release",
            fix: "Keep one of them.",
            example: .spec(changing: [
                (
                    "namespaces:\n",
                    """
                      csi2:\n    chart: csi-secrets-store-provider-azure\n    repository: \
                    https://azure.github.io/secrets-store-csi-driver-provider-azure/charts\n    \
                    version: 1.8.2\n    namespace: csi\nnamespaces:\n
                    """
                )
            ])),
        FindingPage(
            .requestBudget, .warning, "rotation asks the vault too often",
            explanation: """
                Each interval costs a request for each object of each pod. A vault takes 4,000 in ten \
                seconds, and refuses what is more.
                """,
            says: "429 Too Many Requests",
            fix: "Set `rotationPollInterval` to a longer time.",
            example: .spec(changing: [
                (
                    "enableSecretRotation: true}",
                    "enableSecretRotation: true, rotationPollInterval: 1s}"
                ),
                (
                    "pods:\n",
                    """
                    workloads:\n  many:\n    kind: Deployment\n    namespace: infra\n    mounts: \
                    [{secretProviderClass: app, path: /mnt/app}]\n    spec:\n      replicas: 300\n      \
                    template: {spec: {containers: [{name: app, image: "app:1"}]}}\npods:\n
                    """
                ),
            ])),
    ]
}
