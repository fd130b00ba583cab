import PurserEngine
import PurserSyntax

/// Whether the driver can make the Secrets that `secretObjects` ask for: from files that are mounted, with the right to
/// write Secrets, and, for TLS, from files that hold what the key asks for.
///
/// Source: Secrets Store CSI Driver documentation, "Sync as Kubernetes Secret".
struct SecretObjectChecks {
    private let resource: DeclaredResource
    private let path: AccessPath
    private let files: [String: VaultObject]

    init(_ resource: DeclaredResource, _ path: AccessPath) {
        self.resource = resource
        self.path = path
        files = Dictionary(path.objects.map { ($0.object.fileName, $0.object) }) { _, last in last }
    }

    private var secrets: [(name: String, secret: Value)] {
        let named = resource.known(SecretProviderClass.secretObjects.name)?.object ?? [:]
        return named.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func run(_ diagnostics: inout Diagnostics) {
        guard !secrets.isEmpty else { return }
        for (name, secret) in secrets {
            let data = (secret["data"]?.texts ?? [:]).sorted { $0.key < $1.key }
            if data.isEmpty, secret["data"]?.containsUnknown == false {
                diagnostics.append(
                    .secretWithoutData, "Secret '\(name)' has no data", in: resource, "secretObjects.\(name)")
            }
            for (key, file) in data { check(file, under: key, of: name, &diagnostics) }
            if secret["type"]?.string == SecretObject.tls { checkTLS(data, of: name, &diagnostics) }
        }
        checkSync(&diagnostics)
    }

    private func check(_ file: String, under key: String, of secret: String, _ diagnostics: inout Diagnostics) {
        guard files[file] == nil, !hasUnknownObjects else { return }
        let mounted = files.keys.sorted()
        let meant = mounted.first { $0 == "\(file)/0" || files[$0]?.name == file }
        diagnostics.append(
            .unknownMountedFile, "'objects' mounts no file '\(file)', which key '\(key)' of Secret '\(secret)' names",
            in: resource, "secretObjects.\(secret).data[\"\(key)\"]",
            hint: meant.map { "did you mean '\($0)'?" } ?? Suggestion.hint(for: file, among: mounted)
                ?? "mounted are: \(mounted.joined(separator: ", "))")
    }

    private var hasUnknownObjects: Bool {
        resource.known(SecretProviderClass.objects.name)?.containsUnknown ?? true
    }

    private func checkTLS(
        _ data: [(key: String, value: String)], of secret: String, _ diagnostics: inout Diagnostics
    ) {
        let place = "secretObjects.\(secret)"
        for key in ["tls.crt", "tls.key"] where !data.contains(where: { $0.key == key }) {
            diagnostics.append(
                .tlsKeys, "Secret '\(secret)' of type \(SecretObject.tls) lacks '\(key)'", in: resource,
                "\(place).data")
        }
        for (key, file) in data {
            guard key == "tls.crt" || key == "tls.key" else {
                diagnostics.append(
                    .tlsKeys, "Secret '\(secret)' of type \(SecretObject.tls) cannot have '\(key)'", in: resource,
                    "\(place).data[\"\(key)\"]", hint: "put it into a Secret of type Opaque")
                continue
            }
            guard let object = files[file] else { continue }
            checkPart(key, from: object, at: "\(place).data[\"\(key)\"]", &diagnostics)
        }
    }

    private func checkPart(
        _ key: String, from object: VaultObject, at place: String, _ diagnostics: inout Diagnostics
    ) {
        let (isThere, part) =
            key == "tls.key"
            ? (object.holdsPrivateKey, "private key") : (object.holdsCertificates, "certificate")
        if !isThere {
            diagnostics.append(
                .tlsPartMissing, "file '\(object.fileName)' is mounted as \(object.face.rawValue) and holds no \(part)",
                in: resource, place, hint: "mount the certificate with 'as: secret'")
        } else if object.format == "pfx", object.encoding != "base64" {
            diagnostics.append(
                .tlsPartMissing, "file '\(object.fileName)' is a PFX as base64 text, which the driver cannot split",
                in: resource, place, hint: "leave out 'format', or add 'encoding: base64'")
        }
    }

    /// No verdict about a release that is not in the spec, that exists already, or that has another chart.
    private func checkSync(_ diagnostics: inout Diagnostics) {
        for release in path.releases where !release.isExisting {
            guard let chart = DriverChart(of: release), !chart.syncsSecrets else { continue }
            let value = chart.valueName("syncSecret", "enabled")
            diagnostics.append(
                .syncDisabled,
                "\(release.address) gives the driver no right to write Secrets, so that these would never appear",
                in: resource, SecretProviderClass.secretObjects.name,
                hint: "set '\(value): true' in the values of \(release.address)")
        }
    }
}

extension DiagnosticCode {
    static let secretWithoutData = DiagnosticCode("spec/secret-without-data")
    static let unknownMountedFile = DiagnosticCode("spec/unknown-mounted-file")
    static let tlsKeys = DiagnosticCode("spec/tls-keys")
    static let tlsPartMissing = DiagnosticCode("proof/tls-part-missing")
    static let syncDisabled = DiagnosticCode("proof/sync-disabled")
}
