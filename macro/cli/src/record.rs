//! `record`: runs a command and writes a profile that allows the system calls it made.

mod added;
pub(crate) mod arguments;
mod conflict;
pub(crate) mod covered;
mod edit;
mod extend;
pub(crate) mod file;
#[cfg(target_os = "linux")]
pub(crate) mod lineage;
mod portable;
#[cfg(target_os = "linux")]
mod recorder;
#[cfg(target_os = "linux")]
mod report;
mod rule;
pub(crate) mod seen;
pub(crate) mod task;
mod write;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::options::ProfileOptions;
use crate::{Failure, Output};

/// Runs a command and writes a profile that allows the system calls it made.
///
/// The profile has the calls of the command, its threads and its children. Calls that were not made
/// during a recording are denied later. So record every way in which the program is used, with
/// --merge for each further run, and read the result.
///
/// More rules allow the calls that other C libraries, kernels and architectures make for the same
/// work, and what a program needs to crash and to exit. `clone3` is answered with ENOSYS, while
/// recording too, because a filter cannot see its flags; C libraries then call `clone`. Calls of
/// another ABI, such as those of x86 on x86_64, run and are printed; nothing is written for them.
///
/// The profile is also written while the command runs. If the recorder is killed, the command goes
/// on as without it. SIGTERM, SIGHUP and SIGINT are passed on to the command. Needs Linux 5.9.
///
/// The exit status is 1 if something was not written that the command called, or if the command
/// fails. What was seen until then is written in any case. A command that ends after SIGTERM, SIGHUP
/// or SIGINT, as servers do, has not failed.
///
/// Example: seccomp-profile record -o ls.json -- ls /
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Record {
    /// Where to write the profile [default: the name of the command with .json, in this folder]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Add to FILE the calls that none of its rules names
    ///
    /// For a call that the file or a group of --with answers otherwise, or allows on conditions that
    /// the run did not meet, nothing is written: it is printed, and the exit status is 1.
    #[arg(long)]
    merge: bool,
    /// Allow this call if it is made, whatever the rules of FILE say; can be repeated
    ///
    /// With --arguments, what FILE allows on conditions stays allowed. With clone3, the call is not
    /// answered with ENOSYS.
    #[arg(long = "override", value_name = "CALL")]
    overrides: Vec<String>,
    /// Record a process and its children from the moment it installs its own filter
    ///
    /// The filter is not installed: the program is not confined while it is recorded. A program that
    /// has no filter yet can call seccomp_profile::record_from_here() instead.
    #[arg(long, conflicts_with = "after")]
    after_install: bool,
    /// Record a process and its children from the moment it has made this call
    #[arg(long, value_name = "CALL")]
    after: Option<String>,
    /// Allow only the choices and the flags that were seen, where an argument has such
    #[arg(long)]
    arguments: bool,
    /// Write names of constants instead of numbers; other tools do not read them
    #[arg(long)]
    names: bool,
    /// Leave to groups of rules what they cover, and print the groups
    #[arg(long)]
    groups: bool,
    /// Write only what was seen
    #[arg(long)]
    exact: bool,
    /// Write what was seen, added and not added to another file, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    profile: ProfileOptions,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Record {
    #[cfg(target_os = "linux")]
    pub(crate) fn run(&self) -> Result<Output, Failure> {
        report::record(self)
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn run(&self) -> Result<Output, Failure> {
        Err(Failure::Wrong("`record` needs Linux".into()))
    }
}
