//! What is more than one call and its answer: threads, listeners, flags and versions.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use seccomp_profile::{Error, Filter, seccomp_profile};

use crate::child::require;
use crate::{cache, child, kernel};

static ACTIONS: Filter = seccomp_profile!("../policies/actions.json");
static OPERATORS: Filter = seccomp_profile!("../policies/operators.json");
static FLAGS: Filter = seccomp_profile!("../policies/flags.json");
static NOTIFY: Filter = seccomp_profile!("../policies/notify.json");
static KILLABLE: Filter = seccomp_profile!("../policies/notify-killable.json");
static RECENT: Filter = seccomp_profile!("../policies/flags.json", kernel = "5.11");

/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`, of Linux 5.19.
const WAIT_KILLABLE_RECV: u32 = 1 << 5;

/// Every such test by its name; each runs in a process of its own.
pub(crate) const ALL: &[(&str, fn() -> Result<(), String>)] = &[
    ("KILL_THREAD ends one thread", kill_thread),
    ("KILL_PROCESS ends all threads", kill_process),
    ("one filter on all threads", all_threads),
    (
        "a thread with a filter of its own is not synchronised",
        diverged,
    ),
    ("flags that every kernel knows", flags),
    (
        "NOTIFY is not installed without a listener",
        listener_required,
    ),
    ("NOTIFY without anybody to answer", listener_gone),
    ("a flag by the version of the kernel", flag_of_5_19),
    ("the version that a filter is for", version_of_filter),
    ("the cache of allowed calls", cache::work),
];

fn getppid() -> Result<i64, i32> {
    answer(libc::SYS_getppid)
}

fn answer(nr: libc::c_long) -> Result<i64, i32> {
    // SAFETY: the calls made here take no arguments.
    match unsafe { libc::syscall(nr) } {
        -1 => Err(std::io::Error::last_os_error().raw_os_error().unwrap_or(0)),
        answer => Ok(answer as i64),
    }
}

static TID: AtomicI32 = AtomicI32::new(0);
static PASSED_BY: AtomicBool = AtomicBool::new(false);

/// Starts a thread that makes a call, and waits until it is gone or a while has passed.
fn thread_that_calls(nr: libc::c_long) -> bool {
    thread::spawn(move || {
        // SAFETY: takes no arguments.
        TID.store(unsafe { libc::syscall(libc::SYS_gettid) } as i32, SeqCst);
        let _ = answer(nr);
        PASSED_BY.store(true, SeqCst);
        thread::sleep(Duration::from_secs(60));
    });
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(5) {
        let tid = TID.load(SeqCst);
        // SAFETY: signal 0 asks whether the thread is there, and is not sent.
        let there =
            tid == 0 || unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), tid, 0) } == 0;
        if !there {
            return true;
        }
        thread::sleep(Duration::from_millis(1));
    }
    false
}

fn kill_thread() -> Result<(), String> {
    require!(ACTIONS.install().is_ok());
    require!(thread_that_calls(libc::SYS_getegid));
    require!(!PASSED_BY.load(SeqCst));
    Ok(())
}

fn kill_process() -> Result<(), String> {
    let status = child::fork(|| {
        if ACTIONS.install().is_err() {
            return 2;
        }
        thread_that_calls(libc::SYS_getgid);
        0
    });
    require!(libc::WIFSIGNALED(status), status);
    require!(libc::WTERMSIG(status) == libc::SIGSYS, status);
    Ok(())
}

/// Runs `work` on a second thread between two moments of the first.
fn beside(
    before: fn() -> Result<(), String>,
    meanwhile: fn() -> Result<(), String>,
    after: fn() -> Result<(), String>,
) -> Result<(), String> {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (ready, started) = std::sync::mpsc::channel::<Result<(), String>>();
    let other = thread::spawn(move || {
        let _ = ready.send(before());
        let _ = wait.recv();
        after()
    });
    started.recv().map_err(|error| error.to_string())??;
    meanwhile()?;
    drop(go);
    other
        .join()
        .unwrap_or_else(|_| Err("the thread panicked".into()))
}

fn all_threads() -> Result<(), String> {
    beside(
        || {
            require!(getppid().is_ok());
            Ok(())
        },
        || {
            let enforced = FLAGS.install_on_all_threads();
            require!(
                enforced.is_ok_and(|enforced| enforced.on_all_threads()),
                enforced
            );
            Ok(())
        },
        || {
            require!(getppid() == Err(3000), getppid());
            Ok(())
        },
    )
}

fn diverged() -> Result<(), String> {
    beside(
        || {
            // SAFETY: takes no arguments.
            TID.store(unsafe { libc::syscall(libc::SYS_gettid) } as i32, SeqCst);
            require!(OPERATORS.install().is_ok());
            Ok(())
        },
        || {
            let tid = Some(TID.load(SeqCst));
            let enforced = FLAGS.install_on_all_threads();
            require!(enforced == Err(Error::NotSynchronised { tid }), enforced);
            require!(getppid().is_ok());
            Ok(())
        },
        || Ok(()),
    )
}

fn flags() -> Result<(), String> {
    let enforced = FLAGS.install();
    require!(
        enforced.is_ok_and(|enforced| enforced.flags() == 6),
        enforced
    );
    require!(getppid() == Err(3000));
    Ok(())
}

fn listener_required() -> Result<(), String> {
    require!(NOTIFY.needs_listener());
    let refused = NOTIFY.install();
    require!(refused == Err(Error::ListenerRequired), refused);
    require!(getppid().is_ok());
    Ok(())
}

fn listener_gone() -> Result<(), String> {
    let listener = NOTIFY.install_with_listener();
    require!(listener.is_ok(), listener);
    let second = NOTIFY.install_with_listener();
    require!(matches!(second, Err(Error::ListenerExists)), second);
    drop(listener);
    require!(getppid() == Err(libc::ENOSYS), getppid());
    Ok(())
}

fn flag_of_5_19() -> Result<(), String> {
    let listener = KILLABLE.install_with_listener();
    if kernel::since(5, 19) {
        require!(listener.is_ok(), listener);
        return Ok(());
    }
    let flags = WAIT_KILLABLE_RECV;
    require!(
        matches!(listener, Err(Error::FlagsUnsupported { flags: f }) if f == flags),
        listener
    );
    require!(getppid().is_ok());
    Ok(())
}

fn version_of_filter() -> Result<(), String> {
    let enforced = RECENT.install();
    if kernel::since(5, 11) {
        require!(enforced.is_ok(), enforced);
        return Ok(());
    }
    require!(
        matches!(
            enforced,
            Err(Error::KernelTooOld {
                needed: (5, 11),
                ..
            })
        ),
        enforced
    );
    require!(getppid().is_ok());
    Ok(())
}
