import PurserClients

/// Which cluster is meant, and who one is there.
struct ClusterExamination: Sendable {
    let clients: Clients

    /// Whether it answers.
    func look(_ report: inout DoctorReport) async -> Bool {
        do throws(ServiceError) {
            let connection = try await clients.kubernetes.connection()
            let version = try await clients.kubernetes.version()
            let user = await user().map { ", as \($0)" } ?? ""
            report.rows.append(
                .init(.cluster, "", .ok, "\(connection.server), context \(connection.context), \(version)\(user)"))
            return true
        } catch {
            report.miss(.cluster, "", error)
            return false
        }
    }

    func user() async -> String? { (try? await clients.kubernetes.userName()) ?? nil }

    enum Answer: Sendable, Hashable {
        case allowed
        case denied
        case unknown(String)
    }

    /// Asks first whether everything is allowed: then nothing else has to be asked.
    func answers(to questions: Set<ClusterAccess>) async -> [ClusterAccess: Answer] {
        if await answer(.everything) == .allowed {
            return Dictionary(uniqueKeysWithValues: questions.map { ($0, .allowed) })
        }
        return await withTaskGroup(of: (ClusterAccess, Answer).self) { group in
            var results: [ClusterAccess: Answer] = [:]
            for (index, question) in questions.enumerated() {
                if index >= 8, let (asked, answer) = await group.next() { results[asked] = answer }
                group.addTask { (question, await answer(question)) }
            }
            for await (asked, answer) in group { results[asked] = answer }
            return results
        }
    }

    private func answer(_ question: ClusterAccess) async -> Answer {
        do throws(ServiceError) {
            return try await clients.kubernetes.may(question) ? .allowed : .denied
        } catch {
            return .unknown(error.whyUnseen)
        }
    }
}
