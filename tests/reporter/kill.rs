//! `After::Kill`: the line, and the end by SIGSYS.

use libc::c_long;
use seccomp_profile::{After, Error, Filter, report_violations, seccomp_profile};

use crate::child::{Report, run};
use crate::{NARROW, SANDBOX, TRAPS, violate};

const ARGS: [c_long; 6] = [0, 1, -1, 0x7fff_ffff, 4711, 6];

#[cfg(target_pointer_width = "64")]
const SHOWN: &str = "0x0,0x1,0xffffffffffffffff,0x7fffffff,0x1267,0x6";
#[cfg(target_pointer_width = "32")]
const SHOWN: &str = "0x0,0x1,0xffffffff,0x7fffffff,0x1267,0x6";

#[test]
fn one_line_tells_the_call() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        TRAPS.install().unwrap();
        // SAFETY: takes no arguments.
        println!("tid: {}", unsafe { libc::gettid() });
        println!("syscall: {}", libc::syscall as *const () as usize);
        violate(libc::SYS_getppid, ARGS);
    })
    .killed();
    let line = report.line();
    let names: Vec<&str> = line.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["syscall", "nr", "abi", "args", "ip", "tid"]);
    assert_eq!(line[0].1, "getppid");
    assert_eq!(line[1].1, libc::SYS_getppid.to_string());
    assert_eq!(line[2].1, std::env::consts::ARCH);
    assert_eq!(line[3].1, SHOWN);
    assert_eq!(line[5].1, report.said("tid"));
    // Behind the instruction, which is in the C library's function.
    let ip = u64::from_str_radix(line[4].1.trim_start_matches("0x"), 16).unwrap();
    let function: u64 = report.said("syscall").parse().unwrap();
    assert!(
        (function + 1..function + 128).contains(&ip),
        "{ip:#x} {function:#x}"
    );
}

#[test]
fn every_thread_kills_the_process() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        TRAPS.install().unwrap();
        let thread = std::thread::spawn(|| {
            // SAFETY: takes no arguments.
            println!("tid: {}", unsafe { libc::gettid() });
            violate(libc::SYS_getppid, ARGS);
        });
        let _ = thread.join();
    })
    .killed();
    assert_eq!(report.line()[5].1, report.said("tid"));
}

#[test]
fn a_sandbox_of_traps_tells_what_a_library_tried() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        SANDBOX.install().unwrap();
        let _ = std::fs::File::open("/dev/null");
    })
    .killed();
    assert_eq!(report.line()[0].1, "openat");
    // AT_FDCWD, in as many bits as the C library fills.
    assert!(report.line()[3].1.contains("ffffff9c,"), "{report:?}");
}

#[test]
fn a_number_without_a_name_is_told_as_such() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        SANDBOX.install().unwrap();
        violate(0x0fff_ffff, ARGS);
    })
    .killed();
    assert_eq!(report.line()[..2], [("syscall", "?"), ("nr", "268435455")]);
}

#[test]
fn the_number_minus_one_is_a_call_too() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        SANDBOX.install().unwrap();
        violate(-1, ARGS);
    })
    .killed();
    let wanted = [
        ("syscall", "?"),
        ("nr", "-1"),
        ("abi", std::env::consts::ARCH),
    ];
    assert_eq!(report.line()[..3], wanted);
}

#[test]
fn nobody_to_tell_does_not_save_it() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        TRAPS.install().unwrap();
        // SAFETY: nobody here owns stderr.
        unsafe { libc::close(2) };
        violate(libc::SYS_getppid, ARGS);
    })
    .killed();
    assert_eq!(report.text, "");
}

#[test]
fn sigsys_from_elsewhere_is_no_violation() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        TRAPS.install().unwrap();
        // SAFETY: a signal to this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGSYS) };
        std::thread::park();
    })
    .killed();
    assert_eq!(report.text, "");
}

#[test]
fn a_handler_that_is_denied_is_an_error() {
    run(|| {
        NARROW.install().unwrap();
        let errno = libc::EPERM;
        for after in [After::Kill, After::Enosys] {
            if report_violations(after) != Err(Error::HandlerNotSet { errno }) {
                // SAFETY: ends the process at once.
                unsafe { libc::_exit(1) };
            }
        }
    })
    .passed();
}

