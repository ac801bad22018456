//! What a supervisor learns of a call, and what the call returns.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;

use libc::{c_int, c_long};
use seccomp_profile::{Answer, Delivery, Inspected, Listener, Notification, Response, syscall};

use crate::child::{call, call_with};
use crate::{ask, held};

/// Makes one call, answers it, and returns what the caller got.
fn exchange<T>(supervise: impl FnOnce(Notification<'_>) -> T) -> (T, Result<c_long, c_int>) {
    let (listener, caller) = held(|| ask(0));
    let told = supervise(listener.receive().unwrap().unwrap());
    // Were it not answered by now, this would do it, with another errno than the tests expect.
    drop(listener);
    (told, caller.join().unwrap())
}

fn responds(response: Response) -> Result<c_long, c_int> {
    let (told, got) = exchange(|notification| notification.respond(response));
    assert_eq!(told.unwrap(), Delivery::Delivered);
    got
}

#[test]
fn a_call_fails_with_the_errno() {
    assert_eq!(responds(Response::Errno(1)), Err(libc::EPERM));
    assert_eq!(
        responds(Response::Errno(libc::EXDEV as u16)),
        Err(libc::EXDEV)
    );
    assert_eq!(responds(Response::Errno(4095)), Err(4095));
}

#[test]
fn a_call_returns_the_value() {
    assert_eq!(responds(Response::Value(0)), Ok(0));
    assert_eq!(responds(Response::Value(4242)), Ok(4242));
    let large = Response::Value(isize::MAX as i64);
    assert_eq!(responds(large), Ok(isize::MAX as c_long));
}

#[test]
fn a_call_runs() {
    let parent = c_long::from(std::os::unix::process::parent_id() as c_int);
    assert_eq!(responds(Response::Continue), Ok(parent));
    let (told, got) = exchange(|notification| notification.inspect().continue_anyway());
    assert_eq!((told.unwrap(), got), (Delivery::Delivered, Ok(parent)));
}

#[test]
fn what_was_inspected_is_answered_too() {
    let inspected =
        |answer| exchange(move |notification| notification.inspect().respond(answer).unwrap());
    let delivered = Delivery::Delivered;
    assert_eq!(inspected(Answer::Errno(17)), (delivered, Err(17)));
    assert_eq!(inspected(Answer::Value(17)), (delivered, Ok(17)));
}

#[test]
fn no_answer_is_eperm() {
    assert_eq!(
        exchange(|notification| drop(notification)).1,
        Err(libc::EPERM)
    );
    let inspected = |notification: Notification<'_>| drop(notification.inspect());
    assert_eq!(exchange(inspected).1, Err(libc::EPERM));
    let panics = |notification: Notification<'_>| {
        let supervisor = AssertUnwindSafe(|| {
            let _unanswered = notification;
            // As a panic does, but without its message.
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(catch_unwind(supervisor).is_err());
    };
    assert_eq!(exchange(panics).1, Err(libc::EPERM));
}

/// No errno would be success, and none as large as these is one.
#[test]
fn an_errno_that_is_none_is_refused() {
    for errno in [0, 4096, u16::MAX] {
        let (told, got) = exchange(|notification| notification.respond(Response::Errno(errno)));
        assert_eq!(told.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(got, Err(libc::EPERM));
    }
}

#[test]
fn a_notification_says_who_calls_and_what() {
    static TID: AtomicU32 = AtomicU32::new(0);
    let args = [1, u64::MAX, 3, 1 << 33, 5, 6].map(|arg| arg as libc::c_ulong);
    let (listener, caller) = held(move || {
        TID.store(call(libc::SYS_gettid).unwrap() as u32, Relaxed);
        (call_with(libc::SYS_getppid, args), ask(0))
    });
    let first = listener.receive().unwrap().unwrap();
    let expected = syscall!(
        getppid, args[0], args[1], args[2], args[3], args[4], args[5]
    );
    let seen = *first.syscall();
    assert_eq!((seen.nr, seen.arch), (expected.nr, expected.arch));
    assert_eq!(seen.args, expected.args);
    assert_ne!(seen.instruction_pointer, 0);
    assert_eq!(first.pid(), TID.load(Relaxed));
    assert!(first.is_valid().unwrap());
    let id = first.id();
    first.respond(Response::Value(1)).unwrap();
    let second = listener.receive().unwrap().unwrap();
    assert_ne!(second.id(), id);
    second.respond(Response::Value(2)).unwrap();
    assert_eq!(caller.join().unwrap(), (Ok(1), Ok(2)));
}

#[test]
fn calls_wait_beside_each_other() {
    let (listener, callers) = held(|| {
        let callers = [1, 2, 3].map(|value| std::thread::spawn(move || ask(value)));
        callers.map(|caller| caller.join().unwrap())
    });
    let waiting = [(); 3].map(|()| listener.receive().unwrap().unwrap());
    assert!(waiting.iter().all(|one| one.is_valid().unwrap()));
    for notification in waiting.into_iter().rev() {
        let value = notification.syscall().args[0] as i64;
        notification
            .respond(Response::Value(-value - 5000))
            .unwrap();
    }
    assert!(listener.receive().unwrap().is_none());
    assert_eq!(callers.join().unwrap(), [Ok(-5001), Ok(-5002), Ok(-5003)]);
}

#[test]
fn a_listener_is_one_only_if_the_kernel_says_so() {
    let (pipe, _other) = std::os::unix::net::UnixStream::pair().unwrap();
    let file = |path| OwnedFd::from(std::fs::File::open(path).unwrap());
    for fd in [pipe.into(), file("/proc/self/status"), file("/dev/null")] {
        let error = Listener::from(fd).receive().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOTTY));
    }
}

/// Threads may share the work in every way.
const _: () = {
    const fn threads_share<T: Send + Sync>() {}
    threads_share::<Listener>();
    threads_share::<Notification<'_>>();
    threads_share::<Inspected<'_>>();
};

#[test]
fn to_try_is_not_to_wait() {
    let would_block = |listener: &Listener| {
        let error = listener.try_receive().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    };
    let (go, gone) = mpsc::channel();
    let (listener, caller) = held(move || {
        gone.recv().unwrap();
        (ask(0), gone.recv().is_err())
    });
    would_block(&listener);
    // Nor does it wait for another thread that receives.
    std::thread::scope(|scope| {
        let other = scope.spawn(|| listener.receive().unwrap().unwrap());
        std::thread::sleep(Duration::from_millis(50));
        would_block(&listener);
        go.send(()).unwrap();
        let notification = other.join().unwrap();
        would_block(&listener);
        notification.respond(Response::Value(1)).unwrap();
    });
    drop(go);
    assert_eq!(caller.join().unwrap(), (Ok(1), true));
    assert!(listener.try_receive().unwrap().is_none());
}

#[test]
fn a_call_that_waits_is_received_without_waiting() {
    let (listener, caller) = held(|| ask(0));
    let notification = loop {
        match listener.try_receive() {
            Ok(notification) => break notification.unwrap(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    };
    notification.respond(Response::Value(2)).unwrap();
    assert_eq!(caller.join().unwrap(), Ok(2));
}
