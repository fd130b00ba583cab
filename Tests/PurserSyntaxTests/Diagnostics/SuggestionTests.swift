import PurserSyntax
import Testing

@Suite struct SuggestionTests {
    private let fields = ["retention", "resourceGroup", "sku", "location", "name", "nodes"]

    @Test(arguments: [
        ("retentoin", "retention"), ("retenion", "retention"), ("retentionn", "retention"),
        ("rescourcegroup", "resourceGroup"),
        ("sku1", "sku"), ("sk", "sku"), ("Sku", "sku"), ("nmae", "name"), ("node", "nodes"),
    ])
    func `a slip is recognised`(_ typed: String, _ meant: String) {
        #expect(Suggestion.nearest(to: typed, among: fields) == meant)
    }

    @Test(arguments: ["completely", "x", "", "protection-of-purge", "retention"])
    func `what is not near gets no suggestion`(_ typed: String) {
        #expect(Suggestion.nearest(to: typed, among: fields.filter { $0 != typed }) == nil)
    }

    @Test func `among equally near ones the first by alphabet wins`() {
        #expect(Suggestion.nearest(to: "cat", among: ["rat", "bat", "hat"]) == "bat")
        #expect(Suggestion.nearest(to: "cat", among: ["hat", "rat", "bat"]) == "bat")
    }

    @Test func `the hint asks`() {
        #expect(Suggestion.hint(for: "loction", among: fields) == "did you mean 'location'?")
        #expect(Suggestion.hintOrList(for: "loction", among: fields) == "did you mean 'location'?")
        #expect(Suggestion.hintOrList(for: "colour", among: ["name", "group"]) == "it has: group, name")
    }

    @Test func `long names are cut before they cost much`() {
        let long = String(repeating: "a", count: 1_000_000)
        #expect(Suggestion.nearest(to: long + "x", among: [long]) == long)
    }
}
