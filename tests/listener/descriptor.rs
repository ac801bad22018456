//! Descriptors that a supervisor gives to a caller, which is a process with a table of its own.

use std::fs::File;
use std::os::fd::{AsFd as _, RawFd};

use libc::{c_int, c_long, c_ulong};
use seccomp_profile::{Answer, Delivery, Notification, Response};

use crate::child::{Verdict, call_with, check, passes};
use crate::{ask, held};

/// Lets a child call once and then look at what it has got; supervises the call.
fn give(
    look: impl FnOnce(Result<c_long, c_int>) -> Verdict + Send + 'static,
    supervise: impl FnOnce(Notification<'_>),
) {
    let (listener, caller) = held(|| passes(|| look(ask(0))));
    supervise(listener.receive().unwrap().unwrap());
    drop(listener);
    caller.join().unwrap();
}

/// Returns the flags of a descriptor.
fn flags(fd: c_long) -> Result<c_long, c_int> {
    call_with(
        libc::SYS_fcntl,
        [fd as c_ulong, libc::F_GETFD as c_ulong, 0, 0, 0, 0],
    )
}

/// Requires that the descriptor is of the file that [`file`] opens.
fn is_the_file(fd: c_long) -> Verdict {
    let mut start = [0_u8; 5];
    // SAFETY: `start` has room for what is read.
    check!(unsafe { libc::pread(fd as c_int, start.as_mut_ptr().cast(), 5, 0) } == 5);
    check!(&start == b"Name:");
    Ok(())
}

fn file() -> File {
    File::open("/proc/self/status").unwrap()
}

#[test]
fn a_descriptor_is_the_answer() {
    for cloexec in [false, true] {
        let look = move |got: Result<c_long, c_int>| {
            let fd = got.map_err(|_| line!())?;
            check!(flags(fd) == Ok(cloexec.into()));
            is_the_file(fd)
        };
        give(look, |notification| {
            let number = notification.respond_with_fd(file().as_fd(), cloexec);
            assert!(number.unwrap().is_some());
        });
        give(look, |notification| {
            let number = notification
                .inspect()
                .respond_with_fd(file().as_fd(), cloexec);
            assert!(number.unwrap().is_some());
        });
    }
}

#[test]
fn a_descriptor_goes_to_the_lowest_number_or_a_given_one() {
    const AT: RawFd = 77;
    let look = |got: Result<c_long, c_int>| {
        let lowest = got.map_err(|_| line!())?;
        check!(flags(lowest) == Ok(libc::FD_CLOEXEC.into()));
        is_the_file(lowest)?;
        check!(flags(AT.into()) == Ok(0));
        is_the_file(AT.into())
    };
    give(look, |notification| {
        let file = file();
        // What comes later takes the place of what is there.
        let null = File::open("/dev/null").unwrap();
        assert_eq!(
            notification.add_fd(null.as_fd(), Some(AT), true).unwrap(),
            AT
        );
        assert_eq!(
            notification.add_fd(file.as_fd(), Some(AT), false).unwrap(),
            AT
        );
        let lowest = notification.add_fd(file.as_fd(), None, true).unwrap();
        assert_ne!(lowest, AT);
        assert!(notification.is_valid().unwrap());
        let delivery = notification.respond(Response::Value(lowest.into()));
        assert_eq!(delivery.unwrap(), Delivery::Delivered);
    });
}

#[test]
fn a_descriptor_that_cannot_be_given_is_an_error() {
    let look = |got: Result<c_long, c_int>| {
        check!(got == Ok(3000));
        Ok(())
    };
    give(look, |notification| {
        for at in [-1, RawFd::MIN, RawFd::MAX] {
            let error = notification
                .add_fd(file().as_fd(), Some(at), false)
                .unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{at}");
        }
        notification.inspect().respond(Answer::Value(3000)).unwrap();
    });
}

/// A caller without room for a descriptor is told so, and its call does not run.
#[test]
fn a_full_table_is_an_error_and_then_eperm() {
    let (listener, caller) = held(|| {
        passes(|| {
            let none = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            // SAFETY: reads the limit.
            check!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &none) } == 0);
            check!(ask(0) == Err(libc::EPERM));
            Ok(())
        });
    });
    let notification = listener.receive().unwrap().unwrap();
    let error = notification
        .add_fd(file().as_fd(), None, false)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EMFILE));
    let refused = notification.respond_with_fd(file().as_fd(), false);
    assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EMFILE));
    caller.join().unwrap();
}
