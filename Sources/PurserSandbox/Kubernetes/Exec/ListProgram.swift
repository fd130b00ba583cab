import Foundation

/// `ls`, with the options that one looks at mounts with. Everything is root's, as kubelet and driver make it.
/// Source: GNU coreutils manual, `ls`, in the POSIX locale and UTC.
struct ListProgram: Sendable {
    let files: ContainerFiles

    private struct Options {
        var all = false
        var almostAll = false
        var long = false
        var directory = false
        var dereference = false
        var human = false

        /// - Returns: false for a letter that is not played out.
        mutating func set(_ letter: Character) -> Bool {
            switch letter {
            case "a": all = true
            case "A": almostAll = true
            case "l": long = true
            case "d": directory = true
            case "L": dereference = true
            case "h": human = true
            case "1": break
            default: return false
            }
            return true
        }
    }

    private struct Line {
        let name: String
        let entry: ContainerFiles.Entry
        /// Directories in a directory, with those that every directory has.
        let links: Int
    }

    func run(_ arguments: [String]) -> ContainerProgram.Run {
        var run = ContainerProgram.Run()
        var options = Options()
        var operands: [String] = []
        for argument in arguments {
            guard argument.count > 1, argument.hasPrefix("-") else {
                operands.append(argument)
                continue
            }
            for letter in argument.dropFirst() where argument != "--" && !options.set(letter) {
                run.complain("ls: the sandbox plays out no option '\(argument)'", exitCode: 2)
                return run
            }
        }
        list(operands.isEmpty ? ["/"] : operands, options, &run)
        return run
    }

    private func list(_ operands: [String], _ options: Options, _ run: inout ContainerProgram.Run) {
        var single: [Line] = []
        var directories: [(name: String, entry: ContainerFiles.Entry)] = []
        for operand in operands.sorted() {
            do throws(ContainerFiles.Problem) {
                // With -l a link that is named is shown, and else what it leads to.
                let follows = options.dereference || !options.long && !options.directory
                let entry = try files.entry(at: operand, followsLast: follows)
                if entry.isDirectory, !options.directory {
                    directories.append((operand, entry))
                } else {
                    single.append(line(operand, entry, at: operand))
                }
            } catch {
                run.complain("ls: cannot access '\(operand)': \(error.rawValue)", exitCode: 2)
            }
        }
        print(single, options, &run)
        for (index, directory) in directories.enumerated() {
            if index > 0 || !single.isEmpty { run.print("") }
            if operands.count > 1 { run.print("\(directory.name):") }
            let lines = self.lines(of: directory.entry, at: directory.name, options)
            if options.long { run.print("total \(total(of: lines, options))") }
            print(lines, options, &run)
        }
    }

    private func lines(of directory: ContainerFiles.Entry, at path: String, _ options: Options) -> [Line] {
        let names = directory.names.filter { options.all || options.almostAll || !$0.hasPrefix(".") }
        let special = options.all ? [".", ".."] : []
        return (special + names).compactMap { name in
            let below = "\(path)/\(name)"
            let entry = try? files.entry(at: below, followsLast: options.dereference)
            return entry.map { line(name, $0, at: below) }
        }
    }

    private func line(_ name: String, _ entry: ContainerFiles.Entry, at path: String) -> Line {
        let below = entry.names.filter { name in
            (try? files.entry(at: "\(path)/\(name)", followsLast: false))?.isDirectory == true
        }
        return Line(name: name, entry: entry, links: entry.isDirectory ? below.count + 2 : 1)
    }

    // MARK: - Text

    /// Files take whole pages of memory, four KiB each; links and directories take none.
    private func total(of lines: [Line], _ options: Options) -> String {
        let pages = lines.filter { $0.entry.kind == .file }.map { ($0.entry.size + 4095) / 4096 }.reduce(0, +)
        return options.human ? Self.human(pages * 4096) : String(pages * 4)
    }

    private func print(_ lines: [Line], _ options: Options, _ run: inout ContainerProgram.Run) {
        guard options.long else {
            for line in lines { run.print(line.name) }
            return
        }
        let links = lines.map { String($0.links) }
        let sizes = lines.map { options.human ? Self.human($0.entry.size) : String($0.entry.size) }
        for (index, line) in lines.enumerated() {
            var name = line.name
            if case .link(let target) = line.entry.kind { name += " -> \(target)" }
            run.print(
                [
                    Self.mode(of: line.entry), Self.aligned(links[index], in: links), "root root",
                    Self.aligned(sizes[index], in: sizes), Self.time(line.entry.modified), name,
                ].joined(separator: " "))
        }
    }

    private static func aligned(_ text: String, in column: [String]) -> String {
        let width = column.map(\.count).max() ?? 0
        return String(repeating: " ", count: width - text.count) + text
    }

    private static func mode(of entry: ContainerFiles.Entry) -> String {
        let kind =
            switch entry.kind {
            case .file: "-"
            case .directory: "d"
            case .link: "l"
            }
        var letters = Array("rwxrwxrwx").enumerated().map { index, letter in
            entry.mode & (0o400 >> UInt32(index)) == 0 ? "-" : letter
        }
        if entry.mode & 0o1000 != 0 { letters[8] = letters[8] == "x" ? "t" : "T" }
        return kind + String(letters)
    }

    /// Rounded up: one digit after the point below ten.
    private static func human(_ size: Int) -> String {
        var amount = Double(size)
        var unit = 0
        while amount >= 1024, unit < 4 {
            amount /= 1024
            unit += 1
        }
        guard unit > 0 else { return String(size) }
        let tenths = (amount * 10).rounded(.up)
        let number = tenths < 100 ? String(tenths / 10) : String(Int(amount.rounded(.up)))
        return number + ["", "K", "M", "G", "T"][unit]
    }

    /// With the hour, but for what is older than half a year.
    private static func time(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        let isRecent = abs(date.timeIntervalSinceNow) < 31_556_952 / 2
        formatter.dateFormat = isRecent ? "MMM d HH:mm" : "MMM d  yyyy"
        let parts = formatter.string(from: date).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return "" }
        return "\(parts[0]) \(parts[1].count == 1 ? " " : "")\(parts[1]) \(parts[2])"
    }
}
