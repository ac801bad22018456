//! Filters in the running kernel, each in a child process of its own.
#![cfg(target_os = "linux")]

mod abi;
mod action;
mod argument;
#[path = "../support/bound.rs"]
mod bound;
#[path = "../support/child.rs"]
mod child;
mod install;
mod int80;
mod memory;
mod newer;
mod policy;
#[path = "../../macro/compiler/tests/support/skip.rs"]
mod skip;
mod taken;
mod thread;
mod trap;
mod typed;

use seccomp_profile::{Filter, seccomp_profile};

/// One system call for each action; everything else is allowed.
static ACTIONS: Filter =
    seccomp_profile!("tests/profiles/install-actions.json", allow(kill_thread));

/// Denies `getppid` as [`ACTIONS`] does, but with another errno, and `getegid`.
static SECOND: Filter = seccomp_profile!("tests/profiles/install-second.json");
