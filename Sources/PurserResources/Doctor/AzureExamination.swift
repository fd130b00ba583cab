import PurserClients
import PurserEngine

/// Who is signed in to Azure, and in which tenant and subscription.
struct AzureExamination: Sendable {
    let clients: Clients
    let scope: DoctorScope

    /// The caller, or nil if nobody is signed in.
    func signIn(_ report: inout DoctorReport) async -> CallerIdentity? {
        let outcome: Result<CallerIdentity, ServiceError>
        do throws(ServiceError) { outcome = .success(try await clients.caller()) } catch { outcome = .failure(error) }
        let attempts = await clients.credential.attempts()
        report.rows += attempts.compactMap(Self.row)
        switch outcome {
        case .success(let caller):
            report.rows.append(.init(.signIn, "", .ok, Self.text(of: caller)))
            check(caller, &report)
            return caller
        case .failure(let error):
            report.miss(.signIn, "", error)
            return nil
        }
    }

    private static func row(_ attempt: CredentialAttempt) -> DoctorReport.Row? {
        let name = attempt.name.rawValue
        return switch attempt.outcome {
        case .serves: .init(.credential, name, .ok, "serves")
        case .unavailable(let reason): .init(.credential, name, .notNeeded, reason)
        case .refused: .init(.credential, name, .missing, "it is configured, and was refused: no other is tried")
        case .notTried: nil
        }
    }

    static func text(of caller: CallerIdentity) -> String {
        let what = caller.isUser ? "user" : "application"
        let name = caller.name ?? caller.applicationID ?? "without a name"
        let application = caller.name == nil ? nil : caller.applicationID.map { "client \($0)" }
        let details = [application, "object \(caller.objectID)"].compactMap(\.self).joined(separator: ", ")
        return "\(what) \(name) (\(details))"
    }

    private func check(_ caller: CallerIdentity, _ report: inout DoctorReport) {
        guard let wanted = scope.tenant, !AzurePaths.areEqual(wanted, caller.tenantID) else {
            report.rows.append(.init(.tenant, "", .ok, caller.tenantID))
            return
        }
        report.rows.append(
            .init(.tenant, "", .missing, "signed in to \(caller.tenantID), and the spec says \(wanted)"))
        report.remedies.append(
            .init(missing: ["a token of the tenant \(wanted)"], commands: ["az login --tenant \(wanted)"]))
    }

    // MARK: Subscription and providers

    func look(providers: Set<String>, _ report: inout DoctorReport) async {
        guard let subscription = scope.subscription else {
            report.rows.append(.init(.subscription, "", .unknown, "the spec names none"))
            return
        }
        guard await look(subscription, &report) else { return }
        for provider in providers.sorted() { await look(provider: provider, in: subscription, &report) }
    }

    /// Source: Azure REST reference, Subscriptions, "Get", api-version 2022-12-01.
    private func look(_ id: String, _ report: inout DoctorReport) async -> Bool {
        do throws(ServiceError) {
            guard let body = try await clients.arm.get("/subscriptions/\(id)", apiVersion: "2022-12-01") else {
                report.rows.append(
                    .init(.subscription, "", .missing, "\(id) is not there, or the caller has no role in it"))
                report.remedies.append(
                    .init(
                        missing: ["any role in the subscription"], scope: "/subscriptions/\(id)", role: "Reader",
                        commands: ["az account list --all --output table"]))
                return false
            }
            let state = body["state"]?.string ?? "unknown"
            let name = body["displayName"]?.string ?? ""
            // A subscription past due still works; a disabled or warned one only reads.
            let works = ["enabled", "pastdue"].contains(state.lowercased())
            report.rows.append(
                .init(.subscription, "", works ? .ok : .missing, "\(name) (\(id)), \(state.lowercased())"))
            if !works {
                report.remedies.append(
                    .init(missing: ["the subscription is \(state.lowercased()), so that it is only read"]))
            }
            return true
        } catch {
            report.miss(.subscription, "", error)
            return false
        }
    }

    /// Source: Azure REST reference, Providers, "Get", api-version 2021-04-01.
    private func look(provider: String, in subscription: String, _ report: inout DoctorReport) async {
        do throws(ServiceError) {
            let body = try await clients.arm.get(
                "/subscriptions/\(subscription)/providers/\(provider)", apiVersion: AzureVersion.resources)
            let state = body?["registrationState"]?.string ?? "not known to the subscription"
            let isRegistered = state.lowercased() == "registered"
            report.rows.append(.init(.provider, provider, isRegistered ? .ok : .missing, Self.words(state)))
            guard !isRegistered else { return }
            report.remedies.append(
                .init(
                    missing: ["the resource provider \(provider) is \(Self.words(state))"],
                    scope: "/subscriptions/\(subscription)", role: "Contributor",
                    commands: ["az provider register --namespace \(provider) --subscription \(subscription) --wait"]))
        } catch {
            report.rows.append(.init(.provider, provider, .unknown, error.whyUnseen))
        }
    }

    private static func words(_ state: String) -> String {
        state.lowercased() == "notregistered" ? "not registered" : state.lowercased()
    }
}

extension ServiceError {
    /// Why something could not be looked at, in few words where the caller may not.
    var whyUnseen: String { status == 403 ? "the caller may not look at it (\(innerCode ?? code))" : description }
}
