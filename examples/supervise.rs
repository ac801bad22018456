//! Gives a program a file that does not exist: a supervisor in another thread answers its `openat`
//! with a descriptor, and lets the program open all other files as usual.
//!
//! `cargo run -q --example supervise` runs `cat /nowhere/greeting`. It prints the text that `cat`
//! reads, `hello from the supervisor`, and the line `supervise: opened /nowhere/greeting`, in
//! either order. Another program can follow `--`:
//! `cargo run -q --example supervise -- wc -c /nowhere/greeting`.
//!
//! What this program shows:
//!
//! - The listener need not be sent over a socket. The thread that installs the filter sends the
//!   listener to the supervisor over a channel and starts the program, which inherits the filter.
//!   The supervisor must be a thread that the filter does not confine; here it is the main thread.
//! - The path is in the program's memory. Another thread of the program can change it after the
//!   supervisor has read it. So the supervisor opens the file itself and gives the descriptor to
//!   the program. To let the call run after reading its path needs the method `continue_anyway`. It
//!   is right here: a program that changes the path opens a file that it could open without a
//!   supervisor too. A supervisor that *denies* paths must answer all calls itself and let none
//!   run.

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc;
use std::{env, io, thread};

use seccomp_profile::{Answer, Filter, Listener, Notification, seccomp_profile, syscall};

static OPENS: Filter = seccomp_profile!("examples/supervise.json");

/// The file that does not exist, and its content.
const NOWHERE: &str = "/nowhere/greeting";
const GREETING: &str = "hello from the supervisor\n";

fn main() -> ExitCode {
    match run() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("supervise: the program ended with {status}");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("supervise: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitStatus, Box<dyn std::error::Error>> {
    let mut words: Vec<OsString> = env::args_os().skip(1).collect();
    if words.is_empty() {
        words = vec!["cat".into(), NOWHERE.into()];
    }
    let greeting = Greeting::write()?;

    let (sender, receiver) = mpsc::channel();
    let confined = thread::spawn(move || {
        let listener = OPENS.install_with_listener();
        if sender.send(listener).is_err() {
            return Err(io::Error::other("there is no supervisor"));
        }
        Command::new(&words[0]).args(&words[1..]).status()
    });
    let listener = Listener::from(receiver.recv()??);
    while let Some(notification) = listener.receive()? {
        let (thread, call) = (notification.pid(), notification.syscall().nr);
        if let Err(problem) = answer(notification, &greeting) {
            // The call fails with EPERM.
            eprintln!("supervise: call {call} of thread {thread}: {problem}");
        }
    }
    Ok(confined.join().map_err(|_| "the thread panicked")??)
}

/// Answers a call that opens a file.
fn answer(notification: Notification<'_>, greeting: &Greeting) -> io::Result<()> {
    let args = notification.syscall().args;
    // `openat` has a directory before the path. It has no effect on an absolute path.
    let at = usize::from(notification.syscall().nr == syscall!(openat).nr);
    let (path, flags) = (args[at], args[at + 1] as i32);

    let inspected = notification.inspect();
    let path = match inspected.read_c_string(path, libc::PATH_MAX as usize - 1) {
        Ok(path) => path,
        // The program was killed in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if path.as_bytes() != NOWHERE.as_bytes() {
        inspected.continue_anyway()?;
    } else if flags & libc::O_ACCMODE != libc::O_RDONLY {
        inspected.respond(Answer::Errno(libc::EROFS as u16))?;
    } else {
        // Opened anew for each call, so that each descriptor has its own file position.
        let file = File::open(greeting.path())?;
        inspected.respond_with_fd(file.as_fd(), flags & libc::O_CLOEXEC != 0)?;
        println!("supervise: opened {NOWHERE}");
    }
    Ok(())
}

/// The greeting, in a file that is removed when this is dropped.
struct Greeting(PathBuf);

impl Greeting {
    fn write() -> io::Result<Greeting> {
        let path = env::temp_dir().join(format!("greeting-{}", std::process::id()));
        fs::write(&path, GREETING)?;
        Ok(Greeting(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Greeting {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
