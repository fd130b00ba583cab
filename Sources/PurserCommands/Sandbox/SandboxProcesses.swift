/// Processes of the sandbox: starting, stopping, and becoming one.
package protocol SandboxProcesses: Sendable {
    /// The path of the `purser-sandbox` executable, or nil if there is none.
    func executable(environment: [String: String]) -> String?
    /// Starts a process in a group of its own, so that Ctrl-C reaches us alone, and returns its id. What it prints goes
    /// to the file `log`. Throws `SandboxProcessError`.
    func start(_ executable: String, _ arguments: [String], environment: [String: String], log: String) throws -> Int
    func isAlive(_ pid: Int) -> Bool
    /// Asks it to end (SIGTERM).
    func terminate(_ pid: Int)
    /// Becomes that program. Returns only if that is impossible, with the reason.
    func replaceProcess(_ executable: String, _ arguments: [String], environment: [String: String]) -> String
}

package struct SandboxProcessError: Error, Sendable, Hashable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}
