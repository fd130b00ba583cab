import Testing

extension Lifecycle.KubectlTests {
    /// `kubectl exec`, for which the sandbox plays out programs; a played node has none.
    @Suite struct Looking {
        @Test(arguments: KubectlCase.all.filter { $0.cluster == .sandbox })
        func `a pod's files and variables are shown by exec`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "secret", "generic", "settings", "--from-literal=a=b", "-n", namespace)
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                try await kubectl("wait", "--for=condition=Ready", "pod/app", "-n", namespace, "--timeout=20s")
                func exec(_ command: String...) async throws -> (exitCode: Int, output: String, complaint: String) {
                    try await kubectl.outcome(["exec", "app", "-n", namespace, "--"] + command)
                }
                // Older ones speak SPDY.
                guard place.program.minor >= 30 else {
                    let refusal = try await exec("ls", "/etc/settings")
                    #expect(refusal.exitCode == 1)
                    #expect(refusal.complaint.contains("the sandbox plays out exec over WebSockets"))
                    return
                }
                #expect(try await exec("ls", "/etc/settings") == (0, "a\n", ""))
                #expect(try await exec("cat", "/etc/settings/a") == (0, "b", ""))
                #expect(try await exec("printenv", "HOSTNAME") == (0, "app\n", ""))
                let missing = try await exec("ls", "/nowhere")
                #expect(missing.exitCode == 2)
                #expect(
                    missing.complaint == "ls: cannot access '/nowhere': No such file or directory\n"
                        + "command terminated with exit code 2\n")
                let shell = try await exec("sh", "-c", "ls")
                #expect(shell.exitCode == 1)
                #expect(shell.complaint.contains("executable file not found in $PATH"))
                let other = try await kubectl.refusal("exec", "app", "-c", "none", "-n", namespace, "--", "ls")
                #expect(other.contains("container none is not valid for pod app"))
                _ = try await kubectl.refusal("exec", "none", "-n", namespace, "--", "ls")
            }
        }

        @Test(arguments: KubectlCase.all.filter { $0.cluster == .sandbox })
        func `what would need a program is refused, and does not hang`(_ place: KubectlCase) async throws {
            try await place.run { kubectl, namespace in
                try await kubectl("create", "secret", "generic", "settings", "--from-literal=a=b", "-n", namespace)
                try await kubectl("apply", "-n", namespace, "-f", "-", input: Manifest.pod(image: "app:1"))
                try await kubectl("wait", "--for=condition=Ready", "pod/app", "-n", namespace, "--timeout=20s")
                let attached = try await kubectl.refusal("attach", "app", "-n", namespace)
                #expect(attached.contains("the sandbox plays out no attach"))
                let forwarded = try await kubectl.refusal("port-forward", "pod/app", ":80", "-n", namespace)
                #expect(forwarded.contains("the sandbox plays out no port-forward"))
            }
        }
    }
}
