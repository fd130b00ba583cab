import PurserEngine
import Testing

@Suite struct AddressTests {
    @Test func `a resource comes before what lies below it, and that before its neighbours`() {
        let ordered = [
            "boxes", "boxes/a", "boxes/a/items/x", "boxes/a/items/x-1", "boxes/a/items/y", "boxes/a-b",
            "boxes/a-b/items/a", "boxes/a.b", "boxes/a0", "boxes/ab", "marks/a",
        ]
        #expect(ordered.reversed().map { Address($0) }.sorted().map(\.description) == ordered)
        for (left, right) in zip(ordered, ordered.dropFirst()) {
            #expect(Address(left) < Address(right))
            #expect(!(Address(right) < Address(left)))
            #expect(!(Address(left) < Address(left)))
        }
    }

    @Test func `an address is taken apart into key, section and holder`() {
        let item = Address("boxes/a/items/x")
        #expect(item.key == "x")
        #expect(item.section == "boxes/a/items")
        #expect(item.holder == Address("boxes/a"))
        #expect(Address("boxes/a").appending("items", "x") == item)
        #expect(Address(["boxes", "a", "items", "x"]) == item)
        #expect(Address("azure").key == "azure")
        #expect(Address("azure").section.isEmpty)
    }

    @Test func `what lies below an address is within it, and what only begins like it is not`() {
        #expect(Address("boxes/a/items/x").isWithin(Address("boxes/a")))
        #expect(Address("boxes/a").isWithin(Address("boxes/a")))
        #expect(!Address("boxes/ab").isWithin(Address("boxes/a")))
        #expect(!Address("boxes/a").isWithin(Address("boxes/a/items/x")))
    }
}
