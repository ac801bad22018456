//! What bounds a child of a test: it leaves no core, and an alarm ends it if it hangs.

/// Bounds the calling process, by system calls alone.
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
