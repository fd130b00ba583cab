/// What a plan does with one resource.
package enum Action: String, Sendable, Hashable, Codable, CaseIterable {
    case create
    case update
    /// Deleted and made again under the same address.
    case replace
    case delete
    /// A soft-deleted resource is brought back and brought up to date.
    case recover
    /// It exists and is this environment's, but state does not know it: recorded, and brought up to date.
    case adopt
    /// Looked up and used, never changed.
    case read
    /// No longer managed, and left as it is.
    case forget
    case none
}
