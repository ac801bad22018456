//! The moment from which a program is to be recorded → a system call that the recorder knows.

/// Marks the moment from which `seccomp-profile record --after-install` records this process.
///
/// A program that installs a filter needs no marker. Use it in a program that has no filter yet, where
/// the filter is to be installed: after files are open, sockets are bound and threads run. Later
/// replace it by [`Filter::install`](crate::Filter::install). `seccomp-profile try --after-install`
/// knows the marker too.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// seccomp_profile::record_from_here();
/// // Serve what `listener` accepts.
/// # Ok(())
/// # }
/// ```
///
/// It is one call of getpid(2) with numbers in the registers of three arguments. The kernel does not
/// read them, because getpid has no arguments. The call changes nothing, cannot fail, and needs no
/// memory. The first marker of a process counts. On other operating systems this function does
/// nothing.
pub fn record_from_here() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    crate::sys::marker::mark();
}
