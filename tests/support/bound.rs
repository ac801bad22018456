//! Limits on a child of a test.

/// Limits the calling process: it leaves no core file, and an alarm ends it after 30 seconds. Makes
/// only system calls.
pub(crate) fn bound() {
    let no_core = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: plain system calls, of which the first reads the structure.
    unsafe {
        libc::setrlimit(libc::RLIMIT_CORE, &no_core);
        libc::alarm(30);
    }
}
