//! The deeds, and the groups that they need.

/// What standard input and output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    Pipes,
    FileToPipe,
    Files,
}

/// A deed of the program `deeds`.
#[derive(Debug)]
pub struct Deed {
    pub name: &'static str,
    pub groups: &'static [&'static str],
    pub io: Io,
    /// Whether `RUST_BACKTRACE` is set.
    pub trace: bool,
    /// Whether programs with `panic = "abort"` do it too.
    pub aborting: bool,
}

const fn deed(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed { name, groups, io: Io::Pipes, trace: false, aborting: false }
}

const fn crash(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed { aborting: true, ..deed(name, groups) }
}

const fn trace(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed { trace: true, ..crash(name, groups) }
}

const fn with(io: Io, name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed { io, ..deed(name, groups) }
}

pub const DEEDS: &[Deed] = &[
    crash("return", &["exit"]),
    crash("exit", &["exit"]),
    crash("null", &["abort"]),
    crash("trap", &["abort"]),
    crash("abort", &["abort"]),
    crash("overflow", &["abort"]),
    crash("free", &["abort"]),
    crash("panic", &["panic"]),
    deed("caught", &["panic"]),
    // Of a panic that must not unwind std prints the backtrace, whatever the environment says.
    crash("twice", &["backtrace"]),
    crash("no-unwind", &["backtrace"]),
    crash("thread-panic", &["panic", "threads", "stdio"]),
    crash("thread-overflow", &["abort", "threads"]),
    crash("thread-null", &["abort", "threads"]),
    trace("panic", &["backtrace"]),
    trace("thread-panic", &["backtrace", "threads", "stdio"]),
    crash("captured", &["backtrace", "stdio"]),
    deed("allocate", &["exit", "memory"]),
    deed("print", &["exit", "memory", "stdio"]),
    deed("read", &["exit", "memory", "stdio"]),
    deed("vectored", &["exit", "memory", "stdio"]),
    deed("terminal", &["exit", "memory", "stdio"]),
    deed("copy", &["exit", "memory", "stdio"]),
    with(Io::FileToPipe, "copy", &["exit", "memory", "stdio"]),
    with(Io::Files, "copy", &["exit", "memory", "stdio"]),
    deed("now", &["exit", "time"]),
    deed("cpu-clock", &["exit", "time"]),
    deed("sleep", &["exit", "time"]),
    deed("long-sleep", &["exit", "time"]),
    deed("nanosleep", &["exit", "time"]),
    deed("hash", &["exit", "random"]),
    deed("threads", &["exit", "threads"]),
    deed("named", &["exit", "threads"]),
    deed("park", &["exit", "threads"]),
    deed("long-park", &["exit", "threads"]),
    deed("locks", &["exit", "threads"]),
    deed("thread-hash", &["exit", "threads", "random"]),
    deed("files", &["exit", "files-read"]),
    deed("lock", &["exit", "files-read"]),
    deed("map", &["exit", "files-read"]),
    deed("cat", &["exit", "files-read", "stdio"]),
    deed("parallelism", &["exit", "files-read", "threads"]),
    deed("write-files", &["exit", "files-write"]),
    deed("change-files", &["exit", "files-write"]),
    deed("copy-files", &["exit", "files-write", "stdio"]),
    deed("tcp", &["exit", "memory", "tcp"]),
    deed("tcp6", &["exit", "memory", "tcp"]),
    deed("tcp-options", &["exit", "memory", "tcp"]),
    deed("tcp-protocol", &["exit", "memory", "tcp"]),
    with(Io::FileToPipe, "tcp-file", &["exit", "memory", "tcp", "stdio"]),
    deed("tcp-messages", &["exit", "memory", "tcp"]),
    deed("udp", &["exit", "memory", "udp"]),
    deed("udp6", &["exit", "memory", "udp"]),
    deed("udp-protocol", &["exit", "memory", "udp"]),
    deed("udp-messages", &["exit", "memory", "udp"]),
    deed("unix", &["exit", "memory", "unix-sockets"]),
    deed("unix-pair", &["exit", "memory", "unix-sockets"]),
    deed("unix-messages", &["exit", "memory", "unix-sockets"]),
    deed("local-name", &["exit", "dns", "stdio"]),
    deed("unknown-name", &["exit", "dns", "stdio"]),
    deed("own-addresses", &["exit", "dns", "stdio"]),
    deed("tokio", &["exit", "event-loop", "tcp", "random"]),
    deed("tokio-one", &["exit", "event-loop", "random"]),
    deed("timer", &["exit", "event-loop"]),
    deed("spawn", &["spawn"]),
    deed("output", &["spawn", "stdio"]),
    deed("kill", &["spawn", "time"]),
    deed("fork", &["spawn"]),
    deed("missing", &["spawn"]),
    deed("itself", &["spawn"]),
];
