//! Calls of a thread → whether it prints a backtrace of a panic, for which it reads files that the
//! program never reads otherwise.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::syscalls;

/// What is said of it.
pub(super) const HINT: &str = "a thread panicked and read files for its backtrace \
     (RUST_BACKTRACE): the group `backtrace` allows this, and reading every file; without the \
     variable no group is needed";

/// How much of a message is read.
const MESSAGE: usize = 512;

/// The threads that panicked.
pub(super) struct Backtraces {
    arch: u32,
    write: Option<u32>,
    /// The calls that open a file, and which argument is the path.
    opens: [(Option<u32>, usize); 2],
    panicked: BTreeSet<u32>,
    /// Whether a call that belongs to a backtrace would not run.
    pub(super) denied: bool,
}

impl Backtraces {
    pub(super) fn new(abi: Abi) -> Backtraces {
        let number = |name| syscalls::number(abi, name);
        Backtraces {
            arch: abi.token(),
            write: number("write"),
            opens: [(number("openat"), 1), (number("open"), 0)],
            panicked: BTreeSet::new(),
            denied: false,
        }
    }

    /// Looks at a call of a thread that waits for its answer.
    pub(super) fn look(&mut self, thread: u32, data: &SeccompData, runs: bool) {
        if self.denied || data.arch != self.arch {
            return;
        }
        if Some(data.nr) == self.write && data.args[0] == 2 {
            let length = usize::try_from(data.args[2]).map_or(MESSAGE, |it| it.min(MESSAGE));
            let mut message = vec![0; length];
            read(thread, data.args[1], &mut message);
            let panics = b"panicked at ";
            if message.windows(panics.len()).any(|part| part == panics) {
                self.panicked.insert(thread);
            }
        }
        let mut opens = self.opens.iter();
        let path = opens.find(|(nr, _)| *nr == Some(data.nr));
        if let (Some((_, path)), false, true) = (path, runs, self.panicked.contains(&thread)) {
            // `std` looks for the files of the process.
            let wanted = b"/proc/self/maps\0";
            let mut bytes = [0; 16];
            read(thread, data.args[*path], &mut bytes);
            self.denied = bytes == *wanted;
        }
    }
}

/// Reads memory of a thread; what cannot be read stays as it is.
fn read(thread: u32, address: u64, buffer: &mut [u8]) {
    let memory = File::open(format!("/proc/{thread}/mem"));
    let _ = memory.and_then(|memory| memory.read_at(buffer, address));
}
