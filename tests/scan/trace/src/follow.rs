//! A program and all that it starts → the places of its calls.

use std::collections::{BTreeSet, HashMap};
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use libc::{c_int, pid_t};

use crate::place::{Place, Places};
use crate::ptrace::{self, Mode};

const I386: u32 = 0x4000_0003;

/// Runs a command; gives the places with numbers, and the status as a shell has it.
pub(crate) fn follow(command: &[CString]) -> io::Result<(BTreeSet<(Place, String)>, u8)> {
    let path = command[0].to_str().map_err(io::Error::other)?;
    let file = fs::metadata(path)?;
    let first = ptrace::start(command)?;
    let mut run = Run {
        file: (file.dev(), file.ino()),
        counted: HashMap::new(),
        places: Places::new(),
        found: BTreeSet::new(),
    };
    let mut result = 0;
    while let Some((thread, status)) = ptrace::wait()? {
        if libc::WIFSTOPPED(status) {
            run.stopped(thread, status)?;
            continue;
        }
        run.counted.remove(&thread);
        run.places.forget(thread);
        if thread == first {
            result = if libc::WIFEXITED(status) {
                libc::WEXITSTATUS(status) as u8
            } else {
                128 + libc::WTERMSIG(status) as u8
            };
        }
    }
    Ok((run.found, result))
}

struct Run {
    /// The device and the number of the file that counts.
    file: (u64, u64),
    /// Whether a thread executes that file.
    counted: HashMap<pid_t, bool>,
    places: Places,
    found: BTreeSet<(Place, String)>,
}

impl Run {
    fn stopped(&mut self, thread: pid_t, status: c_int) -> io::Result<()> {
        let (signal, event) = (libc::WSTOPSIG(status), status >> 16);
        if event == libc::PTRACE_EVENT_EXEC || !self.counted.contains_key(&thread) {
            self.places.forget(thread);
            let counts = fs::metadata(format!("/proc/{thread}/exe"))
                .is_ok_and(|file| (file.dev(), file.ino()) == self.file);
            self.counted.insert(thread, counts);
        }
        let counts = self.counted[&thread];
        let mode = if counts {
            Mode::ToNextCall
        } else {
            Mode::Freely
        };
        if signal == libc::SIGTRAP | 0x80 {
            if counts {
                self.call(thread)?;
            }
            return ptrace::go_on(thread, mode, 0);
        }
        // The signals that stop a whole process, as opposed to their delivery, `ptrace(2)`,
        // *Group-stop*.
        if event == libc::PTRACE_EVENT_STOP && signal != libc::SIGTRAP {
            return ptrace::go_on(thread, Mode::Stopped, 0);
        }
        ptrace::go_on(thread, mode, if event == 0 { signal } else { 0 })
    }

    fn call(&mut self, thread: pid_t) -> io::Result<()> {
        let Some(entry) = ptrace::entry(thread) else {
            return Ok(());
        };
        // `syscall`, `int 0x80` and `sysenter` have two bytes, `svc` has four.
        let size = if cfg!(target_arch = "aarch64") { 4 } else { 2 };
        let Some(place) = self.places.at(thread, entry.after - size)? else {
            return Ok(());
        };
        // The kernel looks at 32 bits, `do_syscall_64`.
        let number = if entry.arch == I386 && !cfg!(target_arch = "x86") {
            format!("i386:{}", entry.number)
        } else {
            (entry.number as i32).to_string()
        };
        self.found.insert((place, number));
        let maps = [libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap];
        if entry.arch == I386 || maps.contains(&(entry.number as libc::c_long)) {
            self.places.forget_all();
        }
        Ok(())
    }
}
