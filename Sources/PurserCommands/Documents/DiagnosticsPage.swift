/// docs/diagnostics.md, for `purser explain`. Made from it: PURSER_RECORD=1 makes this file anew.
package enum DiagnosticsPage {
    package static let text = #"""
        # Diagnostics

        Every problem that Purser reports has a code, which keeps its meaning when the wording changes: scripts may rely on it.

            error[spec/unknown-field]: a key vault has no field 'retentoin'
              --> plans/payments.yaml:14:5
               |
            14 |     retentoin: 30
               |     ^^^^^^^^^
            hint: did you mean 'retention'?

        Below a message stand, where they are known, the lines of the spec that it is about, the identifiers by which a
        service's support finds the request, the resource, and a hint. With `--json` each is an event of the type `diagnostic`
        with the field `code`: see [Outputs for machines](json.md).

        An error stops the command. A warning does not: the entries say where a code is a warning. All problems of a spec are
        reported at once, and the command ends with exit code 64.

        The part before the slash tells who found the problem, and so where to look:

        | area | found in | what was done by then |
        |---|---|---|
        | `syntax` | the text of the file | nothing |
        | `spec` | what the text says | nothing |
        | `manifest` | what `check` reads of manifests | nothing |
        | `proof` | whether the pods can get their files, by the spec alone | nothing |
        | `plan` | the comparison of spec, state and world; saved plans | nothing |
        | `apply` | one step of a run | it is undone, unless `--on-failure stop` was given |
        | `service` | what Azure, Kubernetes or Helm answered | in a plan nothing; in a run as for `apply` |
        | `secret` | the sources of secrets | in a plan nothing; in a run as for `apply` |
        | `state` | the state directory | nothing, unless the message tells otherwise |
        | `command` | the command line and the terminal | nothing, unless the message tells otherwise |
        | `sandbox` | the connection to the sandbox | nothing |
        | `import` | what `purser import` found | nothing: an import only reads |

        ## syntax

        The file is not the YAML that Purser reads. Nothing of it was used.

        ### syntax/alias-expansion

        Aliases repeat so much that the document grows beyond all measure. Write the values out, or use fewer aliases within
        aliases.

        ### syntax/bad-indentation

        A line's indentation fits none of the levels above it. Give all keys of one mapping, and all `-` of one list, the same
        column.

        ### syntax/composite-key

        A key is a list or a mapping. Put the key in quotes if it is meant as text that begins with `[` or `{`.

        ### syntax/control-character

        The file holds a character that YAML does not allow, such as NUL or an escape. Remove it, or write it as an escape
        within double quotes, such as `"\x1B"`.

        ### syntax/custom-tag

        A value has a tag ('!name') other than those of YAML's core schema. Remove the tag; put a text that begins with `!` in
        quotes.

        ### syntax/duplicate-key

        A mapping has the same key twice; YAML readers differ in which of them counts. Remove or rename one of the two.

        ### syntax/empty-key

        A ':' has no key before it. Write the key, or put the text in quotes.

        ### syntax/file-too-large

        The file is larger than a spec may be. It was not read. Split the spec into several files of one directory.

        ### syntax/invalid-anchor

        An anchor ('&') or alias ('*') has no proper name. Put the text in quotes if it only begins with such a character.

        ### syntax/invalid-block-text

        A '|' or '>' block has a malformed first line or indentation. Write the text on the lines below, indented with spaces;
        put it in quotes if it is one line.

        ### syntax/invalid-directive

        A line that begins with '%' is no proper YAML directive. Remove the line, or put the text in quotes.

        ### syntax/invalid-escape

        A double-quoted text holds an unknown or incomplete '\\' sequence. Write `\\`, or use single quotes.

        ### syntax/invalid-merge

        The value of a merge key ('<<') is not a mapping or a list of mappings. Name a mapping by its alias: `<<: *defaults`.

        ### syntax/invalid-tag

        A tag ('!') is malformed. Remove it; put a text that begins with `!` in quotes.

        ### syntax/invalid-yaml

        The text is no YAML, for a reason that none of the other codes describes. The message says where; look at the line and
        the one before it.

        ### syntax/misplaced-entry

        A '-' or '?' stands where no list entry or key can begin. Begin the entry on a line of its own, or put the text in
        quotes.

        ### syntax/missing-colon

        A key has no ':' after it. Write `key: value`; for a text over several lines use `|`.

        ### syntax/missing-value

        A value was expected, and something else stands there. Write the value, in quotes if it begins with a special
        character.

        ### syntax/recursive-alias

        An alias stands within what its own anchor names. Remove the alias: a spec cannot contain itself.

        ### syntax/reserved-character

        A text begins with a character that YAML reserves ('@', '`', '%') and needs quotes. Put the text in quotes.

        ### syntax/several-documents

        The file holds more than one YAML document, separated by '---'. Put each into a file of its own in the spec's directory.

        ### syntax/tab-indentation

        A line is indented with a tab; YAML indents with spaces only. Replace the tab.

        ### syntax/tag-mismatch

        A value does not have the form that its tag ('!!int') asks for. Remove the tag, or correct the value.

        ### syntax/too-deep

        Lists and mappings are nested too deeply, in the text or through aliases. Make the document flatter.

        ### syntax/too-many-documents

        The stream of manifests holds more documents than are read. Give the files to several runs of `purser check`.

        ### syntax/too-many-nodes

        The document holds more values than a spec may. Split it into several files of one directory.

        ### syntax/too-many-problems

        The file has more problems than are shown. Correct those that are, and run the command again.

        ### syntax/unclosed-bracket

        A '[' or '{' is not closed, or a ',' is missing in it. Add what is missing; put a text that begins with a bracket in
        quotes.

        ### syntax/unclosed-quote

        A quoted text does not end where it should. Add the closing quote; a quote within single quotes is written twice, one
        within double quotes as `\"`.

        ### syntax/unexpected-colon

        A ':' stands where no key can end, mostly within text that needs quotes. Put the text in quotes.

        ### syntax/unexpected-text

        Something stands behind the end of a value or of the document. Put the whole value in quotes, or begin a new line.

        ### syntax/unknown-alias

        An alias ('*name') has no anchor ('&name') before it. Correct the name; put a text that begins with `*` in quotes.

        ### syntax/unreadable-file

        The file is not there, is no regular file, or may not be read. Check the path and the file's permissions.

        ### syntax/wrong-encoding

        The file is not UTF-8 text. Files in UTF-16 are recognised by their byte order mark. Save the file as UTF-8.

        ## spec

        The YAML is sound, but it is not a spec that can be planned. [The spec](spec.md) lists every field and its form.

        ### spec/ambiguous-access

        Two entries of a vault's `access` name the same identity, and a vault has one access policy for each identity. Write all
        permissions in one entry.

        ### spec/bad-interpolation

        An expression `${…}` is neither a variable nor an output, or it stands where outputs cannot be used, as in the settings.
        Write `${var.NAME}` or `${ADDRESS.OUTPUT}`; `$${` stands for a literal `${`.

        ### spec/container-field

        A container has no `name` or no `image`. Add it.

        ### spec/contradiction

        Two things in the spec exclude each other: a key's type and its size or curve, a certificate that is both self-signed
        and imported, or an access entry with the name `deployer`, which Purser uses itself. Remove one of the two.

        ### spec/dependency-cycle

        Resources need each other in a circle, so that none can be made first. Remove one of the references that the message
        lists.

        ### spec/duplicate-name

        Something is given twice, perhaps in two files of the directory, or the files disagree on the environment's name. Remove
        or rename one of them.

        ### spec/invalid-value

        A value has the right type but is not allowed: out of range, not one of the choices, or not in the form that the service
        asks for. The hint gives the form.

        ### spec/literal-secret

        A secret's value stands, or seems to stand, in the spec. Write where it comes from, `{env: NAME}` or `{file: PATH}`, and
        change the secret if it was a real one: it has been in a file.

        ### spec/missing-field

        A required field, section or setting is not there. Add it; the hint tells what it means.

        ### spec/mount-form

        A mount does not name exactly one of `secretProviderClass` and `secret`, or two mounts have the same path. Correct the
        mount that is marked.

        ### spec/no-containers

        A pod or a workload has no containers. List them under `containers` of its pod spec.

        ### spec/no-repository

        A chart that is not given as `oci://…` has no `repository`. Add the address of the repository that it comes from.

        ### spec/no-spec

        The path names no file or directory, the directory has no `*.yaml` files, or one of them is a link that leads out of the
        directory. Give the path of a spec, or copy the linked file.

        ### spec/no-vault-objects

        `objects` of a SecretProviderClass is empty, so that there would be nothing to mount. List at least one object.

        ### spec/pod-identity-retired

        AAD pod identity is out of service. Use `userAssigned` with an identity that is bound to the nodes, or `workload`.

        ### spec/reserved-mark

        A label or an annotation is one by which Purser tells whose an object is. Remove it: Purser writes it itself.

        ### spec/secret-in-values

        A text in a release's values or in the spec of a pod or a workload looks like a secret, by the name that it stands under or by
        its form (a connection string, a token, a private key). It would be recorded in state and stand in the cluster for all to read:
        keep the secret in the vault, mount it, or let `secretObjects` make a Kubernetes Secret of it. If it is none, list its path, as the
        error names it, under `plainValues` of the resource.

        ### spec/secret-without-data

        An entry of `secretObjects` has no `data`, so that its Secret would be empty. Name the files that its keys are made of.

        ### spec/tls-keys

        A Secret of type `kubernetes.io/tls` lacks `tls.crt` or `tls.key`, or has a further key. Give it exactly these two; put
        others into a Secret of type `Opaque`.

        ### spec/unknown-container

        A mount names a container that the pod does not have. Correct the name, or leave `containers` out to mount it in all.

        ### spec/unknown-field

        There is no section or field of that name, or it is one that Purser fills in. Correct the name as the hint suggests, or
        remove it.

        ### spec/unknown-mounted-file

        The data of a Secret names a file that `objects` does not mount. Correct the name, or mount the object.

        ### spec/unknown-output

        A resource has no output of that name. The hint lists those that it has.

        ### spec/unknown-reference

        A reference, an option or an argument names a resource that is not in the spec, or that is not recorded. Correct the
        name, or declare the resource.

        ### spec/unknown-variable

        A variable is used, or given with `--var` or `--var-file`, that the spec does not declare. Declare it under `variables`,
        or correct the name.

        ### spec/unknown-vault-object

        A SecretProviderClass mounts an object that its vault does not declare, though this spec makes the vault. Correct the
        name, or declare the object under the vault.

        ### spec/unset-variable

        A variable has no value and no default. Set its environment variable, or give `--var NAME=VALUE`.

        ### spec/unsupported-version

        The `apiVersion` is not one that this version of Purser reads. Write `apiVersion: purser/v1`.

        ### spec/variable-not-readable

        A variable may not read that environment variable, because values of variables show in plans. For a secret write
        `{env: NAME}` where it is needed; for anything else allow it with `--allow-env NAME`.

        ### spec/vault-object-form

        An object to be mounted does not name exactly one of `secret`, `certificate` and `key`, or has a field that does not go
        with how it is mounted. Remove the field that is marked.

        ### spec/wrong-type

        A value has another type than the field, such as a list in place of a text. The message names both.

        ## manifest

        A manifest that `purser check` cannot use as it stands. The others are checked all the same. Of what cannot be read no
        line is shown, since it might be a Secret.

        ### manifest/duplicate

        Two documents say what one object is: the same kind, namespace and name. The first one counts. Remove one of them, or
        check the files in separate runs.

        ### manifest/no-name

        An object that matters has neither `metadata.name` nor `metadata.generateName`.

        ### manifest/not-an-object

        A document is no Kubernetes object: it is no mapping, or lacks `apiVersion` or `kind`. Values files of charts are such
        documents; give what `helm template` makes of them.

        ### manifest/not-mended

        A file was changed after it was read, or could not be written, so that the fixes of `check --fix` are made in no file at all:
        those that were written already have their former text again. See what stands in the way, and run the command again.

        ### manifest/nothing

        The files hold no SecretProviderClass, pod or workload, so that there is nothing to check. For an environment of Purser's
        own give its directory, or the file with `apiVersion: purser/v1`.

        ### manifest/outside

        A symbolic link in a directory leads to a file outside of it, and is not read. Give the file itself if it belongs to the
        check.

        ### manifest/too-many

        There are more files, or more text, than one run reads. Check them in several runs.

        ### manifest/unreadable

        A path that was given does not exist or cannot be read.

        ## proof

        The spec is whole, but a pod would not get its files. In the cluster this would show as a `FailedMount` event, or as a
        Secret that never appears.

        ### proof/bad-flag

        The provider reads its switches as Go does: `true`, `false`, `1`, `0`, `t`, `f` and their capitals; not `yes` or `on`.
        Write `"true"` or `"false"`, in quotes.

        ### proof/class-mounted-twice

        A warning. Both are mounted, but they share one status, so that one of them is neither synced nor rotated. Mount one
        volume at both places.

        ### proof/credentials-label

        A warning. Up to version 1.5.6 the driver's rotation sees only Secrets with the label `secrets-store.csi.k8s.io/used:
        "true"`. Label the Secret `secrets-store.csi.k8s.io/used: "true"`.

        ### proof/deprecated-parameter

        A warning. `tenantId` is the deprecated spelling of `tenantID`, which wins where both are written. Write `tenantID`.

        ### proof/deprecated-version

        A warning. The version v1alpha1 of SecretProviderClass is deprecated. Its fields are those of v1. Write `apiVersion:
        secrets-store.csi.x-k8s.io/v1`.

        ### proof/duplicate-file

        A warning. Two objects are written to the same file, and only the last remains. Give one of them an `alias`.

        ### proof/federation-mismatch

        Issuer, subject and audience of the federated credential are compared exactly with those of the pod's token. Correct
        the text that differs.

        ### proof/file-conflict

        A part of an object's path is the file of another object. Give one of them another `alias`.

        ### proof/file-mode

        A warning. `filePermission` is read as octal digits; what cannot be read leaves no right at all, and only root can
        read the file. Write octal digits, such as `0400`.

        ### proof/file-name

        A file's name is a relative path in its shortest form, without `..`, each part of at most 255 bytes. Correct the
        alias.

        ### proof/history-length

        A note. `objectVersionHistory: N` mounts up to N + 1 versions, `0` the newest. Nothing to do, if you know it.

        ### proof/identity-ambiguous

        Without `userAssignedIdentityID` the metadata service gives the node's own identity, else the only one that it has.
        AKS puts the identity of kubelet on every node, so that one of yours is the second. A warning where the
        nodes may have one of their own. Write the client id in `userAssignedIdentityID`.

        ### proof/identity-not-bound

        The identity that reads the vault is bound to no node, so that no pod can read the vault as it. Write `nodes: all` in
        the identity.

        ### proof/identity-without-flag

        A warning. The provider reads `userAssignedIdentityID` only with `useVMManagedIdentity: "true"`. Without it the mount
        fails, unless another identity is named. Write `useVMManagedIdentity: "true"` too.

        ### proof/latest-version

        `latest` is a word only together with `objectVersionHistory`. Without it, the vault is asked for a version of that
        name. Leave the version out.

        ### proof/missing-parameter

        The provider demands `keyvaultName`, `tenantID` and `objects`, and `clientID` for identity binding. A key that is
        misspelt counts as absent. Write the parameter.

        ### proof/missing-permission

        The identity has access to the vault, but lacks a permission that a mounted object needs. Add the permission that the
        hint names.

        ### proof/no-access

        The vault gives the identity no access. Add an entry under the vault's `access`. It is a warning where somebody else may
        have granted it: for an existing vault, and under `authorization: rbac`.

        ### proof/no-class-name

        A volume of the driver names its class in `volumeAttributes`. Write `secretProviderClass` below `volumeAttributes`.

        ### proof/no-credentials

        In service principal mode the Secret that `nodePublishSecretRef` names stands in the pod's namespace and has the keys
        `clientid` and `clientsecret`. Add the keys `clientid` and `clientsecret`.

        ### proof/no-federated-credential

        Entra gives a token for a service account only if the identity has a federated credential with its issuer, subject and
        audience. Give the identity a federated credential for the service account.

        ### proof/no-identity-mode

        Without `useVMManagedIdentity` and without `clientID` the provider signs in as a service principal, whose credentials
        the volume must name in `nodePublishSecretRef`. Write `clientID`, or `useVMManagedIdentity: "true"` with
        `userAssignedIdentityID`.

        ### proof/no-service-account-token

        With `clientID` the provider demands a token in every mode. Kubelet gives it one if the CSIDriver object lists the
        audience in `tokenRequests`. List the audience in `tokenRequests` of the release, or remove a `clientID` that was left
        over.

        ### proof/no-versions

        A history starts at the version that is named, and leaves out those that are disabled. If none is left of any object,
        the driver has nothing to mount. Name a version that there is.

        ### proof/no-windows-driver

        Driver and provider have DaemonSets for Windows of their own, which are off by default. Set `windows.enabled` and
        `secrets-store-csi-driver.windows.enabled` to true.

        ### proof/node-without-identity

        Each node pool is a scale set of its own, with identities of its own. It is a warning where only some of the pod's
        nodes lack the identity. Bind the identity to all nodes, or confine the pod by `nodeSelector`.

        ### proof/not-a-client-id

        An identity has a client id, a principal id and a resource id. The provider takes the client id alone; with another
        one the metadata service finds no identity. Write the client id.

        ### proof/object-disabled

        Only the version that is read counts: there is no way back to an older one. Enable it, or name another version.

        ### proof/object-expired

        A warning. The vault gives a secret outside of its validity all the same, so that the pod gets what it may not want.
        Renew it.

        ### proof/object-type

        `objectType` is `secret`, `key` or `cert`, in small letters. It is looked at only when the object is fetched. Write
        `secret`, `key` or `cert`.

        ### proof/objects-form

        `objects` is a text: a YAML mapping whose `array` is a list of texts, each again a YAML mapping. Most often the `|`
        behind a `-` is missing. Begin each entry with `- |`.

        ### proof/other-authorization

        A vault goes either by access policies or by roles, and ignores the other. Grant it in the vault's own model.

        ### proof/other-namespace

        A pod mounts a SecretProviderClass of another namespace, which is not possible. Declare the class again for the pod's
        namespace.

        ### proof/other-service-account

        The class is read as one service account, and the pod runs as another. Write `serviceAccountName` in the pod's spec.

        ### proof/other-tenant

        The token is of the tenant that the class names, and the vault takes those of its own alone. A warning for identities
        of the nodes, whose tokens do not go by it. Write the vault's tenant.

        ### proof/overridden-parameter

        A warning. What `volumeAttributes` say wins over the class. Up to version 1.5.6 the driver's rotation does not know of
        it, and goes by the class. Write it in the class.

        ### proof/parameter-not-text

        All parameters of a class are texts. `true` and `400` without quotes are a boolean and a number, and the API server refuses
        the class. Write it in quotes: `"true"`.

        ### proof/pinned-version

        A warning. The class names a version, and keeps to it whatever the vault has, although rotation is on. Leave the
        version out.

        ### proof/pod-identity

        A warning. AAD pod identity is maintained no more, and AKS has retired it. An error for a pod that it cannot serve: one
        without the label `aadpodidbinding`, or on Windows. Use workload identity (`clientID`) or an identity of the nodes.

        ### proof/request-budget

        A warning. Each interval costs a request for each object of each pod. A vault takes 4,000 in ten seconds, and refuses
        what is more. Set `rotationPollInterval` to a longer time.

        ### proof/secret-form

        Names are DNS names in lower case, keys are letters, digits, `-`, `_` and `.`, and some types demand keys of theirs.
        The driver's event tells no reason. Correct what the message names.

        ### proof/secret-of-other-pod

        A warning. The Secret exists only while some pod mounts the class that makes it, and this pod does not. Mount the class
        here too.

        ### proof/secret-taken

        A warning. Up to version 1.5.6 the driver leaves a Secret that it has not made as it is; later ones take it over, and
        it goes with the last pod. Give one of them another name.

        ### proof/secret-type-conflict

        The type of a Secret cannot be changed, so that only the first class gets its way. Give one of them another name.

        ### proof/several-identity-modes

        At most one of `usePodIdentity`, `useVMManagedIdentity` and `useAzureTokenProxy` may be true. Leave one of them.

        ### proof/subpath-stays-old

        A warning. Secrets rotate, but a file mounted with `subPath` stays as it was when the container started. Mount the whole
        directory.

        ### proof/sync-disabled

        The release gives the driver no right to write Secrets, so that `secretObjects` would have no effect. Set the value that
        the hint names.

        ### proof/tls-part-missing

        A Secret for TLS takes its certificate or its private key from a file that does not hold it. Mount the certificate with
        `as: secret`, or follow the hint.

        ### proof/two-drivers

        The AKS add-on and the charts install the same CSIDriver object. The second installation fails, or both act on one
        volume. Keep one of them.

        ### proof/undecided

        A note: this link of the chain cannot be decided before a run, and the message says why. Mostly it hangs on something that
        neither the environment nor the manifests declare, such as what a vault of somebody else holds.

        ### proof/unknown-class

        A warning. The class that the volume names is not in the pod's namespace, and one of a similar name is. An error where
        all classes are known. Correct the name.

        ### proof/unknown-cloud

        `cloudName` is one of the names that the Azure SDK knows, in any letter case. Leave it out for the public cloud, or
        write `AzureUSGovernmentCloud` or `AzureChinaCloud`.

        ### proof/unknown-identity

        Where all identities are known, none of them has the client id that the class names. Correct the client id.

        ### proof/unknown-object-field

        A warning. What the provider does not know in `objects` it ignores. Correct the spelling.

        ### proof/unknown-parameter

        A warning. The provider ignores what it does not know without a word, so that a misspelt parameter is simply not set.
        Correct the spelling, or remove it.

        ### proof/unknown-secret

        A warning. Nothing in this spec makes the Secret that a pod mounts, and the pod waits until somebody has made it.
        Correct the name, or make sure that it is there.

        ### proof/unknown-secret-key

        A container or a volume reads a key that the Secret does not have. Correct the key, or add it under `secretObjects`.

        ### proof/unknown-subpath

        A warning. A container mounts one path of the volume that the class does not write, and gets an empty directory in its
        place. Name a file of the mount.

        ### proof/unknown-vault

        Where all vaults are known, none has the name that the class gives. Its address does not resolve, and the mount runs
        into its time limit. Correct the name.

        ### proof/unknown-version

        The version that the class names does not exist. Correct the version, or leave it out.

        ### proof/unusable-content

        Keys are RSA, or on the curves P-256, P-384 and P-521; the secret of a certificate is PEM or PFX; and PEM is neither
        base64 nor hex. Leave the encoding out, or take another key type.

        ### proof/unused-client-id

        A warning. In VM mode the identity is named by `userAssignedIdentityID`. A `clientID` beside it does nothing but make
        the provider demand a token. Remove `clientID`.

        ### proof/variable-stays-old

        A warning. Secrets rotate, but a variable keeps what the Secret held when the container started. Read the mounted
        file, or restart the pods.

        ### proof/vault-name-form

        `keyvaultName` is the bare name of the vault: 3 to 24 letters, digits and hyphens. Write the name without `https://`
        and domain.

        ### proof/version-lacks

        The class uses what the provider has learnt only in a later version than the one that the release installs. Install a
        later version of the chart.

        ### proof/volume-not-mounted

        A warning. Kubelet sets up no volume that no container mounts: there are no files, and no Secret is made of them. An
        error where the pod reads such a Secret. List the volume under `volumeMounts` of a container.

        ### proof/volume-not-read-only

        The driver mounts read-only volumes alone. Write `readOnly: true` below `csi`.

        ### proof/wrong-kind

        A secret has only its text, a key only its public part; a certificate has all three: `secret`, `key` and `cert`. Ask
        for what the object has.

        ### proof/wrong-provider

        The driver finds a provider by the name of its socket, in which the letter case counts. Write `provider: azure`.

        ## plan

        Spec and world do not go together, or a saved plan cannot be used. Nothing was changed.

        ### plan/already-exists

        What the spec wants to create is there already and is not this environment's. Write `existing: true` to use it as it is,
        or choose another name.

        ### plan/existing-not-found

        A resource with `existing: true` does not exist. Check its name, or remove `existing: true` to have it created. If it
        vanished after the plan was made, this is reported by the run.

        ### plan/field-conflict

        The spec wants fields of a Kubernetes object otherwise than another field manager that owns them, each of which is named with
        its owner. Leave the fields out of the spec (an autoscaler's `replicas`, say), have the owner give them up, or take them with
        `--force-conflicts`. What people changed by `kubectl edit` and the like is drift and no conflict.

        ### plan/not-seen

        A resource, or something about it, could not be looked at. It is a warning where the plan can rely on what is recorded, or
        where reading was not allowed; otherwise an error. `purser doctor` tells what to have granted to gain sight of it.

        ### plan/obstacle

        The service would refuse the change whatever the permissions, such as a new vault under a name that a deleted one still
        keeps. Follow the hint.

        ### plan/protected

        The plan would delete or replace a resource with `protect: true`. Apply `protect: false` first if it is really to go.

        ### plan/purges

        A warning. What is deleted is purged too: it cannot be recovered, nor can the run be undone. Leave `--purge` out if that
        is not meant.

        ### plan/stale

        The spec, the state or the world has changed since the plan was saved. Make the plan anew and review it. Exit code 7.

        ### plan/unreadable

        The file is no saved plan, or one of a newer version of Purser. Make one with `purser plan --out FILE`.

        ## apply

        A step of a run failed. What had been done before it is undone, unless `--on-failure stop` was given; the report at the
        end tells what remains.

        ### apply/already-exists

        What was to be created is there, and not of this environment: it was made after the plan, or could not be seen then.
        Write `existing: true` to use it as it is, or choose another name.

        ### apply/certificate-pending

        A certificate of an issuer was not signed within the time that its `wait` gives. With the issuer `Unknown` somebody has to
        sign the vault's request and merge what was signed; the hint says by which commands. Undoing drops the request; with
        `--on-failure stop` it stays, and the next apply goes on waiting for it.

        ### apply/chart-changed

        The chart holds something else than when the plan was made, although its version is the same. Nothing was installed. Plan
        again, and look at what it renders now.

        ### apply/chart-unusable

        A chart beside the spec is not there, leads out of the spec's directory by a link, has no readable `Chart.yaml`, or is of
        another version than the spec asks for. Paths in `chart` begin at the spec's directory; of an archive counts what is in it,
        not what it is called.

        ### apply/field-conflict

        Another manager owns fields of a Kubernetes object that the spec sets. Leave these fields out of the spec, or have the
        other manager give them up.

        ### apply/group-not-empty

        A resource group holds resources that this environment does not manage. Nothing in it was deleted. Move or delete these
        first, or write `onDestroy: retain` on the group.

        ### apply/interrupted

        The step was cut short by a second signal. Whether the service carried it out is not known: `purser recover` finds out.

        ### apply/managed-object

        A secret or a key of that name belongs to a certificate of the vault. Choose another name, or declare it under
        `certificates`.

        ### apply/namespace-in-use

        A namespace holds objects that are not this environment's. Remove them first, or write `onDestroy: retain` to leave the
        namespace in place.

        ### apply/no-definition

        The cluster does not know a custom resource, such as SecretProviderClass, or has not accepted its definition within a minute.
        Have the driver installed first: by a release of the spec, which is then applied before, or as the cluster's add-on.

        ### apply/nodes-without-identity

        An access entry with `nodes: systemAssigned` found a scale set of the cluster that has no identity of its own, so that
        its pods could not read the vault. Give it one (`az vmss identity assign`), or give access to a managed identity that is
        bound to the nodes.

        ### apply/not-ready

        A pod or a workload did not become ready in time, or cannot any more. The message gives the cluster's last reason;
        raise `timeout` if it only needs longer.

        ### apply/not-restorable

        While undoing, the former state of a vault's object could not be brought back, because the service does not hold it any
        more. The report lists what remains; set the object by hand, or apply again.

        ### apply/release-pending

        Another Helm is at work on the release, or was cut short. Wait for it, or, if it is dead, run the command in the hint.

        ### apply/step-failed

        A step failed for a reason that has no code of its own; the message tells it. Whether the service carried the step out
        is looked up when it is undone.

        ### apply/stuck-terminating

        An object was deleted, and is still there after five minutes. The message names what holds it: finalizers, the node of a pod
        that has not confirmed its end, or what a namespace still contains. Have that let go, then run again. Exit code 9, if
        nothing remains of the run.

        ### apply/unusable-secret

        The source was read, but the vault cannot hold it: too long, not UTF-8 text, or a certificate file that cannot be opened
        with its password. Nothing of its contents is shown. Correct the source.

        ## service

        A service refused or could not be reached. The message is the service's own, and the identifiers below it are what its
        support asks for. Where the refusal is a known one, a hint tells the way out.

        ### service/cancelled

        The call was given up because the command was interrupted. Run the command again; after a run, see `purser recover`.

        ### service/conflict

        The service says that the resource is in another state than the call supposes (409 or 412), mostly because somebody else
        is changing it. Run the command again.

        ### service/failed

        Any other error of the service. The message is the service's.

        ### service/not-allowed

        The caller is known, but may not do that. Have the role or permission granted that the message or the hint names. Exit
        code 3, if nothing remains of the run.

        ### service/not-found

        Something that the call needs does not exist (404). Check the names of what the spec takes as existing, such as the
        subscription and the resource groups.

        ### service/not-served

        The cluster's API server is too old for a kind of object: CronJob stands in `batch/v1` since Kubernetes 1.21. A plan tells it
        as the reason of `plan/not-seen`.

        ### service/not-signed-in

        There are no credentials, or they were refused. Set `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, or
        sign in. Exit code 3, if nothing remains of the run.

        ### service/throttled

        The service takes no more calls for now (429), and went on refusing after several attempts. Try again later, or lower
        `--parallelism`.

        ### service/timed-out

        The service did not answer, or did not finish, in time. What it has done is looked up when the run is undone or resumed.
        Exit code 9, if nothing remains of the run.

        ### service/unreachable

        The service's name or address cannot be reached, or its certificate is not signed by an authority that is trusted here.
        Check the network, the proxy and the name.

        ### service/unverified

        A warning: the identity of the cluster's server is not verified, because its kubeconfig has `insecure-skip-tls-verify`. Whoever
        is between can read and change everything, Secrets included. Give the cluster's `certificate-authority-data` instead.

        ## secret

        ### secret/source

        A secret's source cannot be opened: its environment variable is not set, or its file is missing, outside the spec's
        directory, or larger than 1 MiB. Paths are relative to the spec's directory.

        ## state

        The record of what Purser made cannot be used as it is.

        ### state/changed

        The state in Blob storage is not as this run last saw it: somebody wrote it without the lock, or the lock was lost. Nothing was
        written over it. When no other run is under way, try again; `purser recover` brings a run that was stopped by this to its end.
        Exit code 4.

        ### state/damaged

        The file `state.json` is not what Purser wrote. Nothing was changed; restore it from version control or a backup.

        ### state/damaged-journal

        A line of the journal does not match its checksum, so that a stopped run cannot be undone or resumed safely. Restore the
        file from a backup.

        ### state/invalid-place

        What `--state` or `PURSER_STATE` says is no place for state: a directory, or `azblob://ACCOUNT/CONTAINER` with an optional `/PREFIX`.
        An account is 3 to 24 lower-case letters and digits, a container 3 to 63 lower-case letters, digits and single hyphens.

        ### state/lock-lost

        The lock of the state in Blob storage was taken away, or could not be renewed in time. From then on nothing was written, so that
        nothing of another run was overwritten; what was done so far stands in the journal. When no other run is under way,
        `purser recover` undoes or finishes it. Exit code 4.

        ### state/locked

        Another command works on this environment; the message tells who and since when. Wait for it, give `--lock-timeout`, or
        run `purser state unlock` if it is gone for good. Exit code 6.

        ### state/newer-format

        A newer version of Purser wrote the state. Use that version, or a newer one.

        ### state/other-environment

        The state directory belongs to another environment. Give each environment a state directory of its own.

        ### state/run-under-way

        A run was stopped before its end. Undo it with `purser recover --undo`, or finish it with `purser recover --resume`.

        ### state/unreadable

        A file of the state directory cannot be read, for the reason in the message. Check its permissions and the disk.

        ### state/unwritable

        A file of the state directory cannot be written, for the reason in the message. Check its permissions and the disk.

        ## command

        ### command/defect

        Something happened that Purser does not expect of itself. Please report it, with the command line and the message.
        Exit code 70.

        ### command/interrupted

        A signal ended the command before anything was begun. Run it again.

        ### command/needs-approval

        The plan was not approved, or there is no terminal to ask on. Answer `yes`, give `--yes`, or run a saved plan.

        ### command/usage

        The command was given what it cannot use, such as `--var` without a value, variables beside a saved plan that has its
        own, or no spec where there are several. The message tells which; `purser help COMMAND` lists what a command takes.

        ## sandbox

        ### sandbox/unavailable

        No sandbox runs in that directory, it does not answer, or it cannot be started. Start one with `purser sandbox start`;
        `PURSER_SANDBOX_BINARY` names the program where it lies neither beside `purser` nor on `PATH`.

        ## import

        What an import could not take over as it is, or what is worth knowing of what it found. The spec is written all the same,
        but for `import/nothing-found` and where it is not known in which subscription to look.

        ### import/broken-path

        A warning. A link between pod and vault is missing as things are: no scale set has the identity, the identity has no right
        of its own at the vault, an object is not in the vault, or the class names another tenant. Pods that are started now would
        wait for their files. Mend it by hand, or let the spec say it without `existing: true`, so that an apply makes it.

        ### import/chart-repository

        A note. Helm keeps no record of the repository that a chart came from, so that the address at which the chart's project
        publishes was written. Change `repository` in the spec if you mirror the chart.

        ### import/class-left-out

        A warning. The spec cannot say what this SecretProviderClass says, and does not have it: another provider than Azure's, AAD
        pod identity, `objects` that the provider itself could not read, a vault or an identity that the subscription does not have.
        The class stays in the cluster as it is.

        ### import/not-seen

        A part of the world could not be looked at, or there was none: releases, the contents of a vault, the cluster's nodes. What
        was not seen is not written. The hint says which right or option makes it visible. Where the subscription itself is not
        known, this is an error.

        ### import/nothing-found

        There is nothing to begin with: the pod or class that was named does not exist, or nothing in the namespace mounts a
        SecretProviderClass of the Azure provider. Check names and the kubeconfig's context.

        ### import/old-chart-repository

        A warning. Helm on this machine still has the chart repository under the address of 2021, below
        `raw.githubusercontent.com`, where there are no charts any more. The spec has the present one; the hint has the command that
        corrects Helm's list.

        ### import/old-class-version

        A note. The class was applied as `secrets-store.csi.x-k8s.io/v1alpha1`, which is deprecated. The cluster keeps it as `v1`,
        and so does the spec; nothing else differs between the two.

        ### import/part-left-out

        A warning. A field of a class has no word in the spec, or does not count for the provider either: a parameter that is not
        known, a field of an object, a file mode that is not octal. The rest of the class was taken over.

        ### import/pod-left-out

        A warning. The pod or workload is not in the spec: a controller without a word in the spec made it, or it mounts a class
        that was left out.

        ### import/secret-left-out

        A warning. A value of an environment variable or of a chart looks like a secret, and a spec is no place for it: everything
        but the value was written. Keep it in the vault.

        """#
}
