//! How `After::Kill` ends the process: by the same signal, and never by the same call.

use libc::{c_int, c_long};
use seccomp_profile::{After, Filter, report_violations, seccomp_profile};

use crate::child::run;
use crate::skip::skip;
use crate::{NARROW, TRAPS, violate};

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
    }, reporter = true, allow(crash_denied));
    let report = run(|| {
        print_last_signal(|| {
            if report_violations(After::Kill).is_ok() && RAISE.install().is_ok() {
                violate(libc::SYS_getppid, [0; 6]);
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
                violate(libc::SYS_getppid, [0; 6]);
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
        violate(libc::SYS_getppid, [0; 6]);
    });
    assert_eq!(report.code, Some(128 + libc::SIGSYS));
    assert_eq!(report.line()[0].1, "getppid");
}

/// Runs the work in a forked child, and returns its exit status.
fn forked(work: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: one thread goes on in the child, which makes system calls only.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let status = work();
        // SAFETY: ends the process at once.
        unsafe { libc::_exit(status) }
    }
    let mut status = 0;
    // SAFETY: `pid` is a child that no other thread waits for.
    unsafe { libc::waitpid(pid, &mut status, 0) };
    let exited = libc::WIFEXITED(status);
    if exited {
        libc::WEXITSTATUS(status)
    } else {
        255
    }
}

/// As in a container: the kernel delivers no signal that such a process sends itself.
#[test]
fn the_first_process_of_a_namespace_exits() {
    const NO_NAMESPACES: c_int = 2;
    let report = run(|| {
        // A process with other threads, as this one is, cannot make a user namespace.
        let status = forked(|| {
            // Without privileges it takes a user namespace too, which a changed root rules out.
            // SAFETY: plain numbers; only processes that are started later are in the namespaces.
            let alone = unsafe { libc::unshare(libc::CLONE_NEWPID) } == 0;
            // SAFETY: as above.
            if !alone && unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID) } != 0 {
                return NO_NAMESPACES;
            }
            forked(|| {
                if report_violations(After::Kill).is_ok() && TRAPS.install().is_ok() {
                    violate(libc::SYS_getppid, [0; 6]);
                }
                1
            })
        });
        println!("status: {status}");
    })
    .passed();
    if report.said("status") == NO_NAMESPACES.to_string() {
        return skip("this process cannot make namespaces");
    }
    assert_eq!(report.said("status"), (128 + libc::SIGSYS).to_string());
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
