import PurserClients
import PurserEngine

/// Runs what follows a write. If it fails, the failure says that the write may stay: without that, what was made would
/// not be undone.
func afterWrite<Outcome>(_ work: () async throws -> Outcome) async throws -> Outcome {
    do {
        return try await work()
    } catch let error as ServiceError {
        var error = error
        error.outcomeUnknown = true
        throw error
    } catch let failure as ResourceFailure {
        var failure = failure
        failure.outcomeUnknown = true
        throw failure
    } catch let failure as any OperationFailure {
        var begun = ResourceFailure(
            failure.diagnosticCode, failure.summary, hint: failure.hint, category: failure.category)
        begun.outcomeUnknown = true
        throw begun
    }
}
