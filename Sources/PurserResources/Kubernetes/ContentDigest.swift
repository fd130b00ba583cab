import PurserClients
import PurserEngine

/// A short mark of what a manifest says, to see that it has changed. It is made from what the spec says, never from a
/// secret, and protects nothing: FNV-1a of 64 bits is enough.
enum ContentDigest {
    /// 16 hexadecimal digits.
    static func text(of text: String) -> String { hex(of: text.utf8) }

    /// 16 hexadecimal digits of the value's JSON with sorted keys.
    static func text(of value: Value) -> String { hex(of: value.json.encoded) }

    private static func hex(of bytes: some Sequence<UInt8>) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
