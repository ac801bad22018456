//! What the running kernel takes of an argument is what `linux/arguments.csv` says.
#![cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]

mod cases;

use std::ptr;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::arguments::{self, Part};

pub(crate) use cases::{CASES, Case};

use crate::child::{answer, found};
use crate::int80::has_x86;
use crate::skip::skip;
use cases::{FILE, alone, open};

/// What becomes of a value in a new process.
pub(crate) fn outcome(case: &Case, value: u64, prepare: impl FnOnce() -> bool) -> i64 {
    found(|| {
        if open() && prepare() {
            (case.make)(value)
        } else {
            i64::MIN
        }
    })
}

/// Whether this machine can make the call of a case.
pub(crate) fn can_make(case: &Case, x86: bool) -> bool {
    // SAFETY: a plain system call.
    let root = unsafe { libc::geteuid() } == 0;
    case.abi == Abi::X86_64 || x86 && root
}

/// Values that are the same to a kernel which takes `bits` of an argument.
pub(crate) fn with_garbage(plain: u64, bits: u32) -> Vec<u64> {
    if bits == u64::BITS {
        return Vec::new();
    }
    let above = u64::MAX << bits;
    let patterns = [
        above,
        1 << bits,
        1 << 63,
        3 << 32,
        0x5555_5555_5555_5555 & above,
    ];
    patterns.map(|garbage| plain | garbage & above).to_vec()
}

#[test]
fn the_table_says_what_the_kernel_takes() {
    let x86 = has_x86();
    let mut widths = Vec::new();
    for case in CASES {
        let Case {
            abi,
            call,
            index,
            plain,
            ..
        } = *case;
        let argument = arguments::argument(abi, call, index).unwrap();
        assert_eq!(argument.part, Part::Whole, "{call}");
        // In registers of 64 bits, also for 32-bit calls.
        let bits = argument.width(abi).bits();
        assert!(plain <= argument.width(abi).max(), "{call}");
        if !can_make(case, x86) {
            skip(format_args!(
                "`{call}` of {abi} needs root and 32-bit calls"
            ));
            continue;
        }
        let at = |value| outcome(case, value, || true);
        let wanted = at(plain);
        assert_ne!(wanted, i64::MIN, "{call}: nothing to work with");
        for value in with_garbage(plain, bits) {
            let found = at(value);
            assert_eq!(found, wanted, "{call} takes more than {bits}: {value:#x}");
        }
        for bit in case.counts {
            assert!(*bit < bits, "{call}: {bit} is above {bits}");
            let found = at(plain ^ 1 << bit);
            assert_ne!(found, wanted, "{call} does not take bit {bit} of {bits}");
        }
        let upper = case.counts.iter().any(|bit| *bit >= bits / 2);
        assert!(upper, "{call}: a narrower width is possible");
        widths.push(bits);
    }
    for bits in [16, 32, 64] {
        let seen = widths.contains(&bits);
        assert!(seen, "no argument of {bits} bits was tried");
    }
}

/// A value with the highest bit, and what becomes of it if that is a sign, and if it is not.
struct Sign {
    call: &'static str,
    index: usize,
    value: u64,
    make: fn(u64) -> i64,
    signed: &'static [i64],
    unsigned: i64,
}

const EACCES: i64 = -(libc::EACCES as i64);
const EFAULT: i64 = -(libc::EFAULT as i64);
const EFBIG: i64 = -(libc::EFBIG as i64);
const EINVAL: i64 = -(libc::EINVAL as i64);
const ESRCH: i64 = -(libc::ESRCH as i64);

fn make(call: &str) -> fn(u64) -> i64 {
    let case = CASES.iter().find(|case| case.call == call);
    case.unwrap().make
}

#[test]
fn the_table_says_which_arguments_have_a_sign() {
    let signs = [
        // A lower niceness, which needs a privilege; or the highest.
        Sign {
            call: "setpriority",
            index: 2,
            value: u32::MAX.into(),
            make: make("setpriority"),
            signed: &[-1, EACCES],
            unsigned: 19,
        },
        // 2^31 seconds and some.
        Sign {
            call: "alarm",
            index: 0,
            value: 1 << 31 | 5,
            make: make("alarm"),
            signed: &[0, EINVAL],
            unsigned: 1 << 31 | 5,
        },
        // The process group of this process; or no such process.
        Sign {
            call: "kill",
            index: 0,
            value: 0,
            make: of_group,
            signed: &[0],
            unsigned: ESRCH,
        },
        // Back from the end of the file.
        Sign {
            call: "lseek",
            index: 1,
            value: -3_i64 as u64,
            make: from_the_end,
            signed: &[5],
            unsigned: EINVAL,
        },
        Sign {
            call: "ftruncate",
            index: 1,
            value: u64::MAX,
            make: make("ftruncate"),
            signed: &[EINVAL],
            unsigned: EFBIG,
        },
        // Before the file; or far behind its end.
        Sign {
            call: "pread64",
            index: 3,
            value: u64::MAX,
            make: make("pread64"),
            signed: &[EINVAL],
            unsigned: 0,
        },
    ];
    for sign in signs {
        let argument = arguments::argument(Abi::X86_64, sign.call, sign.index).unwrap();
        let outcome = found(|| {
            if open() {
                (sign.make)(sign.value)
            } else {
                i64::MIN
            }
        });
        let right = if argument.kind.is_signed() {
            sign.signed.contains(&outcome)
        } else {
            outcome == sign.unsigned
        };
        assert!(right, "{}: {outcome}", sign.call);
    }
}

/// Signals the process group of the calling process: the number is negative, in 32 bits.
fn of_group(_: u64) -> i64 {
    // SAFETY: plain system calls.
    let group = unsafe {
        libc::setpgid(0, 0);
        libc::getpgrp()
    };
    alone(libc::SYS_kill, (-group) as u32 as u64)
}

fn from_the_end(offset: u64) -> i64 {
    let end = libc::SEEK_END as u64;
    answer(libc::SYS_lseek, [FILE, offset, end, 0, 0, 0])
}

/// An address is a whole word: no bit of it is passed over.
#[test]
fn every_bit_of_an_address_counts() {
    let name = c".";
    let argument = arguments::argument(Abi::X86_64, "access", 0).unwrap();
    let bits = argument.width(Abi::X86_64).bits();
    let access = |address| found(|| alone(libc::SYS_access, address));
    let plain = name.as_ptr() as u64;
    assert_eq!(access(plain), 0);
    assert_eq!(access(ptr::null::<u8>() as u64), EFAULT);
    // Lower bits are those of a page and of its neighbours, which can be mapped.
    for bit in bits / 2 + 8..bits {
        assert_eq!(access(plain ^ 1 << bit), EFAULT, "bit {bit}");
    }
}
