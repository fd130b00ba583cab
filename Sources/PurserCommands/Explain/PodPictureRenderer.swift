import PurserProof
import PurserSyntax

/// A pod's picture as a tree of text or as Mermaid's language.
package struct PodPictureRenderer: Sendable {
    private let picture: PodPicture
    private let style: TextStyle

    package init(_ picture: PodPicture, style: TextStyle = .plain) {
        self.picture = picture
        self.style = style
    }

    // MARK: Text

    package var text: String {
        var tree = Tree(title: "\(visible(picture.subject)) (\(picture.verdict.words))")
        tree.children = picture.volumes.map(branch)
        if picture.volumes.isEmpty { tree.children = [Tree(title: "no volume of the driver")] }
        var text = tree.lines(style).joined(separator: "\n") + "\n"
        if !picture.chain.isEmpty {
            text += "\n\(style.bold("Links"))\n"
            text += ChainTree(style: style).lines(picture.chain).map { "\($0)\n" }.joined()
        }
        if !picture.findings.isEmpty {
            text += "\n\(style.bold("Findings"))\n"
            for finding in picture.findings {
                text += "  \(finding.severity.rawValue)[\(finding.code)]: \(visible(finding.message))\n"
            }
        }
        if !picture.undecided.isEmpty {
            text += "\n\(style.bold("Undecided"))\n"
            for doubt in picture.undecided { text += "  \(doubt.link.title): \(visible(doubt.reason))\n" }
        }
        return text
    }

    private func branch(_ volume: PodPicture.Volume) -> Tree {
        var tree = Tree(title: "volume \(visible(volume.name)) of \(visible(volume.secretProviderClass))")
        tree.children = volume.mounts.map { Tree(title: "container \(visible($0))") }
        if let failure = volume.failure { tree.children.append(Tree(title: style.error("fails: ") + visible(failure))) }
        tree.children += volume.files.map(branch) + volume.secrets.map(branch)
        return tree
    }

    private func branch(_ file: PodPicture.File) -> Tree {
        let mounted = file.file
        var tree = Tree(
            title: "\(style.bold(visible(mounted.path))) \(mounted.modeText), \(mounted.content.summary)")
        let source = mounted.source.map { " (\(visible($0)))" } ?? ""
        tree.children = [
            Tree(title: "\(mounted.type.rawValue) \(visible(mounted.object))\(source), \(visible(file.version))"),
            Tree(title: access(file.access)),
        ]
        return tree
    }

    private func access(_ access: ObjectAccess?) -> String {
        guard let access else { return "who lets it through is not known" }
        guard let grant = access.grant else {
            return "nothing is known to let \(visible(access.identity)) through"
        }
        return "\(visible(grant)) lets \(visible(access.identity)) through"
    }

    private func branch(_ secret: SyncedSecret) -> Tree {
        var tree = Tree(title: "Secret \(visible(secret.name)) (\(visible(secret.type)))")
        if let failure = secret.failure { tree.children.append(Tree(title: style.error("fails: ") + visible(failure))) }
        tree.children += secret.keys.sorted { $0.key < $1.key }.map {
            Tree(title: "\(visible($0.key)) from \(visible($0.value))")
        }
        return tree
    }

    private func visible(_ text: String) -> String { TerminalText.visible(text) }

    private struct Tree {
        let title: String
        var children: [Tree] = []

        func lines(_ style: TextStyle) -> [String] {
            [title]
                + children.enumerated().flatMap { index, child in
                    let isLast = index == children.count - 1
                    return child.lines(style).enumerated().map { line, text in
                        style.faint(line == 0 ? (isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  ")) + text
                    }
                }
        }
    }

    // MARK: Mermaid

    /// Source: mermaid.js.org, "Flowcharts": labels in quotes, special characters as `#code;`.
    package var mermaid: String {
        var chart = Chart()
        let pod = chart.node(picture.subject, isBroken: picture.verdict == .failed)
        for volume in picture.volumes { add(volume, below: pod, to: &chart) }
        return chart.text
    }

    private func add(_ volume: PodPicture.Volume, below pod: String, to chart: inout Chart) {
        let volumeNode = chart.node("volume \(volume.name)")
        chart.edge(pod, volumeNode)
        let classNode = chart.node(volume.secretProviderClass, isBroken: volume.failure != nil)
        chart.edge(volumeNode, classNode)
        for file in volume.files {
            let fileNode = chart.node("\(file.file.path) (\(file.file.modeText))", scope: volume.name)
            chart.edge(classNode, fileNode)
            let object = chart.node(
                "\(file.file.source ?? "\(file.file.type.rawValue) \(file.file.object)"), \(file.version)")
            chart.edge(fileNode, object)
            guard let access = file.access else { continue }
            let identity = chart.node(access.identity)
            chart.edge(classNode, identity)
            chart.edge(
                identity, object, label: access.grant ?? "nothing known lets it through", isBroken: access.grant == nil)
        }
        for secret in volume.secrets {
            let node = chart.node("Secret \(secret.name)", isBroken: secret.failure != nil)
            for (file, keys) in Dictionary(grouping: secret.keys, by: \.value).sorted(by: { $0.key < $1.key }) {
                let mode = volume.files.first { $0.file.path == file }?.file.modeText
                let source = chart.node(mode.map { "\(file) (\($0))" } ?? file, scope: volume.name)
                chart.edge(source, node, label: keys.map(\.key).sorted().joined(separator: ", "))
            }
        }
    }

    private struct Chart {
        private var names: [String: String] = [:]
        private var nodes: [String] = []
        private var edges: [String] = []
        private var broken: [String] = []

        /// The same label in the same scope is the same node.
        mutating func node(_ label: String, scope: String = "", isBroken: Bool = false) -> String {
            let key = "\(scope)\u{0}\(label)"
            let name = names[key] ?? "n\(names.count)"
            if names[key] == nil {
                names[key] = name
                nodes.append("    \(name)[\"\(Self.entities(label))\"]")
            }
            if isBroken, !broken.contains(name) { broken.append(name) }
            return name
        }

        mutating func edge(_ from: String, _ to: String, label: String? = nil, isBroken: Bool = false) {
            let arrow = isBroken ? "-.->" : "-->"
            let text = "    \(from) \(arrow)\(label.map { "|\"\(Self.entities($0))\"|" } ?? "") \(to)"
            if !edges.contains(text) { edges.append(text) }
        }

        var text: String {
            let styles = broken.map { "    style \($0) stroke:#cf222e,stroke-width:2px" }
            return (["flowchart LR"] + nodes + edges + styles).joined(separator: "\n") + "\n"
        }

        private static func entities(_ text: String) -> String {
            TerminalText.visible(text).replacing("#", with: "#35;").replacing("\"", with: "#quot;")
        }
    }
}
