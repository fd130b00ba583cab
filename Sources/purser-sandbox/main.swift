import PurserSandbox

await SandboxCommand.serve()
