import PurserSyntax

/// How a cluster shows what a finding foretells, where its example is deployed all the same.
package enum FindingConfirmation: Sendable, Hashable {
    /// An event of the pod, or the state of a container, says what the finding says that it would.
    case event
    /// What the finding tells is written to a log alone; the pod's events say this.
    case consequence(String)
    /// No event tells of it; it is there to be seen: what.
    case observation(String)
    /// Nothing in a cluster shows it: why.
    case nothing(String)
}

extension FindingPage {
    /// Nil where nobody has said how; a test sees to it that there is none such.
    package var confirmation: FindingConfirmation? {
        if let other = Self.others[code] { return other }
        return providerMessage == nil ? nil : .event
    }

    /// All but those of which an event tells.
    private static let others: [DiagnosticCode: FindingConfirmation] = [
        .parameterNotText: .observation("the API server refuses the class in these words"),
        .deprecatedVersion: .observation("the API server warns whoever writes the class"),
        .fileMode: .observation("the file's mode is 0000"),
        .duplicateFile: .observation("there is one file, and it holds the later object"),
        .pinnedVersion: .observation("the file is the same after the driver has looked again"),
        .historyLength: .observation("the directory has one file more than the number"),
        .objectExpired: .observation("the pod has the file"),
        .unknownObjectField: .observation("the file is named as without the field"),
        .secretTaken: .observation("the Secret is as it was, without the files"),
        .secretTypeConflict: .observation("the Secret keeps the type of the class that came first"),
        .volumeNotMounted: .observation("there are neither files nor the Secret"),
        .overriddenParameter: .observation("the file is of the pod's vault at first, and of the class's vault later"),
        .unknownSubPath: .observation("the container has no such file"),
        .subPathStaysOld: .observation("the container's file is the same after the volume has another"),
        .variableStaysOld: .observation("the Secret has another text, and the container was not started again"),
        .syncDisabled: .consequence("secret \"app-cert\" not found"),
        .secretWithoutData: .consequence("secret \"app-cert\" not found"),
        .deprecatedParameter: .nothing("the provider takes the old spelling without a word"),
        .unknownParameter: .nothing("the provider ignores it without a word"),
        .unusedClientId: .nothing("as long as there is a token, the mount goes by the node's identity"),
        .identityWithoutFlag: .nothing("the mount goes by `clientID`, if that is written"),
        .versionLacks: .nothing("the sandbox's provider is the newest whatever chart is installed"),
        .twoDrivers: .nothing("it is `helm` that refuses the second release, before it is in the cluster"),
        .requestBudget: .nothing("it takes thousands of requests in ten seconds"),
    ]
}
