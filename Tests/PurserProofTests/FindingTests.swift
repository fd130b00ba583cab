import PurserProof
import PurserSyntax
import Testing

/// Findings that take more than a spec to show: scenes as manifests and live services give them.
@Suite struct FindingTests {
    /// A change of a sound scene and the one code that it brings about.
    struct Change: Sendable, CustomTestStringConvertible {
        let code: DiagnosticCode
        let severity: Diagnostic.Severity
        let make: @Sendable (inout Scene) -> Void

        var testDescription: String { code.rawValue }

        init(
            _ code: DiagnosticCode, _ severity: Diagnostic.Severity = .error,
            _ make: @escaping @Sendable (inout Scene) -> Void
        ) {
            self.code = code
            self.severity = severity
            self.make = make
        }
    }

    @Test func `nothing is found in the sound scene, and all of it is proved`() throws {
        let proof = Prover.proof(of: SoundScene.scene())
        #expect(proof.findings.map(\.message) == [])
        let pod = try #require(proof.pods.first)
        #expect(pod.verdict == .proved, "\(pod.undecided)")
        #expect(pod.volumes.first?.files.map(\.path) == ["db-password", "shop-tls"])
        #expect(pod.volumes.first?.secrets.first?.keys == ["tls.crt": "shop-tls", "tls.key": "shop-tls"])
        #expect(pod.volumes.first?.access.map(\.grant) == ["vaults/shop/access/shop", "vaults/shop/access/shop"])
        #expect(pod.chain.allSatisfy { $0.state == .holds })
    }

    @Test(arguments: SceneChanges.all)
    func `a change brings about its code and no other`(change: Change) {
        var scene = SoundScene.scene()
        change.make(&scene)
        var findings = Prover.proof(of: scene).findings
        // A history is told of wherever there is one.
        if change.code != .historyLength { findings.removeAll { $0.code == .historyLength } }
        #expect(Set(findings.map(\.code)) == [change.code], "\(findings.map { "\($0.code): \($0.message)" })")
        #expect(findings.allSatisfy { $0.severity == change.severity })
        for finding in findings {
            let ofScene: [DiagnosticCode] = [.twoDrivers, .secretTaken, .secretTypeConflict, .requestBudget]
            #expect(!finding.chain.isEmpty || ofScene.contains(finding.code))
            let isBroken = finding.chain.contains { $0.name == finding.link && $0.state == .broken }
            #expect(isBroken || finding.severity != .error || finding.chain.isEmpty, "the broken link is marked")
        }
    }

    @Test(arguments: [true, false])
    func `a pod that AAD pod identity cannot serve is an error`(_ isOnWindows: Bool) throws {
        var scene = SoundScene.scene()
        scene.classes[0].parameters = ["keyvaultName": "shop-kv", "tenantID": "tenant", "usePodIdentity": "true"]
        scene.installations[0].runsOnWindows = true
        scene.pods[0].runsOnWindows = isOnWindows
        if isOnWindows { scene.pods[0].labels["aadpodidbinding"] = "shop" }
        let proof = try #require(Prover.proof(of: scene).pods.first)
        let errors = proof.findings.filter { $0.severity == .error }
        #expect(errors.map(\.code) == [.podIdentity])
        #expect(errors.first?.message.contains(isOnWindows ? "runs on Windows" : "no label 'aadpodidbinding'") == true)
        #expect(proof.volumes.first?.failure == errors.first?.providerMessage)
        #expect(proof.verdict == .failed)
    }

    @Test func `every page of the catalogue is run by a test`() {
        let tested = Set(SceneChanges.all.map(\.code))
        let untested = FindingCatalogue.all.filter { page in
            if case .spec = page.example { false } else { !tested.contains(page.code) }
        }
        #expect(untested.map(\.code.rawValue) == [])
        #expect(Set(FindingCatalogue.all.map(\.code)).count == FindingCatalogue.all.count)
    }

    @Test func `what cannot be known is undecided and no finding`() throws {
        var scene = SoundScene.scene()
        scene.vaults = []
        scene.identities = []
        scene.installations = []
        let proof = Prover.proof(of: scene)
        #expect(proof.findings.map(\.message) == [])
        let pod = try #require(proof.pods.first)
        #expect(pod.verdict == .undecided)
        #expect(Set(pod.undecided.map(\.link)).isSuperset(of: [.vault, .identity, .driver]))
    }

    @Test func `placeholders are neither equal nor different`() {
        var scene = SoundScene.scene()
        scene.classes[0].parameters["keyvaultName"] = "${VAULT}"
        scene.classes[0].parameters["tenantID"] = "${TENANT}"
        scene.classes[0].parameters["userAssignedIdentityID"] = "${CLIENT}"
        scene.hasAllVaults = true
        scene.hasAllIdentities = true
        #expect(Prover.proof(of: scene).findings.map(\.message) == [])
    }

    @Test func `a failure is what driver and provider meet first`() throws {
        var scene = SoundScene.scene()
        scene.classes[0].parameters["keyvaultName"] = "kv"
        scene.classes[0].parameters["tenantID"] = nil
        let proof = Prover.proof(of: scene)
        #expect(proof.pods[0].volumes[0].failure == "tenantId is not provided")
        #expect(proof.findings.count == 2)
    }

    @Test func `a thousand pods and ten thousand objects are proved at once`() {
        var scene = SoundScene.large(pods: 1_000, objectsPerClass: 10)
        let clock = ContinuousClock()
        var proof: SceneProof?
        let time = clock.measure { proof = Prover.proof(of: scene) }
        print("proof of 1,000 pods and 10,000 objects: \(time)")
        #expect(proof?.findings.map(\.message) == [])
        #expect(proof?.pods.count == 1_000)
        #expect(proof?.pods.allSatisfy { $0.verdict == .proved && $0.volumes[0].files.count == 10 } == true)
        scene.vaults[0].objects = []
        let broken = clock.measure { proof = Prover.proof(of: scene) }
        print("the same with all objects missing: \(broken)")
        #expect(proof?.findings.count == 10_000)
    }
}
