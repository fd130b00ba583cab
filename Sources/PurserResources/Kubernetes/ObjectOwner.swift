import PurserEngine

/// How an object in the cluster says whose it is: one label to select by, two annotations that tell environment and
/// address (which need not be valid label values).
enum ObjectOwner {
    static let managedByLabel = "app.kubernetes.io/managed-by"
    static let manager = "purser"
    static let environmentAnnotation = "purser/environment"
    static let addressAnnotation = "purser/address"

    static func of(_ object: Value) -> Owner? {
        let metadata = object["metadata"]
        guard metadata?["labels"]?[managedByLabel]?.string == manager,
            let environment = metadata?["annotations"]?[environmentAnnotation]?.string
        else { return nil }
        let address = metadata?["annotations"]?[addressAnnotation]?.string
        return Owner(environment: environment, address: address.map { Address($0) })
    }

    /// The metadata of an object of `owner`, with the labels and annotations of the spec beside the marks.
    static func metadata(
        name: String, namespace: String? = nil, labels: [String: String] = [:], annotations: [String: String] = [:],
        owner: Owner
    ) -> Value {
        var marks = [environmentAnnotation: owner.environment]
        if let address = owner.address { marks[addressAnnotation] = address.description }
        var members: [String: Value] = [
            "name": .string(name),
            "labels": labels.merging([managedByLabel: manager]) { _, mark in mark }.value,
            "annotations": annotations.merging(marks) { _, mark in mark }.value,
        ]
        if let namespace { members["namespace"] = .string(namespace) }
        return .object(members)
    }
}
