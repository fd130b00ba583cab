#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Random numbers that a seed determines (SplitMix64), so that a failing property can be run again.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// A generator with the seed in `PURSER_SEED`, or with a fixed one if it is not set. Prints the seed with the
    /// property's name, so that the log of a failing run tells how to repeat it.
    package init(for property: String, fallback: UInt64 = 0x5EED) {
        let given = getenv("PURSER_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? fallback)
        print("\(property): PURSER_SEED=\(seed)")
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// An independent generator, so that one case's draws do not shift those of the next.
    package mutating func split() -> SeededGenerator {
        SeededGenerator(seed: next())
    }
}
