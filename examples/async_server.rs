//! A server on tokio. One call of `install` confines all workers of the runtime, those that run and
//! those that start later.
//!
//! `cargo run -q --example async_server` listens on a free port of this machine and prints its
//! address, `http://127.0.0.1:PORT/`. `curl` of that address gets a greeting. For any other path,
//! such as `http://127.0.0.1:PORT/etc/passwd`, the server tries to read that file, as if it had a
//! bug, and the kernel denies it: "Operation not permitted". Ctrl-C ends it. With `--requests N` it
//! ends after N requests.
//!
//! What this program shows:
//!
//! - Bind first, then install the filter, then serve. `install` confines the process: the thread
//!   that calls it, the workers of the runtime, and every thread that one of them starts.
//! - tokio reads files in threads that it starts when it needs them. So the profile must allow
//!   starting threads: the group `event-loop` contains `threads`. A thread that starts later has the
//!   filter from its first instruction.
//! - Which groups: `event-loop` for tokio itself, `panic` for a task that panics, `stdio` to print.
//!   The profile adds what this server does, and not the group `tcp`, because after binding it makes
//!   no more sockets.

use std::io;
use std::process::ExitCode;

use lexopt::prelude::*;
use seccomp_profile::{Filter, seccomp_profile, syscall};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

static SERVER: Filter = seccomp_profile!(
    "examples/async_server.json",
    with = ["event-loop", "panic", "stdio"],
    native_only = true,
    newer_syscalls = "ENOSYS"
);

const _: () = {
    assert!(SERVER.evaluate(&syscall!(accept4)).runs());
    assert!(!SERVER.evaluate(&syscall!(openat)).runs());
    assert!(!SERVER.evaluate(&syscall!(socket)).runs());
    assert!(!SERVER.allows_exec());
};

/// The most bytes that are read of a request.
const LONGEST: usize = 16 << 10;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_io()
        .build();
    match runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run()))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("async_server: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let requests = arguments()?;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;

    SERVER.install()?;
    println!("http://{address}/");

    let (sender, mut served) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let accepted = listener.accept().await;
            let sender = sender.clone();
            // Any worker can run this task.
            tokio::spawn(async move {
                let outcome = match accepted {
                    Ok((peer, _)) => serve(peer).await,
                    Err(problem) => Err(problem),
                };
                // If nothing receives the outcomes any more, the process is about to end.
                let _ = sender.send(outcome);
            });
        }
    });
    for _ in 0..requests {
        match served.recv().await {
            Some(Ok(line)) => println!("{line}"),
            Some(Err(problem)) => eprintln!("async_server: {problem}"),
            None => break,
        }
    }
    Ok(())
}

fn arguments() -> Result<usize, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut requests = usize::MAX;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("requests") => requests = parser.value()?.parse()?,
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(requests)
}

/// Answers a request, and returns the request and the status.
async fn serve(mut peer: TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && request.len() < LONGEST {
        if peer.read_buf(&mut request).await? == 0 {
            break;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let line = request.lines().next().unwrap_or_default();
    let (status, body) = match line.split(' ').collect::<Vec<_>>()[..] {
        ["GET", "/", _] => ("200 OK", String::from("hello\n")),
        // In a thread that starts now.
        ["GET", path, _] => match tokio::fs::read(path).await {
            Ok(_) => (
                "500 Internal Server Error",
                "the profile allowed it\n".into(),
            ),
            Err(error) => ("403 Forbidden", format!("{path}: {error}\n")),
        },
        _ => ("400 Bad Request", "use GET\n".into()),
    };
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    peer.write_all(answer.as_bytes()).await?;
    peer.shutdown().await?;
    Ok(format!("{} -> {status}", line.escape_debug()))
}
