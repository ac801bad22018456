//! A file → the answer of `scan --json`, and what it took.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::answer::Answer;

/// Longer than any limit: a scan that does not end fails, but does not stop the judge.
const SECONDS: &str = "60";

pub(crate) struct Run {
    pub(crate) answer: Answer,
    /// Of a processor or of the clock, whichever is less: other programs run beside this one.
    pub(crate) seconds: f64,
    pub(crate) megabytes: i64,
}

/// Runs `COMMAND scan --json FILE`.
pub(crate) fn run(command: &str, file: &str) -> Result<Run, String> {
    let start = Instant::now();
    let mut child = Command::new("timeout")
        .args([SECONDS, command, "scan", "--json", file])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{command}` cannot be started: {error}"))?;
    let mut complaints = child.stderr.take().expect("it is a pipe");
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        complaints.read_to_end(&mut text).map(|_| text)
    });
    let mut text = Vec::new();
    let output = child.stdout.as_mut().expect("it is a pipe");
    output
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    let mut status = 0;
    // SAFETY: a `rusage` of zeros is valid.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both places outlive the call, and nothing else waits for the child.
    unsafe { libc::wait4(child.id() as i32, &raw mut status, 0, &raw mut usage) };
    let clock = start.elapsed().as_secs_f64();
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    let processor = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    let complaints = complaints.join().expect("it does not panic");
    let complaints = complaints.map_err(|error| error.to_string())?;
    let complaints = String::from_utf8_lossy(&complaints);
    // 1 says that something is unresolved, which the answer says too.
    let code = libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status));
    if !matches!(code, Some(0 | 1)) {
        return Err(format!("the scan ended with {code:?}: {complaints}"));
    }
    let answer = Answer::parse(&text)
        .map_err(|problem| format!("no answer of a scan: {problem}; {complaints}"))?;
    if answer.complete != (code == Some(0)) {
        return Err(format!(
            "status {code:?}, but complete is {}",
            answer.complete
        ));
    }
    Ok(Run {
        answer,
        seconds: clock.min(processor),
        megabytes: usage.ru_maxrss / 1024,
    })
}
