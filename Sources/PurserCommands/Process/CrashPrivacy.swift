#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Keeps what a process held from outliving its crash: a core file has all its memory, and the backtrace that Swift's
/// runtime prints has the bytes that registers point to.
enum CrashPrivacy {
    private static let crashSignals = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT]

    /// For the rest of the process, and for the processes that it starts.
    static func begin() {
        var limit = rlimit()
        #if canImport(Glibc)
            let core = __rlimit_resource_t(RLIMIT_CORE.rawValue)
        #else
            let core = RLIMIT_CORE
        #endif
        if getrlimit(core, &limit) == 0 {
            // Linux hands a core to a program named in core_pattern even at 0, but not at 1; a file of one byte is none.
            limit.rlim_cur = min(1, limit.rlim_max)
            _ = setrlimit(core, &limit)
        }
        for crash in crashSignals { signal(crash, SIG_DFL) }
    }
}
