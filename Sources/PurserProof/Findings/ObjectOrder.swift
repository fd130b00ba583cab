/// The order of what happens to the objects of a mount: one object after the other, and for each of them these steps.
enum ObjectOrder {
    /// The token is fetched with the first request, after the first object's type has been looked at.
    static let signIn = 1
    static let vault = 2

    enum Step: Int {
        case type = 0
        case list = 3
        case get = 4
        case existence = 5
        case enabling = 6
        case content = 7
    }

    static func order(_ index: Int, _ step: Step) -> Int { index * 10 + step.rawValue }
}
