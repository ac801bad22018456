//! What an allowed call costs under many filters: the kernel looks it up where its number alone
//! allows it (`kernel/seccomp.c: seccomp_cache_check_allow`, Linux 5.11), else it runs them all.

use std::time::Instant;

use seccomp_profile::{Filter, seccomp_profile};

use crate::child::{Verdict, require};
use crate::kernel;

static FILTER: Filter = seccomp_profile!("../policies/operators.json", native_only = true);

const FILTERS: usize = 200;
const CALLS: u32 = 100;

/// Compares a call that the policy allows by its number with one that it allows by an argument.
pub(crate) fn work() -> Verdict {
    require!(FILTER.install().is_ok());
    let short = [by_number(), by_argument()];
    for _ in 1..FILTERS {
        require!(FILTER.install().is_ok());
    }
    let long = [by_number(), by_argument()];
    let [number, argument] = [long[0] / short[0], long[1] / short[1]];
    println!(
        "# cache: {FILTERS} filters cost {number:.2} of one if the number allows the call, \
         {argument:.2} if an argument does"
    );
    // Only on a kernel with a cache is the difference a promise; MIPS has none.
    let cached = kernel::since(5, 11) && !cfg!(target_arch = "mips64");
    require!(!cached || number < argument / 2.0, number, argument);
    Ok(())
}

fn by_number() -> f64 {
    // A number that no rule names.
    cost(libc::SYS_getpgid, 0)
}

fn by_argument() -> f64 {
    cost(libc::SYS_getuid, 1)
}

/// The least time of many short rounds, which is the one that nothing disturbed.
fn cost(nr: libc::c_long, argument: libc::c_ulong) -> f64 {
    let round = || {
        let begin = Instant::now();
        for _ in 0..CALLS {
            // SAFETY: both calls take no addresses.
            unsafe { libc::syscall(nr, argument, argument) };
        }
        begin.elapsed().as_secs_f64()
    };
    (0..50).map(|_| round()).fold(f64::INFINITY, f64::min)
}
