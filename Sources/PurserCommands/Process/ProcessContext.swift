import Dispatch
import Foundation
import PurserClients
import PurserResources
package import PurserSyntax
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension CommandContext {
    /// The context of a real process.
    package static func process() -> CommandContext {
        CrashPrivacy.begin()
        // A reader that goes away (`purser plan | head`) must not end a run in the middle.
        signal(SIGPIPE, SIG_IGN)
        let environment = ProcessInfo.processInfo.environment
        return CommandContext(
            environment: environment, terminal: .process(environment), output: DescriptorOutput(STDOUT_FILENO),
            errors: DescriptorOutput(STDERR_FILENO), readLine: TerminalInput.line, now: { Date() },
            signals: ProcessSignals.stream, makeServices: Services.real, sandbox: SystemSandboxProcesses(),
            user: environment["USER"] ?? NSUserName(), host: ProcessInfo.processInfo.hostName, processID: Int(getpid()))
    }
}

extension Services {
    static func real(_ settings: ClientSettings) async throws -> Services {
        let clients = try await Clients.make(settings: settings)
        return Services(
            catalog: StandardCatalog.make(clients: clients), cluster: clients.kubernetes,
            survey: Surveyor(clients: clients).survey, examine: Doctor(clients: clients).examine,
            live: LiveVaultReader(keyVault: clients.keyVault).contents,
            remoteState: { location, environment in
                BlobStateBackend(blobs: clients.blobs, location: location, environment: environment)
            },
            shutdown: clients.shutdown)
    }
}

extension Terminal {
    fileprivate static func process(_ environment: [String: String]) -> Terminal {
        var size = winsize()
        let hasSize = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return Terminal(
            hasInput: isatty(STDIN_FILENO) == 1, showsOutput: isatty(STDOUT_FILENO) == 1,
            showsErrors: isatty(STDERR_FILENO) == 1,
            width: hasSize ? Int(size.ws_col) : environment["COLUMNS"].flatMap(Int.init) ?? 80,
            isDumb: environment["TERM"] == "dumb")
    }
}

/// Writes to a file descriptor, whole texts at a time; stops in silence when nobody reads any more.
struct DescriptorOutput: TextOutput {
    private let descriptor: Int32

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                return
            }
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// Lines that the user types. Reading cannot be interrupted, so it happens on a thread that nobody waits for.
enum TerminalInput {
    static let line: @Sendable () async -> String? = {
        let (answers, answer) = AsyncStream<String?>.makeStream()
        Thread.detachNewThread {
            answer.yield(readLine(strippingNewline: true))
            answer.finish()
        }
        for await line in answers { return line }
        return nil
    }
}

/// All that is piped into the process.
package enum StandardInput {
    /// What diagnostics call it.
    package static let name = "<stdin>"

    package static let read: @Sendable (_ limitBytes: Int) async throws -> SourceFile = { limitBytes in
        let (results, result) = AsyncStream<Result<SourceFile, Diagnostics>>.makeStream()
        Thread.detachNewThread {
            do throws(Diagnostics) {
                let file = try SourceFile.read(descriptor: STDIN_FILENO, path: name, limitBytes: limitBytes)
                result.yield(.success(file))
            } catch {
                result.yield(.failure(error))
            }
            result.finish()
        }
        for await outcome in results { return try outcome.get() }
        throw CancellationError()
    }
}

/// SIGINT and SIGTERM as a stream.
enum ProcessSignals {
    /// A terminal and a parent that passes signals on (`timeout`, `npm`) often deliver the same wish twice.
    private static let echo = Duration.milliseconds(250)

    static let stream: @Sendable () -> AsyncStream<StopSignal> = {
        let (stream, continuation) = AsyncStream<StopSignal>.makeStream()
        let sources = [(SIGINT, StopSignal.interrupt), (SIGTERM, .terminate)].map { number, wish in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            let last = Mutex<ContinuousClock.Instant?>(nil)
            source.setEventHandler {
                let now = ContinuousClock.now
                let isEcho = last.withLock { last in
                    defer { last = now }
                    return last.map { now - $0 < echo } ?? false
                }
                if !isEcho { continuation.yield(wish) }
            }
            source.resume()
            return source
        }
        let kept = Mutex(sources)
        continuation.onTermination = { _ in kept.withLock { $0.forEach { $0.cancel() } } }
        return stream
    }
}
