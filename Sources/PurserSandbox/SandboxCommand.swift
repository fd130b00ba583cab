package import ArgumentParser
import Foundation
import SystemPackage

/// `purser-sandbox`: serves one world until it is told to stop.
package struct SandboxCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "purser-sandbox",
        abstract: "Play out Azure and a Kubernetes cluster on this machine.",
        discussion: """
            Listens on 127.0.0.1 only. Once all listen, DIRECTORY/connection.json says how to connect and which \
            environment variables az, the SDKs, kubectl and helm need.
            """)

    @Option(help: "The world's directory; made if it is missing.")
    var directory = ""

    @Option(help: "Port of everything Azure; 0 for the last run's, or any.")
    var azurePort = 0

    @Option(help: "Port of the Kubernetes API; 0 for the last run's, or any.")
    var kubernetesPort = 0

    @Option(help: "Port of the CONNECT proxy; 0 for the last run's, or any.")
    var proxyPort = 0

    @Option(help: "Seconds from a change of access to its effect on a vault.")
    var propagationDelay = 0.0

    @Option(help: "Seconds that an asynchronous operation is under way.")
    var operationDelay = 0.2

    @Option(
        help: ArgumentHelp(
            "Calls that a service takes: a bucket, and its refill a second. May be repeated.",
            discussion:
                "Budgets: \(Throttle.Budget.allCases.map(\.rawValue).joined(separator: ", ")); Azure's own by default.",
            valueName: "budget=bucket/refill"))
    var throttle: [ThrottleOption] = []

    @Flag(help: "Give the cluster the AKS add-on for key vaults.")
    var keyVaultAddOn = false

    @Flag(help: .hidden)
    var listRoutes = false

    package init() {}

    /// Reads the command line, serves, and ends the process with the exit code that tells how it went.
    package static func serve() async { await main() }

    package func validate() throws {
        guard listRoutes || !directory.isEmpty else { throw ValidationError("--directory says where the world lies") }
        for port in [azurePort, kubernetesPort, proxyPort] where !(0...65_535).contains(port) {
            throw ValidationError("a port is from 0 to 65535, not \(port)")
        }
        guard propagationDelay >= 0, operationDelay >= 0 else { throw ValidationError("a delay is not negative") }
    }

    package func run() async throws {
        if listRoutes {
            FileHandle.standardOutput.write(Data(RouteReference.text.utf8))
            return
        }
        var settings = SandboxConfiguration(directory: FilePath(directory))
        settings.azurePort = azurePort
        settings.kubernetesPort = kubernetesPort
        settings.proxyPort = proxyPort
        settings.propagationDelay = .milliseconds(Int(propagationDelay * 1000))
        settings.operationDelay = .milliseconds(Int(operationDelay * 1000))
        settings.keyVaultAddOn = keyVaultAddOn
        settings.throttling = Dictionary(throttle.map { ($0.budget, $0.limit) }) { $1 }
        let world = directory
        do {
            try await Sandbox.run(settings) { connection in
                let line = "purser-sandbox: ready, world in \(world), connection in \(connection)\n"
                FileHandle.standardOutput.write(Data(line.utf8))
            }
        } catch let error as any CustomStringConvertible & Error {
            FileHandle.standardError.write(Data("purser-sandbox: \(error)\n".utf8))
            throw ExitCode.failure
        }
    }
}

/// `reads=20/5`
struct ThrottleOption: ExpressibleByArgument {
    let budget: Throttle.Budget
    let limit: Throttle.Limit

    init?(argument: String) {
        guard let match = argument.wholeMatch(of: /([a-z-]+)=(\d+)\/(\d+(?:\.\d+)?)/),
            let budget = Throttle.Budget(rawValue: String(match.1)), let bucket = Double(match.2), bucket >= 1,
            let refill = Double(match.3)
        else { return nil }
        self.budget = budget
        limit = Throttle.Limit(bucket: bucket, refill: refill)
    }
}
