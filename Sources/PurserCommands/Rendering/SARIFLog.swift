/// A log in the Static Analysis Results Interchange Format, version 2.1.0: the part of it that Purser writes.
///
/// Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; the sections are named below.
package struct SARIFLog: Sendable, Encodable {
    package let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    package let version = "2.1.0"
    package let runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version
        case runs
    }

    package init(runs: [Run]) { self.runs = runs }

    /// Section 3.14.
    package struct Run: Sendable, Encodable {
        package let tool: Tool
        package let invocations: [Invocation]
        /// Columns count Unicode scalars, as Purser's do (section 3.14.17).
        package let columnKind = "unicodeCodePoints"
        package let results: [Result]

        private enum CodingKeys: String, CodingKey { case tool, invocations, columnKind, results }

        package init(tool: Tool, invocations: [Invocation], results: [Result]) {
            self.tool = tool
            self.invocations = invocations
            self.results = results
        }
    }

    /// Section 3.18.
    package struct Tool: Sendable, Encodable {
        package let driver: Component

        package init(driver: Component) { self.driver = driver }
    }

    /// Section 3.19.
    package struct Component: Sendable, Encodable {
        package let name: String
        package let semanticVersion: String
        package let rules: [Rule]

        package init(name: String, semanticVersion: String, rules: [Rule]) {
            self.name = name
            self.semanticVersion = semanticVersion
            self.rules = rules
        }
    }

    /// Section 3.49, `reportingDescriptor`.
    package struct Rule: Sendable, Encodable {
        package let id: String
        package let shortDescription: Message
        package let help: Message
        package let defaultConfiguration: Configuration

        package init(id: String, shortDescription: Message, help: Message, level: Level) {
            self.id = id
            self.shortDescription = shortDescription
            self.help = help
            defaultConfiguration = Configuration(level: level)
        }
    }

    package struct Configuration: Sendable, Encodable {
        package let level: Level
    }

    /// Section 3.27.10.
    package enum Level: String, Sendable, Encodable {
        case error
        case warning
        case note
        case none
    }

    /// Sections 3.11 and 3.12: plain text, and the same as Markdown.
    package struct Message: Sendable, Encodable {
        package let text: String
        package let markdown: String?

        package init(_ text: String, markdown: String? = nil) {
            self.text = text
            self.markdown = markdown
        }
    }

    /// Section 3.20.
    package struct Invocation: Sendable, Encodable {
        package let executionSuccessful: Bool
        package let toolExecutionNotifications: [Notification]

        package init(executionSuccessful: Bool, notifications: [Notification]) {
            self.executionSuccessful = executionSuccessful
            toolExecutionNotifications = notifications
        }
    }

    /// Section 3.58.
    package struct Notification: Sendable, Encodable {
        package struct Descriptor: Sendable, Encodable {
            package let id: String
        }

        package let descriptor: Descriptor
        package let level: Level
        package let message: Message
        package let locations: [Location]

        package init(code: String, level: Level, message: Message, locations: [Location]) {
            descriptor = Descriptor(id: code)
            self.level = level
            self.message = message
            self.locations = locations
        }
    }
}

// MARK: Results

extension SARIFLog {
    /// Section 3.27.
    package struct Result: Sendable, Encodable {
        /// Section 3.27.9: `open` where the rule could not be decided, and then the level is `none`.
        package enum Kind: String, Sendable, Encodable {
            case fail
            case open
        }

        package let ruleId: String
        package let ruleIndex: Int
        package let kind: Kind
        package let level: Level
        package let message: Message
        package let locations: [Location]
        package let relatedLocations: [Location]?
        /// What makes this result the same one in the next run (section 3.27.17).
        package let partialFingerprints: [String: String]
        package let suppressions: [Suppression]?
        package let fixes: [Fix]?
    }

    /// Section 3.35: a result that was allowed.
    package struct Suppression: Sendable, Encodable {
        package let kind = "external"
        package let status = "accepted"
        package let justification: String?

        private enum CodingKeys: String, CodingKey { case kind, status, justification }

        package init(justification: String?) { self.justification = justification }
    }

    /// Section 3.28.
    package struct Location: Sendable, Encodable {
        package let id: Int?
        package let physicalLocation: PhysicalLocation?
        package let logicalLocations: [LogicalLocation]?
        package let message: Message?

        package init(
            id: Int? = nil, _ physicalLocation: PhysicalLocation?, logicalLocations: [LogicalLocation]? = nil,
            message: Message? = nil
        ) {
            self.id = id
            self.physicalLocation = physicalLocation
            self.logicalLocations = logicalLocations
            self.message = message
        }
    }

    /// Section 3.29.
    package struct PhysicalLocation: Sendable, Encodable {
        package let artifactLocation: ArtifactLocation
        package let region: Region
    }

    /// Section 3.33.
    package struct LogicalLocation: Sendable, Encodable {
        package let fullyQualifiedName: String
        package let kind = "resource"

        private enum CodingKeys: String, CodingKey { case fullyQualifiedName, kind }

        package init(_ name: String) { fullyQualifiedName = name }
    }

    /// Section 3.4.
    package struct ArtifactLocation: Sendable, Encodable {
        package let uri: String
    }

    /// Section 3.30: lines and columns from 1, the end excluded.
    package struct Region: Sendable, Encodable {
        package let startLine: Int
        package let startColumn: Int
        package let endLine: Int
        package let endColumn: Int
    }

    /// Section 3.55.
    package struct Fix: Sendable, Encodable {
        package let description: Message
        package let artifactChanges: [ArtifactChange]
    }

    /// Section 3.56.
    package struct ArtifactChange: Sendable, Encodable {
        package let artifactLocation: ArtifactLocation
        package let replacements: [Replacement]
    }

    /// Section 3.57.
    package struct Replacement: Sendable, Encodable {
        package let deletedRegion: Region
        package let insertedContent: Content

        package struct Content: Sendable, Encodable {
            package let text: String
        }
    }
}
