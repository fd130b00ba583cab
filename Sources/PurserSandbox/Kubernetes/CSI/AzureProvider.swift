import Foundation

/// The Azure Key Vault provider: turns a mount request into files.
/// Source: Azure/secrets-store-csi-driver-provider-azure v1.8.2.
struct AzureProvider: Sendable {
    struct Request: Sendable {
        var parameters: [String: String]
        /// The data of the Secret that the volume names for its service principal; empty if it names none.
        var secrets: [String: String] = [:]
        /// The scale set of the node that runs the pod.
        var scaleSet: String
    }

    struct File: Sendable, Equatable {
        var path: String
        var mode: UInt32
        var bytes: [UInt8]
    }

    struct Response: Sendable, Equatable {
        var files: [File] = []
        /// Object ids as the pod's status lists them, e.g. `secret/NAME`, with the vault's versions.
        var versions: [(id: String, version: String)] = []

        static func == (one: Response, other: Response) -> Bool {
            one.files == other.files && one.versions.elementsEqual(other.versions, by: ==)
        }
    }

    let azure: any AzureForNodes
    let vaultSuffix: String
    let nodeResourceGroup: String
    /// The provider's own flags.
    var constructsChain = true
    var writesSeparateFiles = false

    func mount(_ request: Request) async throws(ProviderFailure) -> Response {
        let parameters = ProviderParameters(request.parameters)
        try parameters.checkPod()
        let mode = try parameters.identityMode()
        try parameters.checkNames()
        try parameters.checkCloud()
        let identity = try ProviderIdentity(mode, parameters, secrets: request.secrets)
        let requests = try ObjectsParameter.requests(in: parameters.value("objects"))
        if requests.isEmpty { return Response() }
        try parameters.checkVaultName()
        let vault = "https://\(parameters.vaultName).\(vaultSuffix)"
        let signIn = ProviderSignIn(
            azure: azure, nodeResourceGroup: nodeResourceGroup, scaleSet: request.scaleSet,
            resource: "https://\(vaultSuffix)")
        var reader = VaultReader(azure: azure, vault: vault, identity: identity, signIn: signIn)
        var response = Response()
        for object in requests { try await add(object, to: &response, &reader) }
        return response
    }

    private func add(
        _ object: VaultObjectRequest, to response: inout Response, _ reader: inout VaultReader
    ) async throws(ProviderFailure) {
        guard object.history > 1 else {
            let (content, version) = try await reader.content(of: object, version: object.version)
            response.versions.append(("\(object.type)/\(object.name)", version))
            response.files += try files(content, object, path: object.fileName)
            return
        }
        for (index, version) in try await reader.versions(of: object).enumerated() {
            let (content, found) = try await reader.content(of: object, version: version)
            response.versions.append(("\(object.type)/\(object.name)/\(index)", found))
            response.files += try files(content, object, path: "\(Self.shortest(object.fileName))/\(index)")
        }
    }

    private func files(
        _ content: VaultContent, _ object: VaultObjectRequest, path: String
    ) throws(ProviderFailure) -> [File] {
        let rendered = try content.rendered(for: object, constructsChain: constructsChain)
        var files: [File] = []
        if writesSeparateFiles, content.isCertificateSecret {
            let (certificates, rest) = PEMText.separated(rendered)
            files.append(File(path: "\(path).crt", mode: object.mode, bytes: certificates))
            files.append(File(path: "\(path).key", mode: object.mode, bytes: rest))
        }
        let bytes = try Self.decoded(rendered, object.encoding.lowercased())
        return files + [File(path: path, mode: object.mode, bytes: bytes)]
    }

    /// The path without empty and `.` parts.
    private static func shortest(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private static func decoded(_ bytes: [UInt8], _ encoding: String) throws(ProviderFailure) -> [UInt8] {
        switch encoding {
        case "base64":
            let text = bytes.filter { $0 != 0x0A && $0 != 0x0D }
            guard let data = Data(base64Encoded: Data(text)) else {
                throw .failed("illegal base64 data at input byte \(firstIllegal(in: text))")
            }
            return [UInt8](data)
        case "hex": return try hexDecoded(bytes)
        default: return bytes
        }
    }

    private static func firstIllegal(in text: [UInt8]) -> Int {
        let legal = { (byte: UInt8) in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || "+/".contains(character))
        }
        return text.firstIndex { !legal($0) } ?? text.count - text.count % 4
    }

    private static func hexDecoded(_ bytes: [UInt8]) throws(ProviderFailure) -> [UInt8] {
        var result: [UInt8] = []
        var high: Int?
        for byte in bytes {
            let character = Character(UnicodeScalar(byte))
            guard let digit = character.hexDigitValue else {
                let code = String(byte, radix: 16, uppercase: true)
                let name = "U+" + String(repeating: "0", count: 4 - code.count) + code
                throw .failed("encoding/hex: invalid byte: \(name) '\(character)'")
            }
            if let first = high {
                result.append(UInt8(first * 16 + digit))
                high = nil
            } else {
                high = digit
            }
        }
        if high != nil { throw .failed("encoding/hex: odd length hex string") }
        return result
    }
}
