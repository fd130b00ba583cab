import PurserEngine
import Testing

@testable import PurserResources

@Suite struct KubernetesNameTests {
    @Test(arguments: ["a", "web-1", String(repeating: "x", count: 63)])
    func `a label of letters, digits and hyphens is fine`(text: String) {
        #expect(KubernetesName.label.problem(text) == nil)
    }

    @Test(arguments: ["", "-a", "a-", "A", "a.b", "ä", String(repeating: "x", count: 64)])
    func `anything else is no label`(text: String) {
        #expect(KubernetesName.label.problem(text) != nil)
    }

    @Test(arguments: ["a.b-c.d", "x"])
    func `a subdomain may have dots`(text: String) {
        #expect(KubernetesName.subdomain.problem(text) == nil)
    }

    @Test(arguments: ["a..b", ".a", "a.", "a_b", String(repeating: "x", count: 254)])
    func `but no empty part`(text: String) {
        #expect(KubernetesName.subdomain.problem(text) != nil)
    }

    @Test(arguments: ["app", "app.kubernetes.io/name", "Team_A.b"])
    func `a label's key may have a prefix`(text: String) {
        #expect(KubernetesName.qualified.problem(text) == nil)
    }

    @Test(arguments: ["a/b/c", "/b", "a/", "-a", "UPPER.io/x"])
    func `but only one, and a valid one`(text: String) {
        #expect(KubernetesName.qualified.problem(text) != nil)
    }

    @Test func `a label made from any text is one`() {
        for text in ["Web.App", "--", "a" + String(repeating: "b", count: 100), "ümlaut", "9-"] {
            #expect(KubernetesName.label.problem(KubernetesName.label(from: text)) == nil, "\(text)")
        }
    }
}
