import Foundation
import SystemPackage

/// Where pods' volumes lie in the sandbox's world, and what leads to them:
/// `nodes/NODE/pods/NAMESPACE_POD/volumes/VOLUME` holds the files, and `pods/NAMESPACE/POD/CONTAINER/MOUNTPATH` links
/// there, so that a user can look at a pod as its containers would.
struct NodeFiles: Sendable {
    /// The world's directory.
    let root: FilePath

    private var nodes: FilePath { root.appending("nodes") }
    private var links: FilePath { root.appending("pods") }

    private func directory(of pod: JSON) -> FilePath {
        let node = pod[path: "spec", "nodeName"]?.stringValue ?? ""
        return nodes.appending(node).appending("pods").appending("\(pod.objectNamespace ?? "")_\(pod.objectName)")
    }

    func volume(_ name: String, of pod: JSON) -> VolumeDirectory {
        VolumeDirectory(path: directory(of: pod).appending("volumes").appending(name))
    }

    /// Begins a pod's directory. One that a former pod of that name has left is emptied.
    func begin(_ pod: JSON) throws {
        let mark = directory(of: pod).appending("uid")
        if isBegun(pod) { return }
        end(pod)
        try PrivateFiles.makeDirectory(directory(of: pod))
        try PrivateFiles.replace(mark, with: Array(pod.objectUID.utf8))
    }

    /// Whether the pod's directory is there and is its own.
    func isBegun(_ pod: JSON) -> Bool {
        let mark = directory(of: pod).appending("uid")
        return (try? PrivateFiles.contents(of: mark)) == Array(pod.objectUID.utf8)
    }

    /// Takes everything of a pod away.
    func end(_ pod: JSON) {
        remove(directory(of: pod))
        remove(linkDirectory(pod))
        for parent in [linkDirectory(pod).removingLastComponent(), links] { rmdir(parent.string) }
    }

    /// Takes the directories away that belong to no pod of these.
    func keepOnly(_ pods: [JSON]) {
        let kept = Set(pods.map { directory(of: $0).string })
        let manager = FileManager.default
        for node in (try? manager.contentsOfDirectory(atPath: nodes.string)) ?? [] {
            let folder = nodes.appending(node).appending("pods")
            for name in (try? manager.contentsOfDirectory(atPath: folder.string)) ?? []
            where !kept.contains(folder.appending(name).string) {
                remove(folder.appending(name))
                let parts = name.split(separator: "_", maxSplits: 1).map(String.init)
                if parts.count == 2 { remove(links.appending(parts[0]).appending(parts[1])) }
            }
        }
    }

    // MARK: - Links

    private func linkDirectory(_ pod: JSON) -> FilePath {
        links.appending(pod.objectNamespace ?? "").appending(pod.objectName)
    }

    /// Makes the links of a pod whose volumes are mounted. A mount below another mount gets none.
    func link(_ pod: JSON) throws {
        for list in ["initContainers", "containers"] {
            for container in pod[path: "spec", list]?.arrayValue ?? [] { try link(container, of: pod) }
        }
    }

    private func link(_ container: JSON, of pod: JSON) throws {
        let base = linkDirectory(pod).appending(container["name"]?.stringValue ?? "")
        var linked: [[String]] = []
        for mount in Mount.all(of: container) {
            guard !mount.path.isEmpty, !linked.contains(where: { mount.path.starts(with: $0) }) else { continue }
            let source = try source(of: mount, container, pod)
            guard FileManager.default.fileExists(atPath: source.string) else { continue }
            linked.append(mount.path)
            var link = base
            for part in mount.path { link.append(part) }
            try makeLink(at: link, to: source)
        }
    }

    private struct Mount {
        let volume: String
        let path: [String]
        let subPath: String

        init?(_ mount: JSON) {
            guard let volume = mount["name"]?.stringValue, let path = mount["mountPath"]?.stringValue else {
                return nil
            }
            self.volume = volume
            self.path = path.split(separator: "/").map(String.init)
            subPath = mount["subPath"]?.stringValue ?? ""
        }

        /// Those on top before those below them.
        static func all(of container: JSON) -> [Mount] {
            (container["volumeMounts"]?.arrayValue ?? []).compactMap(Mount.init)
                .sorted { $0.path.count < $1.path.count }
        }
    }

    /// What a container that has started sees.
    func view(of container: JSON, _ pod: JSON) -> ContainerFiles {
        let mounts = Mount.all(of: container).map { mount in
            ContainerFiles.Mount(path: mount.path, source: place(of: mount, container, pod))
        }
        return ContainerFiles(mounts: mounts.filter { FileManager.default.fileExists(atPath: $0.source.string) })
    }

    /// The volume's directory, or where the copy of a sub-path lies.
    private func place(of mount: Mount, _ container: JSON, _ pod: JSON) -> FilePath {
        guard !mount.subPath.isEmpty else { return volume(mount.volume, of: pod).path }
        let name = [container["name"]?.stringValue ?? "", mount.path.joined(separator: "_")].joined(separator: "-")
        return directory(of: pod).appending("volume-subpaths").appending(mount.volume).appending(name)
    }

    /// For a sub-path a copy that is made when the container starts and never changes.
    private func source(of mount: Mount, _ container: JSON, _ pod: JSON) throws -> FilePath {
        let copy = place(of: mount, container, pod)
        if mount.subPath.isEmpty { return copy }
        let volume = volume(mount.volume, of: pod).path
        let original = mount.subPath.split(separator: "/").reduce(volume) { $0.appending(String($1)) }
        if !FileManager.default.fileExists(atPath: copy.string),
            FileManager.default.fileExists(atPath: original.string)
        {
            try PrivateFiles.makeDirectory(copy.removingLastComponent())
            let resolved = URL(filePath: original.string).resolvingSymlinksInPath().path(percentEncoded: false)
            try FileManager.default.copyItem(atPath: resolved, toPath: copy.string)
        }
        return copy
    }

    /// A relative link, so that the world can be moved.
    private func makeLink(at link: FilePath, to source: FilePath) throws {
        let parent = link.removingLastComponent()
        try PrivateFiles.makeDirectory(parent)
        let depth = parent.components.count - root.components.count
        let below = source.components.dropFirst(root.components.count).map(\.string)
        let target = (Array(repeating: "..", count: depth) + below).joined(separator: "/")
        if (try? FileManager.default.destinationOfSymbolicLink(atPath: link.string)) == target { return }
        unlink(link.string)
        guard symlink(target, link.string) == 0 || errno == EEXIST else {
            throw StoreError.cannot("link", link, errno: errno)
        }
    }

    private func remove(_ path: FilePath) { try? FileManager.default.removeItem(atPath: path.string) }
}
