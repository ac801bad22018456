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

/// Starts a process whose signals are traced. It runs `work`, then it must be killed by SIGSYS.
/// Prints the code and the number of the call in the last of its signals, which a core dump has.
fn print_last_signal(work: impl FnOnce()) {
    // SAFETY: one thread goes on in the grandchild, which makes system calls only.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: plain numbers.
        unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
        work();
        // SAFETY: ends the process at once.
        unsafe { libc::_exit(1) }
    }
    let mut status = 0;
    let mut last = [0; 32];
    loop {
        // SAFETY: `pid` is a child that no other thread waits for.
        assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
        if !libc::WIFSTOPPED(status) {
            break;
        }
        assert_eq!(libc::WSTOPSIG(status), libc::SIGSYS);
        // SAFETY: the kernel writes a `siginfo_t`, of 128 bytes; the signal is passed on.
        unsafe {
            libc::ptrace(libc::PTRACE_GETSIGINFO, pid, 0, &mut last);
            libc::ptrace(libc::PTRACE_CONT, pid, 0, libc::SIGSYS);
        }
    }
    assert_eq!(libc::WTERMSIG(status), libc::SIGSYS, "{status:#x}");
    // `include/uapi/asm-generic/siginfo.h`: the code, and the number after an address.
    println!("code: {}", last[2]);
    println!("nr: {}", last[if size_of::<usize>() == 8 { 6 } else { 4 }]);
}

/// The documentation says that these calls are enough.
#[test]
fn the_last_signal_is_about_the_call() {
    static RAISE: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
            { "names": ["exit_group", "gettid", "rt_sigreturn", "write"], "action": "SCMP_ACT_ALLOW" },
            {
                "names": ["getpid", "rt_sigaction", "rt_sigprocmask", "rt_tgsigqueueinfo"],
                "action": "SCMP_ACT_ALLOW"
            },
            { "names": ["getppid"], "action": "SCMP_ACT_TRAP" }
        ]
    }, reporter = true);
    let report = run(|| {
        print_last_signal(|| {
            if report_violations(After::Kill).is_ok() && RAISE.install().is_ok() {
                violate(libc::SYS_getppid, ARGS);
            }
        });
    })
    .passed();
    assert_eq!(report.said("code"), "1");
    assert_eq!(report.said("nr"), libc::SYS_getppid.to_string());
    assert_eq!(report.line()[0].1, "getppid");
}

/// SIGSYS is then pending, and the next trap delivers it.
#[test]
fn a_trapped_call_of_the_handler_keeps_the_last_signal() {
    static SIGACTION: Filter = seccomp_profile!({
        "defaultAction": "SCMP_ACT_ALLOW",
        "syscalls": [{ "names": ["getppid", "rt_sigaction"], "action": "SCMP_ACT_TRAP" }]
    }, reporter = true);
    let report = run(|| {
        print_last_signal(|| {
            if report_violations(After::Kill).is_ok() && SIGACTION.install().is_ok() {
                violate(libc::SYS_getppid, ARGS);
            }
        });
    })
    .passed();
    assert_eq!(report.said("nr"), libc::SYS_getppid.to_string());
    assert_eq!(report.line()[0].1, "getppid");
}

#[test]
fn without_the_calls_that_raise_a_signal_the_process_exits() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        NARROW.install().unwrap();
        violate(libc::SYS_getppid, ARGS);
    });
    assert_eq!(report.code, Some(128 + libc::SIGSYS));
    assert_eq!(report.line()[0].1, "getppid");
}

#[cfg(any(
    all(target_arch = "x86_64", target_pointer_width = "64"),
    target_arch = "aarch64"
))]
mod again {
    use super::*;

    #[cfg(target_arch = "x86_64")]
    std::arch::global_asm!(
        ".globl reporter_test_write",
        "reporter_test_write:",
        "mov eax, 1",
        "syscall",
        ".globl reporter_test_after_write",
        "reporter_test_after_write:",
        "ret",
    );
    #[cfg(target_arch = "aarch64")]
    std::arch::global_asm!(
        ".globl reporter_test_write",
        "reporter_test_write:",
        "mov x8, #64",
        "svc #0",
        ".globl reporter_test_after_write",
        "reporter_test_after_write:",
        "ret",
    );
    unsafe extern "C" {
        fn reporter_test_write(fd: c_long, text: *const u8, length: c_long) -> c_long;
        fn reporter_test_after_write();
    }

    /// Installs a filter that traps `write` at one place of the program.
    fn install_for_one_place() {
        let place = reporter_test_after_write as *const () as usize;
        let insn = |code: u32, jt, jf, k| libc::sock_filter {
            code: code as u16,
            jt,
            jf,
            k,
        };
        let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
        let is = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
        let mut program = [
            insn(load, 0, 0, 0), // the number
            insn(is, 0, 3, libc::SYS_write as u32),
            insn(load, 0, 0, 8), // the low half of the instruction pointer
            insn(is, 0, 1, place as u32),
            insn(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_TRAP),
            insn(libc::BPF_RET, 0, 0, libc::SECCOMP_RET_ALLOW),
        ];
        let program = libc::sock_fprog {
            len: program.len() as u16,
            filter: program.as_mut_ptr(),
        };
        // SAFETY: plain numbers, and a program that lives during the call.
        unsafe {
            assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
            let filter = libc::SECCOMP_MODE_FILTER;
            assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, filter, &program), 0);
        }
    }

    /// From the handler, the filter would allow the call.
    #[test]
    fn the_call_is_not_made_at_another_place() {
        let report = run(|| {
            report_violations(After::Kill).unwrap();
            install_for_one_place();
            println!("at: another place");
            // SAFETY: writes a text to stdout.
            unsafe { reporter_test_write(1, c"at: one place\n".as_ptr().cast(), 14) };
        })
        .killed();
        assert_eq!(report.line()[0].1, "write");
        assert_eq!(report.said_all("at"), ["another place"]);
    }

    /// A program can send itself any information, and the number in it is no call that was made.
    #[test]
    fn a_forged_signal_makes_no_call() {
        let report = run(|| {
            report_violations(After::Kill).unwrap();
            let mut info = [0_u32; 32];
            info[0] = libc::SIGSYS as u32;
            info[2] = 1; // SYS_SECCOMP
            info[6] = libc::SYS_exit_group as u32;
            info[7] = if cfg!(target_arch = "x86_64") {
                0xc000_003e
            } else {
                0xc000_00b7
            };
            // SAFETY: the kernel reads the information, a `siginfo_t` of 128 bytes.
            unsafe {
                let [process, thread] = [libc::getpid(), libc::gettid()].map(c_long::from);
                let signal = c_long::from(libc::SIGSYS);
                let nr = libc::SYS_rt_tgsigqueueinfo;
                libc::syscall(nr, process, thread, signal, info.as_ptr());
            }
        })
        .killed();
        assert_eq!(report.line()[0].1, "exit_group");
    }
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

    /// Whether this kernel takes 32-bit calls.
    fn taken(report: &Report) -> bool {
        let taken = report.signal != Some(libc::SIGSEGV);
        if !taken {
            println!("skipped: this kernel takes no 32-bit calls");
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
