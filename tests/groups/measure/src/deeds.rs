//! The deeds, and the groups that they need.

/// What standard input and output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    Pipes,
    FileToPipe,
    Files,
    /// The output is appended to.
    Append,
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
    /// Whether it starts programs of this machine, which are of the first row's ABI.
    pub programs: bool,
}

const fn deed(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed {
        name,
        groups,
        io: Io::Pipes,
        trace: false,
        aborting: false,
        programs: false,
    }
}

const fn crash(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed {
        aborting: true,
        ..deed(name, groups)
    }
}

const fn trace(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed {
        trace: true,
        ..crash(name, groups)
    }
}

const fn programs(name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed {
        programs: true,
        ..deed(name, groups)
    }
}

const fn with(io: Io, name: &'static str, groups: &'static [&'static str]) -> Deed {
    Deed {
        io,
        ..deed(name, groups)
    }
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
    deed("allocate", &["memory"]),
    deed("print", &["memory", "stdio"]),
    deed("read", &["memory", "stdio"]),
    deed("vectored", &["memory", "stdio"]),
    deed("terminal", &["memory", "stdio"]),
    deed("copy", &["memory", "stdio"]),
    with(Io::FileToPipe, "copy", &["memory", "stdio"]),
    with(Io::Files, "copy", &["memory", "stdio"]),
    with(Io::Append, "copy", &["memory", "stdio"]),
    deed("now", &["time"]),
    deed("cpu-clock", &["time"]),
    deed("sleep", &["time"]),
    deed("long-sleep", &["time"]),
    deed("nanosleep", &["time"]),
    deed("hash", &["random"]),
    deed("threads", &["threads"]),
    deed("many-threads", &["threads", "files-read"]),
    deed("named", &["threads"]),
    deed("park", &["threads"]),
    deed("long-park", &["threads"]),
    deed("locks", &["threads"]),
    deed("thread-hash", &["threads", "random"]),
    deed("files", &["files-read"]),
    deed("lock", &["files-read"]),
    deed("map", &["files-read"]),
    deed("cat", &["files-read", "stdio"]),
    deed("parallelism", &["files-read", "threads"]),
    deed("write-files", &["files-write"]),
    deed("change-files", &["files-write"]),
    deed("copy-files", &["files-write", "stdio"]),
    deed("tcp", &["memory", "tcp"]),
    deed("tcp6", &["memory", "tcp"]),
    deed("tcp-options", &["memory", "tcp"]),
    deed("tcp-protocol", &["memory", "tcp"]),
    deed("tcp-file", &["memory", "tcp", "stdio"]),
    deed("tcp-messages", &["memory", "tcp"]),
    deed("udp", &["memory", "udp"]),
    deed("udp6", &["memory", "udp"]),
    deed("udp-protocol", &["memory", "udp"]),
    deed("udp-messages", &["memory", "udp"]),
    deed("unix", &["memory", "unix-sockets"]),
    deed("unix-pair", &["memory", "unix-sockets"]),
    deed("unix-messages", &["memory", "unix-sockets"]),
    deed("local-name", &["dns", "stdio"]),
    deed("unknown-name", &["dns", "stdio"]),
    deed("own-addresses", &["dns", "stdio"]),
    deed("tokio", &["event-loop", "tcp"]),
    deed("tokio-one", &["event-loop"]),
    deed("timer", &["event-loop"]),
    programs("spawn", &["spawn"]),
    programs("output", &["spawn", "stdio"]),
    programs("kill", &["spawn", "time"]),
    programs("fork", &["spawn"]),
    deed("missing", &["spawn"]),
    deed("itself", &["spawn"]),
];
