//! Uses Landlock beside seccomp: the filter restricts *calls*, Landlock restricts *files*.
//!
//! `cargo run -q --example landlock` prints what it can do, and which of the two denies the rest:
//!
//! ```text
//! landlock: in force
//! allowed: list examples, N entries
//! denied by Landlock: read /etc/passwd
//! denied by the profile: remove a file
//! denied by the profile: make a socket
//! ```
//!
//! Another folder can follow `--`: with `-- /`, Landlock allows reading `/etc/passwd` too.
//!
//! What this program shows:
//!
//! - The profile has no rules. Groups allow what the program does: panic, print, read files.
//! - A filter sees the address of a path, not the path. It can allow opening all files or none.
//!   Landlock sees the file. Only together can they say "read files below this folder, and do
//!   nothing else".
//! - Set up Landlock first. Then the profile need not allow the calls that set it up. Do both
//!   before other threads start: `install` confines all threads, but Landlock only the calling one
//!   and those that it starts later.
//! - Every new kernel adds features to Landlock, and its crate enforces those that the kernel has.
//!   If you depend on Landlock, check the status that it returns, as this program does. If the
//!   kernel has no seccomp, installing a filter is an error.

use std::error::Error;
use std::net::UdpSocket;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use landlock::{
    ABI, Access as _, AccessFs, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus,
    path_beneath_rules,
};
use seccomp_profile::{Filter, seccomp_profile, syscall};

static READER: Filter = seccomp_profile!(
    "examples/landlock.json",
    with = ["panic", "stdio", "files-read"],
    native_only = true,
    newer_syscalls = "ENOSYS"
);

// The profile does not restrict which file is opened. It denies creating and removing files.
const _: () = assert!(READER.evaluate(&syscall!(openat, libc::AT_FDCWD)).runs());
const _: () = assert!(!READER.evaluate(&syscall!(unlinkat, libc::AT_FDCWD)).runs());
const _: () = assert!(!READER.evaluate(&syscall!(socket, libc::AF_INET)).runs());

fn main() -> ExitCode {
    let folder = std::env::args().nth(1);
    match run(Path::new(folder.as_deref().unwrap_or("examples"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("landlock: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Result<(), Box<dyn Error>> {
    // The access rights of Linux 6.2. An older kernel enforces those that it has.
    let abi = ABI::V3;
    let landlock = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules([folder], AccessFs::from_read(abi)))?
        .restrict_self()?;
    match landlock.ruleset {
        RulesetStatus::FullyEnforced => println!("landlock: in force"),
        RulesetStatus::PartiallyEnforced => println!("landlock: in force, in part"),
        RulesetStatus::NotEnforced => return Err("this kernel has no Landlock".into()),
    }
    READER.install()?;

    let files = fs::read_dir(folder)?.count();
    println!("allowed: list {}, {files} entries", folder.display());
    report("read /etc/passwd", fs::read("/etc/passwd"));
    report("remove a file", fs::remove_file(folder.join("nothing")));
    report("make a socket", UdpSocket::bind("127.0.0.1:0"));
    Ok(())
}

/// Prints which of the two denied it: Landlock fails with `EACCES`, this profile with `EPERM`.
fn report<T>(what: &str, outcome: io::Result<T>) {
    match outcome.map_err(|error| error.raw_os_error()) {
        Ok(_) => println!("allowed: {what}"),
        Err(Some(libc::EACCES)) => println!("denied by Landlock: {what}"),
        Err(Some(libc::EPERM)) => println!("denied by the profile: {what}"),
        Err(errno) => println!("failed: {what}, errno {errno:?}"),
    }
}
