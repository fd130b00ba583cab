package import SystemPackage

/// Why a sandbox does not run.
package enum SandboxError: Error, CustomStringConvertible {
    case worldTaken(FilePath)
    case portTaken(String, Int)

    package var description: String {
        switch self {
        case .worldTaken(let directory): "another process runs the world in \(directory)"
        case .portTaken(let name, let port): "the \(name) port \(port) is taken"
        }
    }
}
