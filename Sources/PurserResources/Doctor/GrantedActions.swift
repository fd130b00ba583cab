import PurserClients

/// What somebody's roles allow at one scope, role by role.
///
/// Source: Azure REST reference, Permissions, api-version 2022-04-01; Azure documentation, "Understand Azure role
/// definitions": an action is allowed if one role has it among its actions and not among its `notActions`.
struct GrantedActions: Sendable {
    struct Role: Sendable {
        var actions: [String]
        var notActions: [String]
        var dataActions: [String]
        var notDataActions: [String]
        var hasCondition = false

        init(actions: [String], notActions: [String] = [], dataActions: [String] = [], notDataActions: [String] = []) {
            self.actions = actions
            self.notActions = notActions
            self.dataActions = dataActions
            self.notDataActions = notDataActions
        }

        init(_ body: JSONValue) {
            self.init(
                actions: body["actions"]?.strings ?? [], notActions: body["notActions"]?.strings ?? [],
                dataActions: body["dataActions"]?.strings ?? [], notDataActions: body["notDataActions"]?.strings ?? [])
            hasCondition = body["condition"]?.string?.isEmpty == false
        }

        func allows(_ action: String, isData: Bool = false) -> Bool {
            let (with, without) = isData ? (dataActions, notDataActions) : (actions, notActions)
            return with.contains { Self.matches(action, $0) } && !without.contains { Self.matches(action, $0) }
        }

        /// Without regard to case; `*` stands for anything, and `/*/` for a single slash too, as the service has it:
        /// `userAssignedIdentities/*/assign/action` allows `userAssignedIdentities/assign/action`.
        static func matches(_ action: String, _ pattern: String) -> Bool {
            let (action, pattern) = (action.lowercased(), pattern.lowercased())
            if fits(action[...], pattern.split(separator: "*", omittingEmptySubsequences: false)) { return true }
            guard pattern.contains("/*/") else { return false }
            let short = pattern.replacing("/*/", with: "/")
            return fits(action[...], short.split(separator: "*", omittingEmptySubsequences: false))
        }

        private static func fits(_ text: Substring, _ parts: [Substring]) -> Bool {
            guard let first = parts.first, text.hasPrefix(first) else { return false }
            guard parts.count > 1, let last = parts.last else { return text == first }
            var rest = text.dropFirst(first.count)
            for part in parts.dropFirst().dropLast() where !part.isEmpty {
                guard let found = rest.firstRange(of: part) else { return false }
                rest = rest[found.upperBound...]
            }
            return rest.hasSuffix(last)
        }
    }

    enum Verdict: Sendable, Hashable {
        case allowed
        /// Only by an assignment with a condition, whose outcome nobody but the service knows.
        case conditional
        case denied
    }

    var roles: [Role]

    func verdict(on action: String, isData: Bool = false) -> Verdict {
        let allowing = roles.filter { $0.allows(action, isData: isData) }
        if allowing.isEmpty { return .denied }
        return allowing.allSatisfy(\.hasCondition) ? .conditional : .allowed
    }
}

/// Asks what the caller may do, from wide scopes to narrow ones: what the subscription allows is not asked again below
/// it. Each scope is asked once.
struct PermissionSurvey: Sendable {
    static let apiVersion = "2022-04-01"

    /// An action at a scope; with `isData`, in the vault that is the scope.
    struct Question: Sendable, Hashable {
        let action: String
        let scope: String
        var isData = false
    }

    enum Answer: Sendable, Hashable {
        case allowed
        case conditional
        /// The narrowest scope of those above that exists: where a role can be granted.
        case denied(grantAt: String)
        case unknown(String)
    }

    let arm: ARMClient

    func answers(to questions: Set<Question>) async -> [Question: Answer] {
        var answers: [Question: Answer] = [:]
        var open = questions
        for level in 0..<3 where !open.isEmpty {
            let scopes = Set(open.compactMap { Self.scopes(above: $0.scope)[safe: level] })
            let granted = await granted(at: scopes)
            for question in open {
                guard let scope = Self.scopes(above: question.scope)[safe: level] else {
                    open.remove(question)
                    continue
                }
                answers[question] = Self.answer(question, at: scope, granted[scope], before: answers[question])
                switch answers[question] {
                case .allowed?, .unknown?: open.remove(question)
                default: break
                }
            }
        }
        return answers
    }

    private static func answer(
        _ question: Question, at scope: String, _ granted: Sight?, before: Answer?
    ) -> Answer {
        switch granted {
        case .roles(let actions)?:
            switch actions.verdict(on: question.action, isData: question.isData) {
            case .allowed: return .allowed
            case .conditional: return .conditional
            case .denied: return before == .conditional ? .conditional : .denied(grantAt: scope)
            }
        case .absent?: return before ?? .denied(grantAt: scope)
        case .unseen(let why)?: return .unknown(why)
        case nil: return before ?? .unknown("it was not asked")
        }
    }

    private enum Sight: Sendable {
        case roles(GrantedActions)
        case absent
        case unseen(String)
    }

    /// The subscription, the resource group and the resource on the way to a scope, as far as it has them.
    static func scopes(above scope: String) -> [String] {
        let parts = scope.split(separator: "/").map(String.init)
        func prefix(_ count: Int) -> String { "/" + parts.prefix(count).joined(separator: "/") }
        guard parts.count >= 2 else { return [scope] }
        if parts.count <= 2 { return [prefix(2)] }
        guard parts[2].lowercased() == "resourcegroups", parts.count >= 4 else { return [prefix(2)] }
        return [prefix(2), prefix(4)] + (parts.count > 4 ? [scope] : [])
    }

    private func granted(at scopes: Set<String>) async -> [String: Sight] {
        await withTaskGroup(of: (String, Sight).self) { group in
            var results: [String: Sight] = [:]
            for (index, scope) in scopes.sorted().enumerated() {
                if index >= 8, let (scope, sight) = await group.next() { results[scope] = sight }
                group.addTask { (scope, await granted(at: scope)) }
            }
            for await (scope, sight) in group { results[scope] = sight }
            return results
        }
    }

    /// Whoever has no role above a scope may be refused the question there: that is no answer for what lies below.
    private func granted(at scope: String) async -> Sight {
        do throws(ServiceError) {
            let listed = try await arm.list(
                "\(scope)/providers/Microsoft.Authorization/permissions", apiVersion: Self.apiVersion)
            return .roles(GrantedActions(roles: listed.map(GrantedActions.Role.init)))
        } catch {
            if error.isNotFound { return .absent }
            return error.status == 403 ? .roles(GrantedActions(roles: [])) : .unseen(error.whyUnseen)
        }
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
