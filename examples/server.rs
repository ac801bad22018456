//! A web server that can only serve: it opens its file and its socket, starts its workers, and then
//! gives up all other system calls for all of its threads at once.
//!
//! `cargo run -q --example server -- README.md` listens on a free port of this machine and prints
//! its address, `http://127.0.0.1:PORT/`. `curl` of that address gets the file. For any other path,
//! such as `http://127.0.0.1:PORT/etc/passwd`, the server tries to open the file, as if it had a
//! bug, and the kernel denies it: "Operation not permitted". The server prints a line for each
//! request, `GET / HTTP/1.1 -> 200 OK` or `GET /etc/passwd HTTP/1.1 -> 403 Forbidden`. Ctrl-C ends
//! it. With `--requests N` before the file it ends after N requests.
//!
//! What this program shows:
//!
//! - First do everything that needs many calls: open, bind, start threads. The rest needs few. The
//!   profile has no `openat`, `socket`, `clone` or `execve`, so even code that takes over a worker
//!   cannot open files, connect, or start programs.
//! - Threads share memory, so they must share the filter. Otherwise code in a confined thread could
//!   make an unconfined one execute calls. `install` confines the workers although
//!   they already run. The server waits until they do, because a starting thread makes calls that a
//!   running one does not need.
//! - Denied calls fail with an errno here: a server should refuse a request rather than end. Calls
//!   newer than the compiler's table fail with `ENOSYS`, so that a newer C library falls back to
//!   older calls.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::process::ExitCode;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Barrier};
use std::thread;

use lexopt::prelude::*;
use seccomp_profile::{Filter, seccomp_profile, syscall};

static SERVER: Filter = seccomp_profile!(
    "examples/server.json",
    with = ["panic"],
    native_only = true,
    newer_syscalls = "ENOSYS"
);

const _: () = {
    assert!(SERVER.evaluate(&syscall!(accept4)).runs());
    assert!(!SERVER.evaluate(&syscall!(openat)).runs());
    assert!(!SERVER.evaluate(&syscall!(socket)).runs());
    assert!(!SERVER.allows_exec());
};

const USAGE: &str = "usage: server [--requests N] FILE";
const WORKERS: usize = 2;

/// The most bytes that are read of a request.
const LONGEST: u64 = 16 << 10;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("server: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let (path, requests) = arguments()?;
    let page = Arc::new(Page::open(&path)?);
    let listener = Arc::new(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?);
    let address = listener.local_addr()?;

    let (sender, served) = mpsc::channel();
    let together = Arc::new(Barrier::new(WORKERS + 1));
    for _ in 0..WORKERS {
        let (listener, page) = (Arc::clone(&listener), Arc::clone(&page));
        let (sender, together) = (sender.clone(), Arc::clone(&together));
        thread::spawn(move || {
            together.wait(); // started
            together.wait(); // confined
            work(&listener, &page, &sender);
        });
    }
    together.wait();
    SERVER.install()?;
    together.wait();
    println!("http://{address}/");

    for outcome in served.iter().take(requests) {
        match outcome {
            Ok(line) => println!("{line}"),
            Err(problem) => eprintln!("server: {problem}"),
        }
    }
    Ok(())
}

fn arguments() -> Result<(String, usize), lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let (mut path, mut requests) = (None, usize::MAX);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("requests") => requests = parser.value()?.parse()?,
            Value(file) if path.is_none() => path = Some(file.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok((path.ok_or(USAGE)?, requests))
}

/// Serves one request after the other, and sends the outcome of each.
fn work(listener: &TcpListener, page: &Page, outcomes: &Sender<io::Result<String>>) {
    loop {
        let outcome = listener.accept().and_then(|(peer, _)| serve(&peer, page));
        // If nothing receives the outcomes any more, the process is about to end.
        if outcomes.send(outcome).is_err() {
            return;
        }
    }
}

/// Answers a request, and returns the request and the status.
fn serve(mut peer: &TcpStream, page: &Page) -> io::Result<String> {
    let mut lines = BufReader::new(peer.take(LONGEST)).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    // If a connection is closed before everything was read, the peer loses the answer.
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let (status, body) = match request.split(' ').collect::<Vec<_>>()[..] {
        ["GET", "/", _] => ("200 OK", page.read()?),
        ["GET", path, _] => match File::open(path) {
            Ok(_) => (
                "500 Internal Server Error",
                b"the profile allowed it\n".into(),
            ),
            Err(error) => ("403 Forbidden", format!("{path}: {error}\n").into_bytes()),
        },
        _ => ("400 Bad Request", b"use GET\n".into()),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    peer.write_all(&[head.into_bytes(), body].concat())?;
    Ok(format!("{} -> {status}", request.escape_debug()))
}

/// The one file that can be served.
struct Page {
    file: File,
    length: usize,
}

impl Page {
    fn open(path: &str) -> io::Result<Page> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let length = usize::try_from(length).map_err(io::Error::other)?;
        Ok(Page { file, length })
    }

    /// Reads the file without moving its position, because workers read at the same time.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut body = vec![0; self.length];
        self.file.read_exact_at(&mut body, 0)?;
        Ok(body)
    }
}
