//! The flags of seccomp(2) (`include/uapi/linux/seccomp.h`), and a set of flags → text.

use core::fmt;

pub(crate) const SECCOMP_FILTER_FLAG_TSYNC: u32 = 1 << 0;
pub(crate) const SECCOMP_FILTER_FLAG_NEW_LISTENER: u32 = 1 << 3;
pub(crate) const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: u32 = 1 << 5;

/// Each flag, its name, and the first Linux version that supports it.
const FLAGS: [(u32, &str, &str); 6] = [
    (SECCOMP_FILTER_FLAG_TSYNC, "TSYNC", "3.17"),
    (1 << 1, "LOG", "4.14"),
    (1 << 2, "SPEC_ALLOW", "4.17"),
    (SECCOMP_FILTER_FLAG_NEW_LISTENER, "NEW_LISTENER", "5.0"),
    (1 << 4, "TSYNC_ESRCH", "5.7"),
    (
        SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
        "WAIT_KILLABLE_RECV",
        "5.19",
    ),
];

/// Displays a set of flags as a list of names.
pub(crate) struct Names(pub(crate) u32);

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Names(mut rest) = *self;
        let mut comma = "";
        for (flag, name, since) in FLAGS {
            if rest & flag != 0 {
                write!(f, "{comma}SECCOMP_FILTER_FLAG_{name} (Linux {since})")?;
                rest &= !flag;
                comma = ", ";
            }
        }
        if rest != 0 {
            write!(f, "{comma}{rest:#x}")?;
        }
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    #[test]
    fn flags_have_the_numbers_of_the_c_library() {
        for (flag, name) in [
            (libc::SECCOMP_FILTER_FLAG_TSYNC, "TSYNC (Linux 3.17)"),
            (libc::SECCOMP_FILTER_FLAG_LOG, "LOG (Linux 4.14)"),
            (
                libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                "SPEC_ALLOW (Linux 4.17)",
            ),
            (
                libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
                "NEW_LISTENER (Linux 5.0)",
            ),
            (
                libc::SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
                "TSYNC_ESRCH (Linux 5.7)",
            ),
            (
                libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                "WAIT_KILLABLE_RECV (Linux 5.19)",
            ),
        ] {
            let shown = Names(flag as u32).to_string();
            assert_eq!(shown, std::format!("SECCOMP_FILTER_FLAG_{name}"));
        }
    }
}
