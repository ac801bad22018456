//! Puts Landlock beside seccomp: the filter says which *calls* are made, Landlock on which *files*.
//!
//! `cargo run -q --example landlock` prints what it may do, and who refuses the rest:
//!
//! ```text
//! landlock: in force
//! allowed: list examples, N entries
//! denied by Landlock: read /etc/passwd
//! denied by the profile: remove a file
//! denied by the profile: make a socket
//! ```
//!
//! Another folder stands behind `--`: with `-- /`, Landlock lets `/etc/passwd` be read too.
//!
//! What a reader learns:
//!
//! - A filter sees an address where the call has a path, so it can let all files be opened or none.
//!   Landlock sees the file. Only together do they say "read what is below this folder, and do
//!   nothing else".
//! - Landlock comes first: then the profile need not allow the calls that set it up.
//! - Landlock has grown from kernel to kernel, and its crate enforces what there is. Whoever needs
//!   it looks at what came of it, as here; seccomp is an error where it is missing.

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
    native_only = true,
    newer_syscalls = "ENOSYS"
);

// Which file is opened, the profile does not say; that none is made or removed, it does.
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
    // The rights of Linux 6.2, of which an older kernel enforces those that it knows.
    let abi = ABI::V3;
    let landlock = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules([folder], AccessFs::from_read(abi)))?
        .restrict_self()?;
    match landlock.ruleset {
        RulesetStatus::FullyEnforced => println!("landlock: in force"),
        RulesetStatus::PartiallyEnforced => println!("landlock: in force as far as it goes"),
        RulesetStatus::NotEnforced => return Err("this kernel has no Landlock".into()),
    }
    READER.install()?;

    let files = fs::read_dir(folder)?.count();
    println!("allowed: list {}, {files} entries", folder.display());
    tell("read /etc/passwd", fs::read("/etc/passwd"));
    tell("remove a file", fs::remove_file(folder.join("nothing")));
    tell("make a socket", UdpSocket::bind("127.0.0.1:0"));
    Ok(())
}

/// Says who refused: Landlock answers `EACCES`, this profile `EPERM`.
fn tell<T>(what: &str, outcome: io::Result<T>) {
    match outcome.map_err(|error| error.raw_os_error()) {
        Ok(_) => println!("allowed: {what}"),
        Err(Some(libc::EACCES)) => println!("denied by Landlock: {what}"),
        Err(Some(libc::EPERM)) => println!("denied by the profile: {what}"),
        Err(errno) => println!("failed: {what}, errno {errno:?}"),
    }
}
