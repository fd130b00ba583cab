import PurserEngine

extension Action {
    /// The sign before a resource in a plan.
    var symbol: String {
        switch self {
        case .create: "+"
        case .update: "~"
        case .replace: "-/+"
        case .delete: "-"
        case .recover: "^"
        case .adopt: "&"
        case .read: "<="
        case .forget: "x"
        case .none: " "
        }
    }

    /// What will be done, after the resource's name.
    var phrase: String {
        switch self {
        case .create: "create"
        case .update: "update in place"
        case .replace: "delete, and create anew"
        case .delete: "delete"
        case .recover: "recover"
        case .adopt: "adopt"
        case .read: "look up"
        case .forget: "forget, and leave as it is"
        case .none: "no change"
        }
    }

    /// The order of the summary line.
    static let summaryOrder: [(Action, String)] = [
        (.create, "to create"), (.recover, "to recover"), (.adopt, "to adopt"), (.update, "to update"),
        (.replace, "to replace"), (.delete, "to delete"), (.forget, "to forget"),
    ]

    /// Whether something that is there goes.
    var isDestructive: Bool { self == .delete || self == .replace }
}

extension Plan {
    /// Resources whose address alone changes.
    var moveCount: Int { changes.count { $0.movedFrom != nil && $0.action == .none } }

    /// One line: how many resources each action concerns.
    var summary: String {
        if isEmpty {
            return purpose == .destroy
                ? "Nothing to destroy." : "No changes. Everything is as the spec says: \(counted(changes.count))."
        }
        return "Plan: \(countsText)."
    }

    /// The same of a comparison.
    var comparisonSummary: String {
        isEmpty ? "No difference: \(counted(changes.count))." : "Difference: \(countsText)."
    }

    private var countsText: String {
        let counts = actionCounts
        var parts = Action.summaryOrder.compactMap { action, words in counts[action].map { "\($0) \(words)" } }
        if moveCount > 0 { parts.append("\(moveCount) to move") }
        return parts.joined(separator: ", ")
    }

    private func counted(_ count: Int) -> String { count == 1 ? "1 resource" : "\(count) resources" }

    /// What will be done because of each resource, by the reasons of the others.
    var consequences: [Address: [Address]] {
        var result: [Address: [Address]] = [:]
        for change in changes {
            for case .forced(let cause) in change.reasons { result[cause, default: []].append(change.address) }
        }
        return result
    }
}

extension Change {
    /// What is shown of a change: those that do something, and a look-up when the plan does something at all.
    var isShown: Bool { isEffective }

    var reasonText: String { reasons.map(\.sentence).joined(separator: "; ") }
}
