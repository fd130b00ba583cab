import SystemPackage

/// Reads small files whole: kubeconfig files, certificates, tokens.
package enum FileContents {
    private static let largest = 8 << 20

    /// The content, or nil if there is no such file.
    package static func read(_ path: String) throws -> [UInt8]? {
        let descriptor: FileDescriptor
        do {
            descriptor = try FileDescriptor.open(FilePath(path), .readOnly)
        } catch Errno.noSuchFileOrDirectory {
            return nil
        }
        return try descriptor.closeAfter {
            var content: [UInt8] = []
            while true {
                let chunk = try [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                    count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if chunk.isEmpty { return content }
                content += chunk
                guard content.count <= largest else { throw Errno.fileTooLarge }
            }
        }
    }
}
