import PurserClients
import Testing

struct AddressTests {
    @Test(arguments: [
        ("https://a.test", "https://a.test", "/"), ("HTTPS://A.test:443/x?y#z", "https://a.test", "/x?y#z"),
        ("https://a.test:8443?q", "https://a.test:8443", "/?q"), ("http://[::1]:8080/", "http://[::1]:8080", "/"),
        ("http://127.0.0.1", "http://127.0.0.1", "/"),
    ])
    func `an address is taken apart`(url: String, origin: String, target: String) throws {
        let address = try #require(Address(url))
        #expect(address.origin == origin)
        #expect(address.target == target)
    }

    @Test(arguments: [
        "", "a.test", "/x", "ftp://a.test", "https://", "https://:1", "https://a.test:x", "https://a.test:0",
        "https://user@a.test", "https://[::1", "https://[::1]x",
    ])
    func `what is no address is refused`(url: String) { #expect(Address(url) == nil) }

    @Test func `percent-encoding keeps what the services write plainly`() {
        #expect(PercentEncoding.path("/a b/ü/%20/x") == "/a%20b/%C3%BC/%20/x")
        #expect(PercentEncoding.component("a/b c+d") == "a%2Fb%20c%2Bd")
        #expect(
            PercentEncoding.query([(key: "$filter", value: "name eq 'x'"), (key: "a b", value: "1&2")])
                == "$filter=name%20eq%20%27x%27&a%20b=1%262")
        #expect(PercentEncoding.decoded("a%20b%2z%") == "a b%2z%")
    }

    @Test(arguments: [
        ("", "https://x.vault.azure.net", true), ("", "https://localhost:1", false), ("", "https://127.0.0.1:1", false),
        ("", "https://127.9.9.9:1", false), ("", "https://[::1]:1", false), ("", "https://x.localhost:1", true),
        ("azure.net", "https://x.vault.azure.net", false), ("azure.net", "https://azure.net", false),
        ("azure.net", "https://notazure.net", true), (".azure.net", "https://azure.net", true),
        (".azure.net", "https://a.azure.net", false), ("*.azure.net", "https://a.azure.net", false),
        ("azure.net:8443", "https://a.azure.net", true), ("azure.net:8443", "https://a.azure.net:8443", false),
        ("10.0.0.0/8", "https://10.1.2.3", false), ("10.0.0.0/8", "https://11.1.2.3", true),
        ("10.0.0.0/9", "https://10.127.0.1", false), ("10.0.0.0/9", "https://10.128.0.1", true),
        ("10.0.0.1", "https://10.0.0.1", false), ("fd00::/8", "https://[fd12::1]", false),
        ("*", "https://x.test", false),
        (" a.test , b.test ", "https://b.test", false),
    ])
    func `the proxy is used by Go's rules`(exceptions: String, url: String, proxied: Bool) throws {
        let rules = ProxyRules(environment: ["HTTPS_PROXY": "http://proxy.test:3128", "no_proxy": exceptions])
        #expect((rules.proxy(for: try #require(Address(url))) != nil) == proxied)
    }

    @Test func `each scheme has its own proxy`() throws {
        let rules = ProxyRules(environment: ["https_proxy": "http://s.test", "HTTP_PROXY": "http://p.test"])
        #expect(rules.proxy(for: try #require(Address("https://a.test"))) == "http://s.test")
        #expect(rules.proxy(for: try #require(Address("http://a.test"))) == "http://p.test")
        #expect(ProxyRules(environment: [:]).proxy(for: try #require(Address("https://a.test"))) == nil)
    }
}
