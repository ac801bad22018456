//! Callers and supervisors that end before their time.

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};

use libc::c_int;
use seccomp_profile::{Answer, Delivery, Listener, Response};

use crate::child::{Verdict, check, passes};
use crate::process::start;
use crate::{GETPPID, ask, held};

fn listen() -> Result<Listener, u32> {
    let listener = GETPPID.install_with_listener().map_err(|_| line!())?;
    Ok(Listener::from(listener))
}

/// Waits until a call waits, and receives none.
fn wait_for_a_call(listener: &Listener) -> Verdict {
    let mut poll = libc::pollfd {
        fd: listener.as_fd().as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: one structure is read and written.
    check!(unsafe { libc::poll(&mut poll, 1, 10_000) } == 1);
    check!(poll.revents == libc::POLLIN);
    Ok(())
}

#[test]
fn an_answer_to_a_killed_caller_says_so() {
    passes(|| {
        let listener = listen()?;
        let file = File::open("/dev/null").map_err(|_| line!())?;
        let byte = 1_u8;
        for way in 0..7 {
            let caller = start(|| {
                ask((&raw const byte).addr() as u64)
                    .map(drop)
                    .map_err(|_| line!())
            })?;
            let notification = listener.receive().ok().flatten().ok_or(line!())?;
            check!(notification.pid() == caller.id());
            check!(notification.is_valid().ok() == Some(true));
            caller.kill();
            check!(notification.is_valid().ok() == Some(false));
            let gone = Some(Delivery::Gone);
            match way {
                0 => check!(notification.respond(Response::Errno(1)).ok() == gone),
                1 => check!(notification.respond(Response::Value(1)).ok() == gone),
                2 => check!(notification.respond(Response::Continue).ok() == gone),
                3 => {
                    let number = notification.respond_with_fd(file.as_fd(), true);
                    check!(number.ok() == Some(None));
                }
                4 => {
                    let error = notification.add_fd(file.as_fd(), None, true).err();
                    check!(error.map(|error| error.kind()) == Some(ErrorKind::NotFound));
                }
                5 => {
                    let inspected = notification.inspect();
                    let mut buffer = [1];
                    let address = inspected.syscall().args[0];
                    let error = inspected.read_memory(address, &mut buffer).err();
                    check!(error.map(|error| error.kind()) == Some(ErrorKind::NotFound));
                    check!(buffer == [0]);
                    check!(inspected.respond(Answer::Value(1)).ok() == gone);
                }
                _ => drop(notification),
            }
        }
        Ok(())
    });
}

#[test]
fn a_caller_that_ended_is_passed_over() {
    passes(|| {
        let listener = listen()?;
        let first = start(|| ask(1).map(drop).map_err(|_| line!()))?;
        wait_for_a_call(&listener)?;
        first.kill();
        let second = start(|| {
            check!(ask(2) == Ok(22));
            Ok(())
        })?;
        let notification = listener.receive().ok().flatten().ok_or(line!())?;
        check!(notification.pid() == second.id());
        check!(notification.syscall().args[0] == 2);
        check!(notification.respond(Response::Value(22)).is_ok());
        second.passes()
    });
}

/// Callers are killed whatever they are doing; the supervisor serves those that are left.
#[test]
fn callers_may_be_killed_at_any_time() {
    passes(|| {
        let listener = listen()?;
        let killer = start(|| {
            for _ in 0..300 {
                let caller = start(|| {
                    loop {
                        check!(ask(0) == Ok(1));
                    }
                })?;
                check!(ask(0) == Ok(1));
                caller.kill();
            }
            check!(ask(1) == Ok(1));
            Ok(())
        })?;
        loop {
            let notification = listener.receive().ok().flatten().ok_or(line!())?;
            let last = notification.syscall().args[0] == 1;
            check!(notification.respond(Response::Value(1)).is_ok());
            if last {
                break;
            }
        }
        killer.passes()
    });
}

#[test]
fn without_a_supervisor_calls_fail_with_enosys() {
    passes(|| {
        let listener = listen()?;
        let start = |value| {
            let copy: c_int = listener.as_fd().as_raw_fd();
            start(move || {
                // SAFETY: the caller's copy, which nothing here uses.
                check!(unsafe { libc::close(copy) } == 0);
                check!(ask(value) == Err(libc::ENOSYS));
                check!(ask(value) == Err(libc::ENOSYS));
                Ok(())
            })
        };
        let received = start(1)?;
        // Not answered, and not dropped either, as if the supervisor had been killed.
        std::mem::forget(listener.receive().ok().flatten().ok_or(line!())?);
        let waiting = start(2)?;
        wait_for_a_call(&listener)?;
        drop(OwnedFd::from(listener));
        received.passes()?;
        waiting.passes()?;
        check!(ask(3) == Err(libc::ENOSYS));
        Ok(())
    });
}

#[test]
fn a_supervisor_may_itself_be_killed() {
    passes(|| {
        let listener = listen()?;
        // Shares the listener with its parent, which lets go of it.
        let supervisor = start(|| {
            while let Some(notification) = listener.receive().ok().flatten() {
                check!(notification.respond(Response::Value(5)).is_ok());
            }
            Err(line!())
        })?;
        drop(listener);
        check!(ask(0) == Ok(5));
        supervisor.kill();
        check!(ask(0) == Err(libc::ENOSYS));
        Ok(())
    });
}

/// Whether the supervisor begins to wait before or after that.
#[test]
fn the_end_comes_when_nobody_is_held_any_more() {
    let (listener, caller) = held(|| ());
    caller.join().unwrap();
    assert!(listener.receive().unwrap().is_none());
    assert!(listener.receive().unwrap().is_none());

    let (listener, caller) = held(|| {
        let parent = std::thread::spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            ask(0)
        });
        // The thread that it started outlives it.
        drop(parent);
    });
    caller.join().unwrap();
    let notification = listener.receive().unwrap().unwrap();
    notification.respond(Response::Value(0)).unwrap();
    assert!(listener.receive().unwrap().is_none());
}
