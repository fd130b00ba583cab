package enum PurserVersion {
    package static let current = "0.1.0"
}
