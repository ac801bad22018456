//! `After::Enosys`: the line, and a program that goes on.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

use std::thread;

use seccomp_profile::{After, report_violations};

use crate::child::{fields, run};
use crate::{NARROW, SANDBOX, TRAPS, violate};

#[test]
fn the_call_fails_and_the_program_goes_on() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        TRAPS.install().unwrap();
        let answer = violate(libc::SYS_getppid, [0; 6]);
        assert_eq!(answer, (-1, libc::ENOSYS));
    })
    .passed();
    assert_eq!(report.line()[0].1, "getppid");
}

#[test]
fn little_must_be_allowed() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        NARROW.install().unwrap();
        if violate(libc::SYS_getppid, [0; 6]) != (-1, libc::ENOSYS) {
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(1) };
        }
    })
    .passed();
    assert_eq!(report.line()[0].1, "getppid");
}

#[test]
fn the_standard_library_sees_an_errno() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        SANDBOX.install().unwrap();
        let error = std::fs::File::open("/dev/null").unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOSYS));
    })
    .passed();
    assert_eq!(report.line()[0].1, "openat");
}

/// Only what the handler itself does can change errno here.
#[test]
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
fn the_handler_leaves_errno_as_it_was() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        TRAPS.install().unwrap();
        // SAFETY: nobody here owns stderr; the address is that of this thread's errno.
        unsafe {
            libc::close(2);
            *libc::__errno_location() = 4711;
        }
        let answer: i64;
        // SAFETY: `getppid` takes no arguments.
        unsafe {
            std::arch::asm!(
                "syscall",
                inlateout("rax") libc::SYS_getppid => answer,
                out("rcx") _, out("r11") _,
            );
        }
        // SAFETY: as above.
        let errno = unsafe { *libc::__errno_location() };
        assert_eq!((answer, errno), (-i64::from(libc::ENOSYS), 4711));
    })
    .passed();
    assert_eq!(report.text, "");
}

#[test]
fn lines_of_many_threads_stay_whole() {
    const THREADS: usize = 4;
    const CALLS: usize = 50;
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        TRAPS.install().unwrap();
        let violate_often = || {
            for _ in 0..CALLS {
                // SAFETY: takes no arguments.
                let answer = unsafe { libc::syscall(libc::SYS_getppid, 1, 2, 3, 4, 5, 6) };
                assert_eq!(answer, -1);
            }
        };
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(violate_often);
            }
        });
    })
    .passed();
    let lines: Vec<_> = report
        .text
        .lines()
        .map(|line| fields(line).unwrap())
        .collect();
    assert_eq!(lines.len(), THREADS * CALLS);
    assert!(
        lines
            .iter()
            .all(|line| line.len() == 6 && line[..4] == lines[0][..4])
    );
}

#[test]
fn sigsys_from_elsewhere_is_not_answered() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        // SAFETY: a signal to this process.
        unsafe { libc::kill(libc::getpid(), libc::SIGSYS) };
        thread::park();
    })
    .killed();
    assert_eq!(report.text, "");
}
