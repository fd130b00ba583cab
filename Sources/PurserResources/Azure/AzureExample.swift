/// What the example specs of Azure's kinds have in common.
enum AzureExample {
    /// A whole spec with the given sections.
    static func spec(_ environment: String, _ sections: String) -> String {
        """
        apiVersion: purser/v1
        environment: \(environment)
        azure:
          tenant: 8f0e2c5a-3b1d-4f7e-9a66-0d1c2b3a4f5e
          subscription: 0b1f6471-1bf0-4dda-aec3-cb9272f09590
          location: westeurope
        \(sections)
        """
    }
}
