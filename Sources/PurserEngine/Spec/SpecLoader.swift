import Crypto
import Foundation
package import PurserSyntax

/// Reads a spec: a file, or all `*.yaml` of a directory as one.
package enum SpecLoader {
    package static let apiVersion = "purser/v1"

    /// Throws all problems of all files at once. Reads nothing outside the directory, and executes nothing.
    package static func load(
        _ path: String, catalog: ResourceCatalog, inputs: SpecInputs
    ) throws(Diagnostics) -> Spec {
        var diagnostics = Diagnostics()
        var sources: [SourceFile] = []
        for file in try files(at: path) {
            do throws(Diagnostics) { sources.append(try SourceFile.read(path: file)) } catch {
                diagnostics.merge(error)
            }
        }
        let (spec, problems) = decode(sources, catalog: catalog, inputs: inputs)
        diagnostics.merge(problems)
        guard let spec, !diagnostics.hasErrors else { throw diagnostics.sorted() }
        return spec
    }

    /// Decodes files that are already read. Throws all problems at once.
    package static func load(
        sources: [SourceFile], catalog: ResourceCatalog, inputs: SpecInputs
    ) throws(Diagnostics) -> Spec {
        let (spec, problems) = decode(sources, catalog: catalog, inputs: inputs)
        guard let spec, !problems.hasErrors else { throw problems.sorted() }
        return spec
    }

    private static func decode(
        _ sources: [SourceFile], catalog: ResourceCatalog, inputs: SpecInputs
    ) -> (Spec?, Diagnostics) {
        var decoder = SpecDecoder(catalog: catalog, inputs: inputs)
        for source in sources {
            do throws(Diagnostics) {
                if let root = try YAMLParser.parse(source) { decoder.add(root) }
            } catch {
                decoder.diagnostics.merge(error)
            }
        }
        let digest = digest(of: sources, decoder.variables.used(by: sources))
        return decoder.finish(sources: sources, digest: digest)
    }

    private static func files(at path: String) throws(Diagnostics) -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw Diagnostics(.noSpec, "there is no file or directory '\(path)'", hint: "give the path of a spec")
        }
        guard isDirectory.boolValue else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let files = names.filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }.sorted().map { "\(path)/\($0)" }
        guard !files.isEmpty else {
            throw Diagnostics(.noSpec, "'\(path)' has no *.yaml files", hint: "an environment's files end in .yaml")
        }
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let strangers = files.filter {
            !URL(fileURLWithPath: $0).resolvingSymlinksInPath().path.hasPrefix(root + "/")
        }
        guard strangers.isEmpty else {
            throw Diagnostics(
                strangers.map {
                    Diagnostic(
                        .noSpec, "'\($0)' is a link that leads out of the spec's directory",
                        hint: "copy the file, or keep it in the directory")
                })
        }
        return files
    }

    private static func digest(of sources: [SourceFile], _ variables: [(String, String)]) -> String {
        var hash = SHA256()
        func add(_ text: String) {
            hash.update(data: Data("\(text.utf8.count):".utf8))
            hash.update(data: Data(text.utf8))
        }
        for source in sources {
            add(URL(fileURLWithPath: source.path).lastPathComponent)
            add(source.text)
        }
        for (name, value) in variables {
            add(name)
            add(value)
        }
        return hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
    }
}
