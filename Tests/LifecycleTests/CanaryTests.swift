import Crypto
import Foundation
import PurserClients
import SystemPackage
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Lifecycle {
    /// Distinctive values go in by every source of a secret. Afterwards nothing that was written or printed holds one of
    /// them, its encodings or its hashes: but for the sandbox's own vault and the pod's mount, where they belong.
    @Suite struct CanaryTests {
        private static let plan = "plans/aks-csi-demo"
        private static let fromEnvironment = "canary-env-8Hq2vLZ0"
        private static let changed = "canary-changed-T5xw9BnE"
        private static let fromFile = "canary-file-Jk31mQpS"
        private static let refused = "canary-literal-Zx77Gh2a"

        /// The ways in which somebody writes a secret into a spec.
        private static let literals = [
            ("{value: {env: SECRET_VALUE}}", "{value: \(refused)}"), ("{value: {env: SECRET_VALUE}}", refused),
            ("{value: {env: SECRET_VALUE}}", "{valeu: \(refused)}"),
            ("{value: {env: SECRET_VALUE}}", "{value: {env: \(refused) }}"),
            ("{value: {env: SECRET_VALUE}}", "{value: {enviroment: \(refused)}}"),
            ("rotationPollInterval: 1m", "apiToken: \(refused)"),
            ("rotationPollInterval: 1m", "connection: \"Server=x;Password=\(refused);\""),
            (
                "image: andriktr/utils:1.0.1",
                "image: andriktr/utils:1.0.1\n          env: [{name: PASSWORD, value: \(refused)}]"
            ),
        ]

        @Test(arguments: [SIGSEGV, SIGABRT, SIGTRAP])
        func `a crash in the middle of a run leaves no core and shows no memory`(_ signal: Int32) async throws {
            try await SandboxWorld.with { sandbox in
                // The value is on its way when the process crashes.
                try await sandbox.orderFault([
                    "match": ["method": "PUT", "path": "/secrets/*", "plane": "vault"], "times": 1,
                    "fault": ["delay": 20],
                ])
                #if os(Linux)
                    var allowed = rlimit(rlim_cur: .max, rlim_max: .max)
                    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &allowed)
                #endif
                let run = try await sandbox.purser(
                    "apply", Self.plan, "--yes", environment: ["SECRET_VALUE": Self.fromEnvironment]
                ) { pid in
                    try await sandbox.waitForFault()
                    kill(pid, signal)
                }
                #expect(run.exitCode == 128 + Int(signal), "\(run.transcript)")
                #expect(!run.errors.contains("0x"), "\(run.transcript)")
                let files = try FileManager.default.contentsOfDirectory(atPath: sandbox.directory.string)
                #expect(!files.contains { $0.hasPrefix("core") }, "\(files)")
                expectClean(Array((run.output + run.errors).utf8), Self.forms([Self.fromEnvironment]), "a crashed run")
            }
        }

        /// Where the state lies, and where in the sandbox's world that is.
        private static let places =
            [
                (nil, nil),
                ("azblob://pursersandboxstate/state", "store/blobs"),
            ] as [(String?, String?)]

        @Test(arguments: places)
        func `no run writes or prints a secret or anything made from one`(
            _ state: String?, _ kept: String?
        ) async throws {
            try await SandboxWorld.with { sandbox in
                var transcripts: [ToolRun] = []
                let directory = sandbox.directory.appending("plans/aks-csi-demo")
                try Self.fromFile.write(
                    toFile: directory.appending("token.txt").string, atomically: true, encoding: .utf8)
                try sandbox.editSpec(
                    "    certificates:\n",
                    "      from-file: {value: {file: token.txt}}\n      made: {value: {generate: {length: 32}}}\n"
                        + "    certificates:\n")
                func run(_ arguments: String..., secret: String = Self.fromEnvironment) async throws {
                    transcripts.append(
                        try await sandbox.run(
                            arguments,
                            environment: [
                                "SECRET_VALUE": secret, "PURSER_HTTP_ATTEMPTS": "2", "PURSER_STATE": state ?? "",
                            ]))
                }
                let blobs = kept.map { sandbox.world.appending($0) }
                var searched = 0
                let forms = Self.forms([Self.fromEnvironment, Self.changed, Self.fromFile, Self.refused])
                /// What lies there now: a journal is gone by the end.
                func searchBlobs() throws {
                    guard let blobs else { return }
                    for path in files(below: blobs) {
                        expectClean([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), forms, path)
                        searched += 1
                    }
                }
                try await run("validate", Self.plan)
                try await run("plan", Self.plan, "--out", "p.json")
                try await run("apply", "p.json")
                try await run("show", Self.plan, "--json")
                try await run("plan", Self.plan, "--markdown", secret: Self.changed)
                try await run("plan", Self.plan, "--json", secret: Self.changed)
                // A change that fails after the secret was written, and one that is killed while it is written.
                try await sandbox.orderFault([
                    "match": ["method": "PATCH", "path": "*/pods/*", "plane": "kubernetes"], "fault": ["status": 403],
                ])
                try await run("apply", Self.plan, "--yes", "--replace", "pods/aks-csi-demo", secret: Self.changed)
                try await sandbox.clearFaults()
                // The service repeats the value in its error: Purser does not.
                try await sandbox.orderFault([
                    "match": ["method": "PUT", "path": "/secrets/*", "plane": "vault"],
                    "fault": ["status": 400, "code": .string(Self.changed)],
                ])
                try await run("apply", Self.plan, "--yes", secret: Self.changed)
                try await sandbox.clearFaults()
                for (right, wrong) in Self.literals {
                    try sandbox.editSpec(right, wrong)
                    for form in [[], ["--json"]] {
                        let refusal = try await sandbox.run(["validate", Self.plan] + form)
                        #expect(refusal.exitCode == 64, "\(refusal.transcript)")
                        transcripts.append(refusal)
                    }
                    try sandbox.editSpec(wrong, right)
                }
                try await run("apply", Self.plan, "--yes", secret: Self.changed)
                try searchBlobs()
                try await run("verify", Self.plan, secret: Self.changed)
                try await look(into: sandbox)
                try await run("destroy", Self.plan, "--yes", secret: Self.changed)
                for run in transcripts {
                    expectClean(Array((run.output + run.errors).utf8), forms, run.arguments.description)
                }
                let isOurs = { (path: String) in
                    !path.hasPrefix(sandbox.world.string) && !path.hasSuffix("/token.txt")
                        && !path.hasSuffix("/environment.yaml")
                }
                for path in files(below: sandbox.directory) where isOurs(path) {
                    expectClean([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), forms, path)
                    searched += 1
                }
                #expect(searched >= 2, "state and plan should have been searched")
                #expect(transcripts.contains { $0.exitCode != 0 } && transcripts.contains { $0.exitCode == 0 })
            }
        }

        /// What somebody looks at with `kubectl exec` reaches that terminal, and no file and no log of the sandbox.
        private func look(into sandbox: SandboxWorld) async throws {
            guard Kubectl.Program.found.last.map({ $0.minor >= 30 }) == true else { return }
            let kubectl = try Kubectl(sandbox: sandbox)
            let before = holders(of: Self.changed, below: sandbox.world)
            #expect(!before.isEmpty, "vault and mount have it")
            let shown = try await kubectl(
                "exec", "aks-csi-demo", "-n", "infra", "--", "cat", "/mnt/csi-demo/aks-csi-demo-secret")
            #expect(shown == Self.changed)
            #expect(holders(of: Self.changed, below: sandbox.world) == before)
            let log = "\(try await sandbox.admin("GET", "requests"))"
            #expect(log.contains("/exec"))
            expectClean(Array(log.utf8), Self.forms([Self.changed]), "the sandbox's log of requests")
        }

        private func holders(of value: String, below directory: FilePath) -> Set<String> {
            Set(
                files(below: directory).filter {
                    FileManager.default.contents(atPath: $0)?.range(of: Data(value.utf8)) != nil
                })
        }

        private func files(below directory: FilePath) -> [String] {
            let names = FileManager.default.enumerator(atPath: directory.string)?.compactMap { $0 as? String } ?? []
            return names.map { directory.appending($0).string }.filter {
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && !isDirectory.boolValue
            }
        }

        private func expectClean(_ bytes: [UInt8], _ forms: [(name: String, bytes: [UInt8])], _ place: String) {
            let data = Data(bytes)
            for form in forms where data.range(of: Data(form.bytes)) != nil {
                Issue.record("\(place) holds \(form.name)")
            }
        }

        /// Each value as it is, in base64 at each of the three alignments, in hex, and its usual hashes in hex and base64.
        private static func forms(_ values: [String]) -> [(name: String, bytes: [UInt8])] {
            values.flatMap { value -> [(String, [UInt8])] in
                let bytes = Array(value.utf8)
                let digests: [(String, [UInt8])] = [
                    ("MD5", Array(Insecure.MD5.hash(data: bytes))), ("SHA-1", Array(Insecure.SHA1.hash(data: bytes))),
                    ("SHA-256", Array(SHA256.hash(data: bytes))), ("SHA-512", Array(SHA512.hash(data: bytes))),
                ]
                var forms: [(String, [UInt8])] = [("the value", bytes), ("the value in hex", Array(hex(bytes).utf8))]
                for offset in 0..<3 {
                    // The characters that the neighbours of the value do not touch.
                    let encoded = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
                    let inner = encoded.dropFirst(offset == 0 ? 0 : offset + 1).prefix(20)
                    forms.append(("the value in base64", Array(inner.utf8)))
                }
                for (name, digest) in digests {
                    forms.append(("its \(name) in hex", Array(hex(digest).utf8)))
                    forms.append(("its \(name) in base64", Array(Data(digest).base64EncodedString().prefix(20).utf8)))
                }
                return forms.map { ("\(value.prefix(12))…: \($0.0)", $0.1) }
            }
        }

        private static func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
