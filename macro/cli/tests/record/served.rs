//! A server that runs: what a client sees of it, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A server, or a recorder of one, that prints the address first.
pub(crate) struct Served {
    process: Child,
    address: String,
    output: BufReader<ChildStdout>,
}

impl Served {
    pub(crate) fn start(command: &mut Command) -> Served {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("http://");
        let address = address.and_then(|line| line.strip_suffix('/'));
        Served {
            address: address.unwrap_or_default().into(),
            process,
            output,
        }
    }

    /// Sends a request, and returns the status and the body of the answer; nothing if the
    /// connection is closed without one.
    pub(crate) fn ask(&self, path: &str) -> Option<(String, String)> {
        let mut peer = TcpStream::connect(&self.address).unwrap();
        peer.set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        peer.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // One that crashes resets the connection.
        let _ = peer.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.lines().next()?.strip_prefix("HTTP/1.1 ")?;
        Some((status.into(), body.into()))
    }

    /// Waits for the end, and returns the lines about requests, sorted, what was printed on standard
    /// error, and how it ended.
    pub(crate) fn end(mut self) -> (Vec<String>, String, ExitStatus) {
        let mut lines = String::new();
        self.output.read_to_string(&mut lines).unwrap();
        let mut lines: Vec<String> = lines.lines().map(str::to_string).collect();
        lines.sort();
        let mut errors = String::new();
        let mut pipe = self.process.stderr.take().unwrap();
        pipe.read_to_string(&mut errors).unwrap();
        (lines, errors, self.process.wait().unwrap())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
