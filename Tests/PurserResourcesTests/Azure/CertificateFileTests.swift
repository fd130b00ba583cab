import Foundation
import PurserClients
import PurserEngine
import PurserTestSupport
import Testing

@testable import PurserResources

struct CertificateFileTests {
    private static func fixture(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Golden.fixtures.appending(path: "Certificates/\(name)")))
    }

    @Test(arguments: [("shop.pfx", "open-sesame"), ("unprotected.pfx", ""), ("plain.pfx", "")])
    func `a PKCS#12 file gives its leaf`(_ name: String, _ password: String) throws {
        let leaf = try PKCS12File.leaf(in: try Self.fixture(name), password: Array(password.utf8))
        #expect(leaf == (try Self.fixture("leaf.der")))
    }

    @Test func `a PEM file gives its first certificate`() throws {
        #expect(try PEMFile.leaf(in: try Self.fixture("shop.pem")) == (try Self.fixture("leaf.der")))
    }

    @Test func `a PEM file may have the line ends of Windows`() throws {
        let text = String(decoding: try Self.fixture("shop.pem"), as: UTF8.self).replacing("\n", with: "\r\n")
        #expect(try PEMFile.leaf(in: Array(text.utf8)) == (try Self.fixture("leaf.der")))
    }

    @Test(arguments: [("shop.pfx", "wrong"), ("shop.pfx", ""), ("legacy.pfx", "open-sesame"), ("leaf.der", "")])
    func `what cannot be opened is told without what is in it`(_ name: String, _ password: String) throws {
        let file = try Self.fixture(name)
        let failure = #expect(throws: ResourceFailure.self) {
            try CertificateFile.pkcs12Leaf(file, password: Array(password.utf8))
        }
        #expect(failure?.diagnosticCode == .applyUnusableSecret)
        #expect(failure?.summary == "the PKCS#12 file cannot be opened here to look at its certificate")
    }

    /// Damaged files must not stop the process.
    @Test func `no cut and no changed byte does harm`() throws {
        let file = try Self.fixture("shop.pfx")
        for end in stride(from: 0, to: file.count, by: 37) {
            _ = try? PKCS12File.leaf(in: Array(file[..<end]), password: Array("open-sesame".utf8))
        }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<60 {
            var damaged = file
            damaged[Int.random(in: 0..<file.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = try? PKCS12File.leaf(in: damaged, password: Array("open-sesame".utf8))
        }
    }
}
