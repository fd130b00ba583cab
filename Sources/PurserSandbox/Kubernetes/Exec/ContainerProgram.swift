/// The programs that the sandbox plays out in a container: those that one looks at mounts with. They answer as GNU's do.
/// Source: GNU coreutils manual, `cat`, `env`, `printenv`, `readlink`, `test`.
struct ContainerProgram: Sendable {
    let files: ContainerFiles
    let environment: [EnvironmentVariable]

    /// What a program has said until it ended.
    struct Run: Sendable, Equatable {
        enum Stream: UInt8, Sendable {
            case output = 1
            case errors = 2
        }

        struct Piece: Sendable, Equatable {
            let stream: Stream
            let bytes: [UInt8]
        }

        private(set) var pieces: [Piece] = []
        var exitCode = 0

        mutating func print(_ text: String) { pieces.append(Piece(stream: .output, bytes: Array((text + "\n").utf8))) }
        mutating func print(_ bytes: [UInt8]) { pieces.append(Piece(stream: .output, bytes: bytes)) }

        mutating func complain(_ text: String, exitCode: Int = 1) {
            pieces.append(Piece(stream: .errors, bytes: Array((text + "\n").utf8)))
            self.exitCode = max(self.exitCode, exitCode)
        }
    }

    enum Problem: Error {
        /// The image has no such program.
        case noSuchProgram(String)
        /// The program would read what the client types, which the sandbox does not.
        case readsInput
    }

    /// Runs the program that is the first word, with the others as its arguments.
    func run(_ command: [String]) throws(Problem) -> Run {
        let name = command.first ?? ""
        let arguments = Array(command.dropFirst())
        switch Self.program(named: name) {
        case "cat": return try cat(arguments)
        case "ls": return ListProgram(files: files).run(arguments)
        case "env" where arguments.isEmpty: return printAll()
        case "printenv": return printenv(arguments)
        case "readlink": return readlink(arguments)
        case "test": return test(arguments)
        case "true": return Run()
        default: throw .noSuchProgram(name)
        }
    }

    /// Of a program by its path, its name, if it lies where programs do.
    private static func program(named path: String) -> String {
        let folder = ["/bin/", "/usr/bin/"].first(where: path.hasPrefix) ?? ""
        return String(path.dropFirst(folder.count))
    }

    private func cat(_ arguments: [String]) throws(Problem) -> Run {
        let operands = arguments.filter { $0 != "--" && $0 != "-u" }
        guard !operands.isEmpty, !operands.contains("-") else { throw .readsInput }
        var run = Run()
        for operand in operands {
            if operand.hasPrefix("-") {
                run.complain("cat: the sandbox plays out no option '\(operand)'")
                continue
            }
            do throws(ContainerFiles.Problem) {
                run.print(try files.contents(of: operand))
            } catch {
                run.complain("cat: \(operand): \(error.rawValue)")
            }
        }
        return run
    }

    // MARK: - Variables

    private func printAll() -> Run {
        var run = Run()
        for variable in environment { run.print("\(variable.name)=\(variable.value)") }
        return run
    }

    private func printenv(_ names: [String]) -> Run {
        if names.isEmpty { return printAll() }
        var run = Run()
        for name in names {
            if let variable = environment.last(where: { $0.name == name }) {
                run.print(variable.value)
            } else {
                run.exitCode = 1
            }
        }
        return run
    }

    // MARK: - Files

    private func readlink(_ arguments: [String]) -> Run {
        var run = Run()
        for path in arguments {
            if let entry = try? files.entry(at: path, followsLast: false), case .link(let target) = entry.kind {
                run.print(target)
            } else {
                run.exitCode = 1
            }
        }
        return run
    }

    /// One condition on one file.
    private func test(_ arguments: [String]) -> Run {
        var run = Run()
        guard arguments.count == 2, let isTrue = condition(arguments[0]) else {
            run.complain("test: the sandbox plays out one of -d, -e, -f, -h, -L, -r, -s with one file", exitCode: 2)
            return run
        }
        let follows = !["-h", "-L"].contains(arguments[0])
        let entry = try? files.entry(at: arguments[1], followsLast: follows)
        run.exitCode = entry.map(isTrue) == true ? 0 : 1
        return run
    }

    private func condition(_ operation: String) -> ((ContainerFiles.Entry) -> Bool)? {
        switch operation {
        case "-e", "-r": { _ in true }
        case "-f": { $0.kind == .file }
        case "-d": { $0.isDirectory }
        case "-s": { $0.size > 0 }
        case "-h", "-L": { if case .link = $0.kind { true } else { false } }
        default: nil
        }
    }
}
