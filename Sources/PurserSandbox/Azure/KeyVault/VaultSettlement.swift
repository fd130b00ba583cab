/// Carries out in a vault what has come to its end since the last call.
enum VaultSettlement {
    static func settle(_ call: VaultCall, in store: isolated Store) throws {
        let now = call.timing.seconds
        for (key, document) in store.list(call.collection) {
            let purged = document["purgedFrom"]?.numberValue ?? document["scheduledPurgeDate"]?.numberValue
            if let purged, purged <= now {
                try store.remove(call.collection, key)
            } else if document["pending"] != nil {
                try CertificatePublication(call: call).publish(VaultObject(.certificates, document), in: store)
            }
        }
    }
}
