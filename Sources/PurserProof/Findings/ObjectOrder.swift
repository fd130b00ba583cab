/// The order of what happens to the objects of a mount: one object after the other, and for each of them these steps.
enum ObjectOrder {
    /// The token is fetched with the first request, after the first object's type has been looked at: Entra looks at
    /// the
    /// tenant first.
    static let tenant = 1
    static let signIn = 2
    static let vault = 3

    enum Step: Int {
        case type = 0
        case list = 4
        case get = 5
        case existence = 6
        case enabling = 7
        case content = 8
    }

    static func order(_ index: Int, _ step: Step) -> Int { index * 10 + step.rawValue }
}