/// Calls of x86, from the 64-bit program that the handler is a part of.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
mod foreign {
    use super::*;
    use crate::skip::skip;

    /// `arch/x86/entry/syscalls/syscall_32.tbl`
    const X86_GETPPID: u64 = 64;

    /// Makes a call as a 32-bit program does; what it would leave above its registers is left.
    fn int80(args: [u64; 6]) -> u64 {
        let answer: u64;
        // SAFETY: `getppid` takes no arguments. The kernel keeps all registers but rax; those that
        // old ones cleared are named, and those that `asm!` cannot pass are put back.
        unsafe {
            std::arch::asm!(
                "push rbx",
                "push rbp",
                "mov rbx, [r8]",
                "mov rcx, [r8 + 8]",
                "mov rdx, [r8 + 16]",
                "mov rsi, [r8 + 24]",
                "mov rdi, [r8 + 32]",
                "mov rbp, [r8 + 40]",
                "int 0x80",
                "pop rbp",
                "pop rbx",
                inlateout("r8") args.as_ptr() => _,
                inlateout("rax") X86_GETPPID => answer,
                out("rcx") _, out("rdx") _, out("rsi") _, out("rdi") _,
                out("r9") _, out("r10") _, out("r11") _,
            );
        }
        answer
    }

    const SIX: [u64; 6] = [1 << 32 | 1, 2, 3, 4, 5, u64::MAX];

    /// Whether this kernel takes 32-bit calls; if not, the test is skipped.
    #[track_caller]
    fn taken(report: &Report) -> bool {
        let taken = report.signal != Some(libc::SIGSEGV);
        if !taken {
            skip("this kernel takes no 32-bit calls");
        }
        taken
    }

    fn is_told(report: &Report) {
        let line = report.line();
        let wanted = [
            ("syscall", "?"),
            ("nr", "64"),
            ("abi", "x86"),
            ("args", "0x1,0x2,0x3,0x4,0x5,0xffffffff"),
        ];
        assert_eq!(line[..4], wanted);
    }

    #[test]
    fn is_told_by_its_abi_and_kills() {
        let report = run(|| {
            report_violations(After::Kill).unwrap();
            TRAPS.install().unwrap();
            int80(SIX);
        });
        if taken(&report) {
            is_told(&report.killed());
        }
    }

    #[test]
    fn ends_the_process_where_no_signal_may() {
        let report = run(|| {
            report_violations(After::Kill).unwrap();
            // The standard library's handler would not get rid of itself under the filter.
            // SAFETY: takes plain numbers.
            unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
            NARROW.install().unwrap();
            int80(SIX);
        });
        if taken(&report) {
            assert_eq!(report.code, Some(128 + libc::SIGSYS));
            is_told(&report);
        }
    }

    #[test]
    fn is_told_by_its_abi_and_answered() {
        let report = run(|| {
            report_violations(After::Enosys).unwrap();
            TRAPS.install().unwrap();
            println!("answer: {}", int80(SIX) as i32);
        });
        if taken(&report) {
            is_told(&report.passed());
        }
    }

    #[test]
    fn x32_is_told_and_kills() {
        let report = run(|| {
            report_violations(After::Kill).unwrap();
            TRAPS.install().unwrap();
            violate(0x4000_0000 | libc::SYS_getppid, ARGS);
        })
        .killed();
        let wanted = [
            ("syscall", "?"),
            ("nr", "1073741934"),
            ("abi", "x32"),
            ("args", SHOWN),
        ];
        assert_eq!(report.line()[..4], wanted);
    }
}

/// Where the handler cannot be taken away, a signal would only lead back to it.
#[test]
fn a_signal_of_ones_own_ends_the_process_without_rt_sigaction() {
    static NO_SIGACTION: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [
            { "names": ["rt_sigaction"], "action": "SCMP_ACT_ERRNO" },
            { "names": ["getppid"], "action": "SCMP_ACT_TRAP" }
        ]
    }, reporter = true);
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        NO_SIGACTION.install().unwrap();
        // SAFETY: sends a signal to this thread.
        unsafe { libc::raise(libc::SIGSYS) };
    });
    assert_eq!(
        (report.signal, report.code),
        (None, Some(128 + libc::SIGSYS))
    );
    assert_eq!(report.text, "");
}
