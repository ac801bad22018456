//! Signals to callers and to supervisors.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use libc::c_int;
use seccomp_profile::{Filter, Listener, Response, seccomp_profile};

use crate::child::{Verdict, check, passes};
use crate::process::{Process, start};
use crate::{GETPPID, ask};

/// As [`GETPPID`], but a call that was received waits on, whatever signal comes.
static KILLABLE: Filter = seccomp_profile!("tests/profiles/listener-killable.json");

static CAUGHT: AtomicU32 = AtomicU32::new(0);

/// Counts a signal, which interrupts the call that it meets.
fn catch(signal: c_int) -> Verdict {
    extern "C" fn count(_: c_int) {
        CAUGHT.fetch_add(1, SeqCst);
    }
    // SAFETY: the handler only counts; the action has no flags, so that calls are not restarted.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as extern "C" fn(c_int) as usize;
        check!(libc::sigaction(signal, &action, ptr::null_mut()) == 0);
    }
    Ok(())
}

fn listen(filter: &Filter) -> Result<Listener, u32> {
    let listener = filter.install_with_listener().map_err(|_| line!())?;
    Ok(Listener::from(listener))
}

/// Starts a process that calls once, and requires what it gets and how many signals it caught.
fn caller(got: Result<libc::c_long, c_int>, caught: u32) -> Result<Process, u32> {
    start(move || {
        catch(libc::SIGUSR1)?;
        check!(ask(0) == got);
        check!(CAUGHT.load(SeqCst) == caught);
        Ok(())
    })
}

/// Waits until the process sleeps in its call again, or is gone from it.
fn give_time() {
    std::thread::sleep(std::time::Duration::from_millis(100));
}

#[test]
fn a_signal_ends_a_call_that_waits() {
    passes(|| {
        let listener = listen(&GETPPID)?;
        let caller = caller(Err(libc::EINTR), 1)?;
        let notification = listener.receive().ok().flatten().ok_or(line!())?;
        caller.signal(libc::SIGUSR1);
        caller.passes()?;
        check!(notification.is_valid().ok() == Some(false));
        Ok(())
    });
}

#[test]
fn with_wait_killable_recv_a_received_call_waits_on() {
    passes(|| {
        let listener = listen(&KILLABLE)?;
        let caller = caller(Ok(8), 1)?;
        let notification = listener.receive().ok().flatten().ok_or(line!())?;
        caller.signal(libc::SIGUSR1);
        give_time();
        check!(notification.is_valid().ok() == Some(true));
        check!(notification.respond(Response::Value(8)).is_ok());
        caller.passes()
    });
}

#[test]
fn with_wait_killable_recv_a_received_call_can_be_killed() {
    passes(|| {
        let listener = listen(&KILLABLE)?;
        let caller = caller(Ok(8), 0)?;
        let notification = listener.receive().ok().flatten().ok_or(line!())?;
        caller.kill();
        check!(notification.is_valid().ok() == Some(false));
        Ok(())
    });
}

/// Has the kernel send a signal every so many microseconds.
fn alarm_every(microseconds: i32) -> Verdict {
    let time = libc::timeval {
        tv_sec: 0,
        tv_usec: microseconds as _,
    };
    let timer = libc::itimerval {
        it_interval: time,
        it_value: time,
    };
    // SAFETY: reads the time; the pointer for the old one may be null.
    check!(unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, ptr::null_mut()) } == 0);
    Ok(())
}

/// A supervisor that is interrupted again and again; its callers do not notice.
#[test]
fn a_supervisor_may_be_interrupted() {
    passes(|| {
        const ROUNDS: u64 = 2000;
        let listener = listen(&GETPPID)?;
        let file = File::open("/dev/null").map_err(|_| line!())?;
        let caller = start(|| {
            for round in 0..ROUNDS {
                // The supervisor often waits when the signal comes.
                std::thread::sleep(std::time::Duration::from_micros(200));
                match (round % 2, ask(round)) {
                    (0, Ok(4000)) => {}
                    // SAFETY: the descriptor is this process's, and nothing uses it.
                    (1, Ok(fd @ 3..100)) => check!(unsafe { libc::close(fd as c_int) } == 0),
                    _ => return Err(line!()),
                }
            }
            Ok(())
        })?;
        catch(libc::SIGALRM)?;
        alarm_every(150)?;
        for _ in 0..ROUNDS {
            let notification = listener.receive().ok().flatten().ok_or(line!())?;
            if notification.syscall().args[0] % 2 == 0 {
                check!(notification.respond(Response::Value(4000)).is_ok());
            } else {
                check!(matches!(
                    notification.respond_with_fd(file.as_fd(), true),
                    Ok(Some(_))
                ));
            }
        }
        alarm_every(0)?;
        check!(CAUGHT.load(SeqCst) > 100);
        caller.passes()
    });
}

/// A caller whose calls are interrupted again and again: the supervisor waits for no call that is
/// gone, and answers none twice.
#[test]
fn callers_may_be_interrupted() {
    passes(|| {
        const ROUNDS: u64 = 3000;
        let listener = listen(&GETPPID)?;
        let caller = start(|| {
            catch(libc::SIGALRM)?;
            let mut every = 100;
            alarm_every(every)?;
            for round in 0..ROUNDS {
                let mut interrupted = 0;
                loop {
                    match ask(round) {
                        // A machine on which no answer comes between two signals.
                        Err(libc::EINTR) if interrupted == 50 => {
                            (every, interrupted) = (every * 2, 0);
                            alarm_every(every)?;
                        }
                        Err(libc::EINTR) => interrupted += 1,
                        Ok(answer) if answer as u64 == round => break,
                        _ => return Err(line!()),
                    }
                }
            }
            alarm_every(0)?;
            check!(ask(u64::MAX) == Ok(0));
            Ok(())
        })?;
        loop {
            let notification = listener.receive().ok().flatten().ok_or(line!())?;
            let round = notification.syscall().args[0];
            let last = round as libc::c_ulong == libc::c_ulong::MAX;
            let value = if last { 0 } else { round as i64 };
            check!(notification.respond(Response::Value(value)).is_ok());
            if last {
                break;
            }
        }
        caller.passes()
    });
}
