#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Base64 (RFC 4648), in both alphabets.
package enum Base64 {
    package static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// In the URL-safe alphabet, without padding.
    package static func urlEncoded(_ bytes: [UInt8]) -> String {
        encoded(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Accepts the URL-safe alphabet and missing padding; nil for anything else that is not base64.
    package static func decoded(_ text: String) -> [UInt8]? {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.count % 4 != 0 { standard += "=" }
        return Data(base64Encoded: standard).map { Array($0) }
    }
}

/// Random identifiers of requests.
enum Identifier {
    static func random() -> String { UUID().uuidString.lowercased() }
}
