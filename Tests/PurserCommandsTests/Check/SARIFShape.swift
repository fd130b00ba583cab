import Foundation

/// What SARIF 2.1.0 demands of the parts that Purser writes; not the whole of its schema.
///
/// Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.13 to 3.57.
struct SARIFShape {
    private(set) var problems: [String] = []
    private var rules: [String] = []

    init(_ log: [String: Any]) throws {
        expect(log["version"] as? String == "2.1.0", "version")
        guard let runs = log["runs"] as? [[String: Any]], runs.count == 1, let run = runs.first else {
            problems.append("runs")
            return
        }
        check(run: run)
    }

    private mutating func expect(_ condition: Bool, _ what: String) {
        if !condition { problems.append(what) }
    }

    private mutating func check(run: [String: Any]) {
        let driver = (run["tool"] as? [String: Any])?["driver"] as? [String: Any]
        expect(driver?["name"] as? String == "purser", "tool.driver.name")
        expect((driver?["semanticVersion"] as? String)?.wholeMatch(of: /\d+\.\d+\.\d+.*/) != nil, "semanticVersion")
        let descriptors = driver?["rules"] as? [[String: Any]] ?? []
        rules = descriptors.compactMap { $0["id"] as? String }
        expect(Set(rules).count == descriptors.count, "rules have unique ids")
        for rule in descriptors {
            for field in ["shortDescription", "help"] {
                expect(!text(rule[field]).isEmpty, "\(rule["id"] ?? "").\(field).text")
            }
        }
        expect(["utf16CodeUnits", "unicodeCodePoints"].contains(run["columnKind"] as? String ?? ""), "columnKind")
        for invocation in run["invocations"] as? [[String: Any]] ?? [] {
            expect(invocation["executionSuccessful"] is Bool, "executionSuccessful")
        }
        for result in run["results"] as? [[String: Any]] ?? [] { check(result: result) }
    }

    private func text(_ message: Any?) -> String { (message as? [String: Any])?["text"] as? String ?? "" }

    private mutating func check(result: [String: Any]) {
        let id = result["ruleId"] as? String ?? ""
        let index = result["ruleIndex"] as? Int ?? -1
        expect(rules.indices.contains(index) && rules[index] == id, "\(id): ruleIndex")
        expect(!text(result["message"]).isEmpty, "\(id): message")
        let level = result["level"] as? String ?? ""
        let kind = result["kind"] as? String ?? ""
        expect(
            kind == "fail" ? ["error", "warning", "note"].contains(level) : level == "none", "\(id): kind and level")
        for location in result["locations"] as? [[String: Any]] ?? [] { check(location: location, of: id) }
        for location in result["relatedLocations"] as? [[String: Any]] ?? [] { check(location: location, of: id) }
        expect((result["partialFingerprints"] as? [String: String])?.isEmpty == false, "\(id): fingerprints")
        for fix in result["fixes"] as? [[String: Any]] ?? [] {
            let changes = fix["artifactChanges"] as? [[String: Any]] ?? []
            expect(!changes.isEmpty, "\(id): artifactChanges")
            for change in changes {
                let replacements = change["replacements"] as? [[String: Any]] ?? []
                expect(!replacements.isEmpty, "\(id): replacements")
                for replacement in replacements { check(region: replacement["deletedRegion"], of: id) }
            }
        }
    }

    private mutating func check(location: [String: Any], of id: String) {
        guard let physical = location["physicalLocation"] as? [String: Any] else { return }
        let uri = (physical["artifactLocation"] as? [String: Any])?["uri"] as? String ?? ""
        expect(!uri.isEmpty && !uri.contains(" "), "\(id): uri")
        check(region: physical["region"], of: id)
    }

    private mutating func check(region: Any?, of id: String) {
        let region = region as? [String: Int] ?? [:]
        let (line, column) = (region["startLine"] ?? 0, region["startColumn"] ?? 0)
        let (endLine, endColumn) = (region["endLine"] ?? 0, region["endColumn"] ?? 0)
        expect(line >= 1 && column >= 1 && (endLine, endColumn) >= (line, column), "\(id): region \(region)")
    }
}
