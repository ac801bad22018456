//! A violation where the stack is at its end, and no signal frame fits on it any more.
#![cfg(target_env = "gnu")]

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr;

use seccomp_profile::{After, report_violations};

use crate::child::run;
use crate::{TRAPS, violate};

/// What is left of the stack for the call itself: enough for the tests' own functions, and less
/// than the kernel needs for a frame with the state of vector registers.
const LEFT: usize = 1024;

/// Returns the lowest address of the calling thread's stack.
fn end_of_stack() -> usize {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut lowest, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the attributes are filled before they are read, and destroyed once.
    unsafe {
        assert_eq!(
            libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()),
            0
        );
        libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    lowest.addr()
}

/// Goes down the stack in small steps and makes the call at its end.
#[inline(never)]
fn descend(end: usize) -> usize {
    let here = black_box([0_u8; 16]);
    if here.as_ptr().addr() - end > LEFT {
        // Not a tail call, which would need no stack.
        return black_box(descend(end)) + usize::from(here[0]);
    }
    violate(libc::SYS_getppid, [0; 6]).0 as usize
}

/// Runs the work on a thread with a small stack.
fn on_thread(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(1 << 16).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn the_alternate_stack_of_the_thread_carries_it() {
    let report = run(|| {
        report_violations(After::Enosys).unwrap();
        TRAPS.install().unwrap();
        on_thread(|| {
            assert_eq!(descend(end_of_stack()) as isize, -1);
        });
    })
    .passed();
    assert_eq!(report.line()[0].1, "getppid");
}

/// Takes the alternate stack away that the standard library gave to the thread.
fn without_stack() {
    let none = libc::stack_t {
        ss_sp: ptr::null_mut(),
        ss_flags: libc::SS_DISABLE,
        ss_size: 0,
    };
    // SAFETY: a thread may have none.
    assert_eq!(unsafe { libc::sigaltstack(&none, ptr::null_mut()) }, 0);
}

#[test]
fn a_thread_without_one_is_given_one() {
    let report = run(|| {
        on_thread(|| {
            without_stack();
            report_violations(After::Kill).unwrap();
            TRAPS.install().unwrap();
            descend(end_of_stack());
        });
    })
    .killed();
    assert_eq!(report.line()[0].1, "getppid");
}

/// Returns where the calling thread's alternate stack lies, if it has one.
fn stack() -> Option<usize> {
    let mut stack = MaybeUninit::<libc::stack_t>::zeroed();
    // SAFETY: only asks, and an all-zero `stack_t` is valid.
    let stack = unsafe {
        assert_eq!(libc::sigaltstack(ptr::null(), stack.as_mut_ptr()), 0);
        stack.assume_init()
    };
    (stack.ss_flags & libc::SS_DISABLE == 0).then(|| stack.ss_sp.addr())
}

#[test]
fn a_thread_with_one_keeps_it() {
    run(|| {
        on_thread(|| {
            let own = stack();
            assert!(own.is_some());
            report_violations(After::Kill).unwrap();
            assert_eq!(stack(), own);
        });
    })
    .passed();
}

#[test]
fn no_two_threads_are_given_the_same() {
    run(|| {
        on_thread(|| {
            without_stack();
            report_violations(After::Kill).unwrap();
            assert!(stack().is_some());
            on_thread(|| {
                without_stack();
                report_violations(After::Kill).unwrap();
                assert_eq!(stack(), None);
            });
        });
    })
    .passed();
}

/// This shows that the other tests test something.
#[test]
fn without_one_nothing_is_told() {
    let report = run(|| {
        report_violations(After::Kill).unwrap();
        on_thread(|| {
            without_stack();
            TRAPS.install().unwrap();
            descend(end_of_stack());
        });
    });
    assert_eq!(report.signal, Some(libc::SIGSEGV), "{report:?}");
    assert_eq!(report.text, "");
}
