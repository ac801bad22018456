//! Decodes untrusted input in a child process that can only read the input, allocate, write the
//! result and end.
//!
//! The input has a small format of its own, so almost any file is refused. A byte n below 128 is
//! followed by n + 1 literal bytes. A byte n from 128 on copies n - 125 earlier bytes; two bytes
//! after it, the low one first, say how far back. The first command prints `hello`, the second
//! prints `ha` three times:
//!
//! ```sh
//! printf '\005hello\n' | cargo run -q --example decompress
//! printf '\002ha\n\203\003\000' | cargo run -q --example decompress
//! ```
//!
//! This command shows what happens if an input takes the decoder over. It prints "the decoder made
//! a call that its profile denies". The other attacks are `connect`, `execute`, `allocate` and
//! `spin`; limits stop the last two.
//!
//! ```sh
//! printf '\005hello\n' | cargo run -q --example decompress -- --as-if open
//! ```
//!
//! What this program shows:
//!
//! - The child confines itself, after it has started and before it reads. So the profile needs no
//!   `execve`, and none of the calls of the dynamic linker, the C library and Rust's runtime at the
//!   start of a program.
//! - Conditions on arguments: `read` works for descriptor 0 only, `write` for 1 and 2, and no
//!   memory becomes executable. The group `panic` has the rules for memory, and those for a panic
//!   or a crash. A denied call kills the process, because nothing that it says can be trusted any
//!   more.
//! - A filter does not count anything. Limits on time and memory are resource limits, which the
//!   parent sets before it sends the first byte. The parent also limits the length of the output
//!   that it reads.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::{env, fs, hint, net, thread};

use rlimit::Resource;
use seccomp_profile::{Action, Filter, seccomp_profile, syscall};

static DECODER: Filter = seccomp_profile!(
    "examples/decompress.json",
    with = ["panic"],
    native_only = true
);

const _: () = {
    assert!(matches!(
        DECODER.evaluate(&syscall!(read, 0)),
        Action::Allow
    ));
    assert!(matches!(
        DECODER.evaluate(&syscall!(read, 3)),
        Action::KillProcess
    ));
    assert!(matches!(
        DECODER.evaluate(&syscall!(openat)),
        Action::KillProcess
    ));
    assert!(!DECODER.allows_exec());
};

/// The first argument of the child.
const CHILD: &str = "--child";

/// Limits for the child: memory that it can map, seconds of CPU time, and bytes of output.
const MEMORY: u64 = 64 << 20;
const SECONDS: u64 = 2;
const OUTPUT: usize = 16 << 20;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words[..] {
        [CHILD, attack] => child(attack),
        [] => parent("none"),
        ["--as-if", attack] => parent(attack),
        _ => Err("usage: decompress [--as-if ATTACK] < FILE".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("decompress: {problem}");
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn std::error::Error>>;

/// Decodes standard input in a child, and writes the result only if the child succeeds.
fn parent(attack: &str) -> Done {
    if io::stdin().is_terminal() {
        eprintln!("decompress: standard input is read until Ctrl-D");
    }
    let mut child = Command::new(env::current_exe()?)
        .args([CHILD, attack])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let output = exchange(&mut child);
    if output.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    let output = output?;
    if !status.success() {
        return Err(ending(status).into());
    }
    io::stdout().write_all(&output)?;
    eprintln!("decompress: {} bytes", output.len());
    Ok(())
}

/// Limits the child, sends it the input, and returns its output.
fn exchange(child: &mut Child) -> io::Result<Vec<u8>> {
    let pid = child.id() as libc::pid_t;
    for (resource, most) in [(Resource::AS, MEMORY), (Resource::CPU, SECONDS)] {
        rlimit::prlimit(pid, resource, Some((most, most)), None)?;
    }
    let missing = || io::Error::other("the child has no pipe");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    // A child that ends early stops reading. Its exit status says why it ended.
    thread::spawn(move || io::copy(&mut io::stdin(), &mut input));
    let mut bytes = Vec::new();
    output.take(OUTPUT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > OUTPUT {
        return Err(io::Error::other("the result is too long"));
    }
    Ok(bytes)
}

/// Describes how a child ended that did not succeed.
fn ending(status: ExitStatus) -> String {
    match status.signal() {
        Some(libc::SIGSYS) => "the decoder made a call that its profile denies".into(),
        Some(libc::SIGXCPU | libc::SIGKILL) => "the decoder took too long".into(),
        Some(signal) => format!("the decoder died of signal {signal}"),
        None => "the decoder gave up".into(),
    }
}

/// Decodes standard input. The process is confined before it reads the first byte.
fn child(attack: &str) -> Done {
    DECODER.install()?;
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let output = decode(&input)?;
    play(attack)?;
    io::stdout().write_all(&output)?;
    Ok(())
}

/// Turns tokens into bytes. A token below 128 is followed by that number of literal bytes and one
/// more. Another token copies 3 to 130 earlier bytes; the next two bytes, the low one first, are
/// the distance to them.
fn decode(mut input: &[u8]) -> Result<Vec<u8>, &'static str> {
    const CUT: &str = "the input is cut";
    let mut output: Vec<u8> = Vec::new();
    while let Some((token, rest)) = input.split_first() {
        let token = usize::from(*token);
        let count = if token < 128 { token + 1 } else { token - 125 };
        output.try_reserve(count).map_err(|_| "no memory is left")?;
        if token < 128 {
            let (bytes, rest) = rest.split_at_checked(count).ok_or(CUT)?;
            output.extend_from_slice(bytes);
            input = rest;
        } else {
            let (distance, rest) = rest.split_first_chunk().ok_or(CUT)?;
            let distance = usize::from(u16::from_le_bytes(*distance));
            let start = output.len().checked_sub(distance);
            let start = start.filter(|_| distance > 0).ok_or("nothing is there")?;
            for at in start..start + count {
                output.push(output[at]);
            }
            input = rest;
        }
    }
    Ok(output)
}

/// Does what an attacker would do after taking over the decoder.
fn play(attack: &str) -> Done {
    match attack {
        "none" => {}
        "open" => drop(fs::read("/etc/passwd")?),
        "connect" => drop(net::TcpStream::connect("127.0.0.1:1")?),
        "execute" => drop(Command::new("true").status()?),
        "allocate" => {
            let mut hoard: Vec<u8> = Vec::new();
            hoard.try_reserve(MEMORY as usize)?;
        }
        "spin" => loop {
            hint::spin_loop();
        },
        _ => return Err(format!("no attack is called `{attack}`").into()),
    }
    Ok(())
}
