import PurserProof
import PurserSyntax

/// The way from a pod to its files as a tree, each link below the one that it hangs on, the broken one marked.
struct ChainTree {
    let style: TextStyle

    /// One line a link, without line breaks; `about` is the link that a finding is about.
    func lines(_ chain: [ChainLink], about: ChainLink.Name? = nil) -> [String] {
        let depths = Self.depths(chain)
        return chain.indices.map { index in
            style.faint(Self.branch(index, depths)) + line(chain[index], about)
        }
    }

    private func line(_ link: ChainLink, _ about: ChainLink.Name?) -> String {
        let detail = link.detail.isEmpty ? "" : " \(TerminalText.visible(link.detail))"
        let place = link.state == .holds ? nil : link.range
        let shown = place.map { style.faint(" (\(TerminalText.visible($0.start.file)):\($0.start.line))") } ?? ""
        let mark = link.state == .broken ? style.error(link.name == about ? "  <- here" : "  <- broken") : ""
        return "\(sign(link)) \(link.name.title)\(detail)\(shown)\(mark)"
    }

    private func sign(_ link: ChainLink) -> String {
        switch link.state {
        case .holds: style.added("✓")
        case .broken: style.error("✗")
        case .undecided: style.warning("?")
        }
    }

    /// Volumes, and the containers at the end, hang on the pod; all else on the link before it.
    private static func depths(_ chain: [ChainLink]) -> [Int] {
        var depths: [Int] = []
        for link in chain {
            let hangsOnPod = chain.first?.name == .pod && (link.name == .volume || link.name == .consumers)
            depths.append(hangsOnPod ? 1 : depths.last.map { $0 + 1 } ?? 0)
        }
        return depths
    }

    private static func branch(_ index: Int, _ depths: [Int]) -> String {
        let depth = depths[index]
        guard depth > 0 else { return "" }
        let later = depths[(index + 1)...]
        let columns = (1..<max(1, depth)).map { level in Self.continues(level, later) ? "│  " : "   " }
        return columns.joined() + (continues(depth, later) ? "├─ " : "└─ ")
    }

    /// Whether another link of this depth follows before the branch ends.
    private static func continues(_ depth: Int, _ later: ArraySlice<Int>) -> Bool {
        later.first { $0 <= depth } == depth
    }
}
