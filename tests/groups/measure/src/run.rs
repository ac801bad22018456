//! One run of a deed, and how it ended.

use crate::deeds::{Deed, Io};
use crate::machine;
use seccomp_profile_compiler::Abi;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long a deed may take.
const LIMIT: Duration = Duration::from_secs(30);

const INPUT: &str = "first line\nsecond line\n";

/// One way to run the deeds.
pub struct Row {
    pub name: String,
    pub abi: Abi,
    /// Whether the programs of this machine are of the same ABI.
    native: bool,
    pub command: Vec<String>,
}

impl Row {
    /// Returns whether the deed is for this row.
    pub fn has(&self, deed: &Deed) -> bool {
        (self.native || !deed.programs) && (deed.aborting || !self.name.ends_with("aborting"))
    }
}

/// Returns the ABI of this machine's programs, if there are any.
fn native() -> Option<Abi> {
    (!machine::is_ours()).then_some(Abi::X86_64)
}

/// Reads the file of rows.
pub fn rows(path: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(path).expect("a file of rows");
    let row = |line: &str| {
        let mut words = line.split('\t').map(String::from);
        let (name, abi) = (words.next().expect("a name"), words.next().expect("an ABI"));
        let abi = Abi::from_name(&abi).unwrap_or_else(|| panic!("no ABI {abi}"));
        Row {
            native: native() == Some(abi),
            name,
            abi,
            command: words.collect(),
        }
    };
    text.lines().map(row).collect()
}

/// How a run ended, and what it printed, without the numbers of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub end: String,
    pub output: String,
    pub errors: String,
}

/// Runs a deed in an empty directory.
pub fn run(row: &Row, deed: &Deed, filter: Option<&Path>) -> Outcome {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let at = COUNT.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("deed-{}-{at}", std::process::id()));
    let inside = directory.join("inside");
    std::fs::create_dir_all(&inside).expect("a directory for the deed");
    let (input, output) = (directory.join("input"), directory.join("output"));
    std::fs::write(&input, INPUT).expect("the input");
    let file = |path: &Path| {
        std::fs::File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)
            .expect("a file")
    };
    let (stdin, stdout) = match deed.io {
        Io::Pipes => (Stdio::piped(), Stdio::piped()),
        Io::FileToPipe => (file(&input).into(), Stdio::piped()),
        Io::Append => {
            let end = std::fs::File::options()
                .create(true)
                .append(true)
                .open(&output);
            (file(&input).into(), end.expect("a file").into())
        }
        Io::Files => (file(&input).into(), file(&output).into()),
    };
    let mut command = Command::new(&row.command[0]);
    command.args(&row.command[1..]).arg(deed.name);
    command
        .arg(filter.unwrap_or(Path::new("-")))
        .arg(row.command.last().expect("a command"));
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .current_dir(&inside);
    if deed.trace {
        command.env("RUST_BACKTRACE", "1");
    }
    let mut child = command
        .stdin(stdin)
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the deed starts");
    if let Some(mut stdin) = child.stdin.take() {
        // A deed that does not read ends before.
        let _ = stdin.write_all(INPUT.as_bytes());
    }
    let (out, err) = (child.stdout.take(), child.stderr.take().expect("a pipe"));
    let out = out.map(|pipe| std::thread::spawn(move || text(pipe)));
    let err = std::thread::spawn(move || text(err));
    let start = Instant::now();
    let mut stopped = !deed.name.starts_with("long-");
    let status = loop {
        if let Some(status) = child.try_wait().expect("the deed ends") {
            break Some(status);
        }
        if !stopped && start.elapsed() > Duration::from_millis(80) {
            stopped = true;
            let pid = child.id() as libc::pid_t;
            // SAFETY: the child was not waited for, so the number is its own.
            unsafe { libc::kill(pid, libc::SIGSTOP) };
            std::thread::sleep(Duration::from_millis(40));
            unsafe { libc::kill(pid, libc::SIGCONT) };
        }
        if start.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(Duration::from_micros(500));
    };
    let printed = out.map_or_else(
        || std::fs::read_to_string(&output).unwrap_or_default(),
        |thread| thread.join().expect("the output"),
    );
    let errors = err.join().expect("the errors");
    let _ = std::fs::remove_dir_all(&directory);
    Outcome {
        end: status.map_or_else(|| String::from("no end"), end),
        output: plain(&printed),
        errors: plain(&errors),
    }
}

fn text(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    let _ = pipe.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn end(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("status {code}"),
        (_, Some(libc::SIGSEGV)) => "SIGSEGV".into(),
        (_, Some(libc::SIGABRT)) => "SIGABRT".into(),
        (_, Some(libc::SIGILL)) => "SIGILL".into(),
        (_, Some(libc::SIGSYS)) => "SIGSYS".into(),
        (_, signal) => format!("signal {signal:?}"),
    }
}

/// Leaves out what differs between runs: numbers in parentheses, and addresses.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = ["(", "0x"]
        .iter()
        .filter_map(|mark| Some(rest.find(mark)? + mark.len()))
        .min()
    {
        let (before, after) = rest.split_at(at);
        plain += before;
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        rest = &after[digits..];
    }
    plain + rest
}
