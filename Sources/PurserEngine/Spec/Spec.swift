package import PurserSyntax

/// What a spec asks for, checked: every field is known, every reference names something, every value has its form.
package struct Spec: Sendable {
    package let environment: String
    /// By dotted name: `azure.tenant`.
    package let settings: [String: Value]
    package let resources: [Address: DeclaredResource]
    /// The files it was read from, for showing lines of them.
    package let sources: [SourceFile]
    /// SHA-256 over the files' names and bytes and the variables' values, in hex.
    package let digest: String
    /// Warnings and notes.
    package let remarks: Diagnostics
}

/// What comes into a spec from outside.
package struct SpecInputs: Sendable {
    /// Values of variables by name, from the command line and from files. One that is not declared is an error.
    package var variables: [String: String]
    /// Values that apply to the variables that the spec happens to declare, unless `variables` has others.
    package var ambientVariables: [String: String]
    package var processEnvironment: [String: String]
    /// Names of environment variables that a spec's `variables` may read.
    package var readableEnvironment: Set<String>
    /// Findings that are no errors of the spec.
    package var allowed: AllowedFindings
    /// Whether a variable without a value stands for a text that is not known, instead of being an error.
    package var leavesVariablesOpen = false

    /// What identifies an environment and is no secret, under the names that Azure's and Terraform's tools use.
    package static let identifyingNames: Set<String> = [
        "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_LOCATION", "AZURE_CLIENT_ID", "ARM_TENANT_ID",
        "ARM_SUBSCRIPTION_ID", "ARM_CLIENT_ID",
    ]

    package init(
        variables: [String: String] = [:], ambientVariables: [String: String] = [:],
        processEnvironment: [String: String] = [:],
        readableEnvironment: Set<String> = SpecInputs.identifyingNames,
        allowed: AllowedFindings = AllowedFindings()
    ) {
        self.variables = variables
        self.ambientVariables = ambientVariables
        self.processEnvironment = processEnvironment
        self.readableEnvironment = readableEnvironment
        self.allowed = allowed
    }
}

extension DiagnosticCode {
    package static let unknownField = DiagnosticCode(rawValue: "spec/unknown-field")
    package static let missingField = DiagnosticCode(rawValue: "spec/missing-field")
    package static let wrongType = DiagnosticCode(rawValue: "spec/wrong-type")
    package static let invalidValue = DiagnosticCode(rawValue: "spec/invalid-value")
    package static let unknownReference = DiagnosticCode(rawValue: "spec/unknown-reference")
    package static let unknownOutput = DiagnosticCode(rawValue: "spec/unknown-output")
    package static let unknownVariable = DiagnosticCode(rawValue: "spec/unknown-variable")
    package static let unsetVariable = DiagnosticCode(rawValue: "spec/unset-variable")
    package static let unreadableVariable = DiagnosticCode(rawValue: "spec/variable-not-readable")
    package static let badInterpolation = DiagnosticCode(rawValue: "spec/bad-interpolation")
    package static let duplicateName = DiagnosticCode(rawValue: "spec/duplicate-name")
    package static let literalSecret = DiagnosticCode(rawValue: "spec/literal-secret")
    package static let unsupportedVersion = DiagnosticCode(rawValue: "spec/unsupported-version")
    package static let noSpec = DiagnosticCode(rawValue: "spec/no-spec")
}
