//! The examples `server` and `async_server` as a user runs them.
#![cfg(target_os = "linux")]

#[path = "support/example.rs"]
mod example;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A server that runs, and ends with the test.
struct Server {
    process: Child,
    address: String,
    output: BufReader<ChildStdout>,
}

impl Server {
    fn start(requests: &str) -> Server {
        Server::of("server", &["--requests", requests, "Cargo.toml"])
    }

    fn of(example: &str, words: &[&str]) -> Server {
        let mut process = Command::new(example::example(example))
            .args(words)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("http://");
        let address = address.and_then(|line| line.strip_suffix('/'));
        Server {
            address: address.expect("an address").into(),
            process,
            output,
        }
    }

    /// Sends a request, and returns the answer's status and body.
    fn ask(&self, request: &str) -> (String, String) {
        let mut peer = TcpStream::connect(&self.address).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request = format!("{request}\r\nHost: {}\r\n\r\n", self.address);
        peer.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        peer.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.lines().next().unwrap();
        let length = format!("\r\nContent-Length: {}\r\n", body.len());
        assert!(head.contains(&length), "{head}");
        (status.into(), body.into())
    }

    /// The lines about requests, sorted: which worker prints first is not promised.
    fn lines(&mut self) -> Vec<String> {
        let mut lines = String::new();
        self.output.read_to_string(&mut lines).unwrap();
        let mut lines: Vec<String> = lines.lines().map(str::to_string).collect();
        lines.sort();
        lines
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn it_serves_the_file_that_was_open_and_can_open_no_other() {
    let mut server = Server::start("4");
    let page = fs::read_to_string("Cargo.toml").unwrap();
    let good = (String::from("HTTP/1.1 200 OK"), page);
    assert_eq!(server.ask("GET / HTTP/1.1"), good);

    for path in ["/etc/passwd", "/proc/self/mem"] {
        let (status, body) = server.ask(&format!("GET {path} HTTP/1.1"));
        assert_eq!(status, "HTTP/1.1 403 Forbidden");
        assert_eq!(
            body,
            format!("{path}: Operation not permitted (os error 1)\n")
        );
    }
    assert_eq!(server.ask("GET / HTTP/1.1"), good);

    assert_eq!(
        server.lines(),
        [
            "GET / HTTP/1.1 -> 200 OK",
            "GET / HTTP/1.1 -> 200 OK",
            "GET /etc/passwd HTTP/1.1 -> 403 Forbidden",
            "GET /proc/self/mem HTTP/1.1 -> 403 Forbidden",
        ]
    );
    assert!(server.process.wait().unwrap().success());
}

/// How many threads a server has. The kernel says of each that a filter confines it.
fn confined_threads(server: &Server) -> usize {
    let tasks = format!("/proc/{}/task", server.process.id());
    let mut threads = 0;
    for task in fs::read_dir(tasks).unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(status.contains("\nNoNewPrivs:\t1\n"), "{status}");
        assert!(status.contains("\nSeccomp:\t2\n"), "{status}");
        threads += 1;
    }
    threads
}

#[test]
fn all_threads_are_confined() {
    assert_eq!(confined_threads(&Server::start("1")), 3);
}

#[test]
fn all_workers_of_tokio_are_confined_and_those_that_start_later() {
    let mut server = Server::of("async_server", &["--requests", "40"]);
    // The main thread and four workers.
    let before = confined_threads(&server);
    assert!((2..=5).contains(&before), "{before}");
    for _ in 0..20 {
        let (status, body) = server.ask("GET / HTTP/1.1");
        assert_eq!(
            (status.as_str(), body.as_str()),
            ("HTTP/1.1 200 OK", "hello\n")
        );
        // A thread for blocking work reads it.
        let (status, body) = server.ask("GET /etc/passwd HTTP/1.1");
        assert_eq!(status, "HTTP/1.1 403 Forbidden");
        assert_eq!(body, "/etc/passwd: Operation not permitted (os error 1)\n");
    }
    let lines = server.lines();
    assert_eq!(lines.len(), 40);
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn what_a_client_sends_is_not_trusted() {
    let mut server = Server::start("2");
    let (status, _) = server.ask("PUT /\x1b[2J");
    assert_eq!(status, "HTTP/1.1 400 Bad Request");
    // One that says nothing.
    drop(TcpStream::connect(&server.address).unwrap());
    let expected = [" -> 400 Bad Request", "PUT /\\u{1b}[2J -> 400 Bad Request"];
    assert_eq!(server.lines(), expected);
    assert!(server.process.wait().unwrap().success());
}
