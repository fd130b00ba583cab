import Testing

/// The whole tool against the sandbox: one world at a time, so that no test waits for another one's processor.
@Suite(.serialized) enum Lifecycle {}
