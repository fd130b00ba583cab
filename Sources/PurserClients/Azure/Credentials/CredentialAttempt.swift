/// What became of one way to sign in.
package struct CredentialAttempt: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case serves
        /// There is nothing to sign in with: why, as a sentence without a full stop.
        case unavailable(String)
        /// What there is was refused.
        case refused(String)
        /// Another one came before it.
        case notTried
    }

    package let name: CredentialName
    package let outcome: Outcome

    package init(name: CredentialName, outcome: Outcome) {
        self.name = name
        self.outcome = outcome
    }
}
