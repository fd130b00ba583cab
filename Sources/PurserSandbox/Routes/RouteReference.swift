/// The chapter of docs/sandbox.md about what is served, made of the routing tables themselves.
enum RouteReference {
    static let begin = "<!-- routes: made of the routing tables; PURSER_RECORD=1 makes them anew -->"
    static let end = "<!-- end of routes -->"

    static var text: String {
        ([begin, "", "### Resource Manager", ""] + ARMService.allCases.flatMap(section)
            + ["### Vaults", "", versions(VaultRoute.versions), ""]
            + fenced(VaultRoute.all.map { ($0.methods, $0.template) })
            + blobs + OpenRoute.Service.allCases.flatMap(section) + [end, ""]).joined(separator: "\n")
    }

    private static var blobs: [String] {
        [
            "### Storage accounts", "",
            "Blobs, `x-ms-version` \(BlobRoute.versions.first) to \(BlobRoute.versions.last):", "", "```",
        ] + BlobRoute.all.map(\.text) + ["```", ""]
    }

    private static func section(_ service: ARMService) -> [String] {
        let rows = ARMRoute.all.filter { $0.service == service }
        return ["`\(service.rawValue)`, \(versions(service.versions))", ""]
            + fenced(rows.map { ($0.methods, $0.template) })
    }

    private static func section(_ service: OpenRoute.Service) -> [String] {
        let rows = OpenRoute.all.filter { $0.service == service }
        let versions = rows.filter { !$0.version.isEmpty }.map { "`\($0.template.text)`: api-version \($0.version)." }
        return ["### \(service.rawValue)", ""] + (versions.isEmpty ? [] : versions + [""])
            + fenced(rows.map { ($0.methods, $0.template) })
    }

    private static func versions(_ versions: [String]) -> String {
        "api-version \(versions.joined(separator: ", ")):"
    }

    private static func fenced(_ rows: [(methods: [String], template: RouteTemplate)]) -> [String] {
        ["```"] + rows.map { "\($0.methods.joined(separator: " ")) \($0.template.text)" } + ["```", ""]
    }
}
