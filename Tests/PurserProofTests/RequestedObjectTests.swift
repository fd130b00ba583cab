import PurserProof
import Testing

@Suite struct RequestedObjectTests {
    /// Source: Azure Key Vault provider documentation v1.8, `filePermission`; Go's `strconv.ParseInt` with base 8.
    @Test(
        arguments: [
            ("", 0o644), ("0600", 0o600), ("0440", 0o440), ("400", 0o400), ("420", 0o420), ("0900", 0), ("0o755", 0),
            ("0x1ff", 0), ("u+rwx", 0), ("4755", 0o755), ("-1", 0o777), ("77777", 0o777), ("0_600", 0),
        ] as [(String, UInt16)])
    func `a file's mode is read as octal digits, and what is not leaves no right`(text: String, mode: UInt16) {
        var object = RequestedObject(name: "a", type: "secret")
        object.permission = text
        #expect(object.mode == mode)
    }
}
