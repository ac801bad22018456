//! Decodes input that nobody trusts in a child that can do nothing but read it, allocate, write the
//! result and end.
//!
//! The format is a small one of its own, so almost any file is refused: behind a byte n below 128
//! come n + 1 bytes as they are, and behind one from 128 on, how far back n - 125 bytes are found
//! once more (two bytes, the low one first). This prints `hello`, and this three times `ha`:
//!
//! ```sh
//! printf '\005hello\n' | cargo run -q --example decompress
//! printf '\002ha\n\203\003\000' | cargo run -q --example decompress
//! ```
//!
//! And this, what becomes of an input that has taken the decoder over: "the decoder made a call that
//! its profile denies". The other attacks are `connect`, `execute`, `allocate` and `spin`, of which
//! the last two meet limits instead.
//!
//! ```sh
//! printf '\005hello\n' | cargo run -q --example decompress -- --as-if open
//! ```
//!
//! What a reader learns:
//!
//! - The child holds itself, after it has started and before it reads: so the profile needs nothing
//!   of what the dynamic linker, the C library and Rust's runtime do to begin, nor `execve`.
//! - Arguments count: `read` is for descriptor 0 alone, `write` for 1 and 2, and memory never becomes
//!   executable. As soon as a call is denied the process is killed: nothing that it says can be
//!   trusted any more.
//! - A filter counts nothing. How much time and memory the child takes is for resource limits,
//!   which its parent sets from outside before it passes the first byte; how much it writes is for
//!   whoever reads.

use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::{env, fs, hint, net, thread};

use rlimit::Resource;
use seccomp_profile::{Action, Filter, seccomp_profile, syscall};

static DECODER: Filter = seccomp_profile!("examples/decompress.json", native_only = true);

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

/// How much memory the child may map, how long it may compute, and how much it may write.
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

/// Has a child decode standard input, and writes what it made only if all went well.
fn parent(attack: &str) -> Done {
    if io::stdin().is_terminal() {
        eprintln!("decompress: standard input is read, until Ctrl-D");
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

/// Limits the child, passes it the input, and returns its output.
fn exchange(child: &mut Child) -> io::Result<Vec<u8>> {
    let pid = child.id() as libc::pid_t;
    for (resource, most) in [(Resource::AS, MEMORY), (Resource::CPU, SECONDS)] {
        rlimit::prlimit(pid, resource, Some((most, most)), None)?;
    }
    let missing = || io::Error::other("the child has no pipe");
    let mut input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    // A child that ends early reads no more, and its status tells why.
    thread::spawn(move || io::copy(&mut io::stdin(), &mut input));
    let mut bytes = Vec::new();
    output.take(OUTPUT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > OUTPUT {
        return Err(io::Error::other("the result is too long"));
    }
    Ok(bytes)
}

/// Says how a child ended that did not succeed.
fn ending(status: ExitStatus) -> String {
    match status.signal() {
        Some(libc::SIGSYS) => "the decoder made a call that its profile denies".into(),
        Some(libc::SIGXCPU | libc::SIGKILL) => "the decoder took too long".into(),
        Some(signal) => format!("the decoder died of signal {signal}"),
        None => "the decoder gave up".into(),
    }
}

/// Decodes standard input; whatever it says, this process is held when it is read.
fn child(attack: &str) -> Done {
    DECODER.install()?;
    let mut input = Vec::new();
    io::stdin().read_to_end(&mut input)?;
    let output = decode(&input)?;
    play(attack)?;
    io::stdout().write_all(&output)?;
    Ok(())
}

/// Turns tokens into bytes: one below 128 is followed by that many bytes and one more; another
/// stands for 3 to 130 bytes that were already there, at the distance that the next two bytes say,
/// the low one first.
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

/// Does what an attacker would, if the decoder had a bug to let it.
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
