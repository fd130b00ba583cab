/// `pods/exec`: the programs that one looks at mounts with, played out over a WebSocket.
/// Source: Kubernetes API reference v1.33, "PodExecOptions"; Kubernetes documentation, "Debug running pods".
extension KubernetesAPI {
    func exec(_ resource: ResourceRequest, in pod: JSON) async throws -> SandboxResponse {
        let container = try Self.container(resource.parameter("container"), of: pod)
        guard pod[path: "spec", "nodeName"]?.stringValue?.isEmpty == false else {
            throw APIError.badRequest("pod \(pod.objectName) does not have a host assigned")
        }
        let command = resource.request.query.filter { $0.name == "command" }.map(\.value)
        guard !command.isEmpty else {
            throw APIError.badRequest("you must specify at least one command for the container")
        }
        let subprotocol = try RemoteCommand.negotiated(resource.request)
        let streams = RemoteCommand.Streams(
            output: resource.flag("stdout"), errors: resource.flag("stderr"), terminal: resource.flag("tty"))
        var conversation = RemoteCommand(streams: streams)
        do throws(ContainerProgram.Problem) {
            guard let program = await kubelet.program(in: container, of: pod) else {
                conversation.fail(because: "container not found (\"\(container)\")")
                return conversation.response(subprotocol)
            }
            conversation.tell(try program.run(command))
        } catch {
            conversation.fail(because: Self.reason(error))
        }
        return conversation.response(subprotocol)
    }

    /// Containerd's and runc's words.
    private static func reason(_ problem: ContainerProgram.Problem) -> String {
        switch problem {
        case .noSuchProgram(let name):
            "error executing command in container: failed to exec in container: failed to start exec: OCI runtime exec "
                + "failed: exec failed: unable to start container process: exec: \"\(name)\": executable file not found "
                + "in $PATH: unknown (the sandbox plays out cat, env, ls, printenv, readlink and test)"
        case .readsInput:
            "error executing command in container: the sandbox reads no standard input"
        }
    }

    /// The container that a request is for. - Throws: 400 as the API server gives it.
    static func container(_ named: String?, of pod: JSON) throws(APIError) -> String {
        let names = { (list: String) in
            (pod[path: "spec", list]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        }
        let containers = names("containers")
        let initial = names("initContainers")
        if let named, !named.isEmpty {
            guard (containers + initial + names("ephemeralContainers")).contains(named) else {
                throw .badRequest("container \(named) is not valid for pod \(pod.objectName)")
            }
            return named
        }
        guard containers.count > 1 else { return containers.first ?? "" }
        let others = initial.isEmpty ? "" : " or one of the init containers: [\(initial.joined(separator: " "))]"
        throw .badRequest(
            "a container name must be specified for pod \(pod.objectName), choose one of: "
                + "[\(containers.joined(separator: " "))]\(others)")
    }
}

/// What a container's program says, as messages whose first byte is a channel: 1 for standard output, 2 for errors, and 3
/// for a `Status` at the end. 0 (input), 4 (a terminal's size) and, since v5, 255 (the end of a channel) are the client's.
/// Source: Kubernetes, `k8s.io/apimachinery/pkg/util/remotecommand`.
struct RemoteCommand {
    /// What the client wants to be told. A terminal gets all as output.
    struct Streams {
        let output: Bool
        let errors: Bool
        let terminal: Bool
    }

    private static let statusChannel: UInt8 = 3
    private static let subprotocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
    private static let largestMessage = 32 << 10

    let streams: Streams
    private var messages: [[UInt8]] = []

    init(streams: Streams) { self.streams = streams }

    /// The first subprotocol of the client's that is played out.
    /// - Throws: 400 for whoever asks for none of them, as kubectl before 1.30 does, which speaks SPDY.
    static func negotiated(_ request: SandboxRequest) throws(APIError) -> String {
        let wanted = request.headers.all("Sec-WebSocket-Protocol").joined(separator: ",").split(separator: ",")
            .map { $0.filter { $0 != " " } }
        if request.headers["Upgrade"]?.lowercased() == "websocket" {
            if let found = wanted.first(where: subprotocols.contains) { return found }
            throw .badRequest(
                "unable to upgrade: unable to negotiate protocol: client supports [\(wanted.joined(separator: " "))], "
                    + "server accepts [\(subprotocols.joined(separator: " "))]")
        }
        throw .badRequest(
            "the sandbox plays out exec over WebSockets, which kubectl speaks since 1.30, and 1.29 with "
                + "KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true; the files of its pods lie in its world's directory pods, too"
        )
    }

    mutating func tell(_ run: ContainerProgram.Run) {
        for piece in run.pieces { tell(piece) }
        var status = Self.status("Success")
        if run.exitCode != 0 {
            status = Self.status("Failure")
            status["reason"] = "NonZeroExitCode"
            status["message"] = .string(
                "command terminated with non-zero exit code: error executing command, exit code \(run.exitCode)")
            status["details"] = ["causes": [["reason": "ExitCode", "message": .string(String(run.exitCode))]]]
        }
        end(with: status)
    }

    /// What kubelet or the runtime could not do.
    mutating func fail(because reason: String) { end(with: APIError.internalError(reason).status) }

    func response(_ subprotocol: String) -> SandboxResponse {
        SandboxResponse(
            status: 101, headers: ["Sec-WebSocket-Protocol": subprotocol], body: .messages(messages))
    }

    private static func status(_ status: String) -> JSON {
        ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": .string(status)]
    }

    private mutating func end(with status: JSON) { messages.append([Self.statusChannel] + status.bytes()) }

    private mutating func tell(_ piece: ContainerProgram.Run.Piece) {
        let stream = streams.terminal ? .output : piece.stream
        guard stream == .output ? streams.output : streams.errors else { return }
        var bytes = piece.bytes[...]
        if streams.terminal {
            bytes = bytes.flatMap { $0 == UInt8(ascii: "\n") ? [UInt8(ascii: "\r"), $0] : [$0] }[...]
        }
        while !bytes.isEmpty {
            messages.append([stream.rawValue] + bytes.prefix(Self.largestMessage))
            bytes = bytes.dropFirst(Self.largestMessage)
        }
    }
}
