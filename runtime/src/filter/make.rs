//! What the macro expands to calls these: a program and its flags → a filter.

use super::{Check, Filter};
use crate::insn::sock_filter;
use crate::install;
use crate::needs::Needs;

/// Makes a filter from a verified program. The kernel accepts 1 to 4096 instructions
/// (`BPF_MAXINSNS`); any other length is a compile error.
///
/// ```compile_fail,E0080
/// use seccomp_profile::__private::{filter, sock_filter};
///
/// const RETURN: sock_filter = sock_filter { code: 6, jt: 0, jf: 0, k: 0 };
/// static LONG: [sock_filter; 4097] = [RETURN; 4097];
///
/// let _ = filter(&LONG, 0);
/// ```
///
/// ```compile_fail,E0080
/// let _ = seccomp_profile::__private::filter(&[], 0);
/// ```
///
/// ```
/// use seccomp_profile::__private::{filter, sock_filter};
///
/// const RETURN: sock_filter = sock_filter { code: 6, jt: 0, jf: 0, k: 0 };
/// static LONGEST: [sock_filter; 4096] = [RETURN; 4096];
///
/// let _ = filter(&LONGEST, 0);
/// ```
pub const fn filter<const N: usize>(program: &'static [sock_filter; N], flags: u32) -> Filter {
    const { assert!(1 <= N && N <= 4096, "a program has 1 to 4096 instructions") };
    of_slice(program, flags)
}

/// Makes a filter from a program that was compiled while this one runs, as `seccomp-profile run`
/// does. The program must be verified: 1 to 4096 instructions.
///
/// ```
/// use seccomp_profile::__private::{of_slice, sock_filter};
///
/// let program = vec![sock_filter { code: 6, jt: 0, jf: 0, k: 0x7fff_0000 }];
/// assert!(of_slice(program.leak(), 0).allows_exec());
/// ```
pub const fn of_slice(program: &'static [sock_filter], flags: u32) -> Filter {
    let needs = Needs::of(program);
    Filter {
        program,
        flags,
        needs,
        check: check_of(needs),
    }
}

/// Sets the oldest version of Linux on which the filter can be installed.
pub const fn since(filter: Filter, major: u8, minor: u8) -> Filter {
    let needs = filter.needs.since(major, minor);
    Filter {
        needs,
        check: check_of(needs),
        ..filter
    }
}

/// Returns the check of what a program needs. A filter refers to no other check, so a linker can
/// drop the others.
const fn check_of(needs: Needs) -> Option<Check> {
    match (needs.kernel, needs.has_actions()) {
        (None, false) => None,
        (None, true) => Some(install::check_actions),
        (Some(_), false) => Some(install::check_version),
        (Some(_), true) => Some(install::check),
    }
}
