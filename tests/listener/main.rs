//! Listeners in the running kernel: a thread or a process that a filter holds, and a supervisor
//! that it does not hold.
#![cfg(target_os = "linux")]

mod answer;
#[path = "../support/bound.rs"]
mod bound;
#[path = "../support/child.rs"]
mod child;
mod descriptor;
mod gone;
mod install;
mod kernel;
mod memory;
mod process;
mod rate;
mod signal;
#[path = "../../macro/compiler/tests/support/skip.rs"]
mod skip;

use std::sync::mpsc;
use std::thread::JoinHandle;

use seccomp_profile::{Filter, Listener, seccomp_profile};

/// `getppid` waits for the listener; everything else is allowed.
static GETPPID: Filter = seccomp_profile!("tests/profiles/listener-getppid.json");

/// Starts a thread that is held by [`GETPPID`], and returns its listener.
fn held<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> (Listener, JoinHandle<T>) {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        sender.send(GETPPID.install_with_listener()).unwrap();
        work()
    });
    (Listener::from(receiver.recv().unwrap().unwrap()), thread)
}

/// Makes the call that is supervised, with one argument.
fn ask(argument: u64) -> Result<libc::c_long, libc::c_int> {
    child::call_with(libc::SYS_getppid, [argument as _, 0, 0, 0, 0, 0])
}
