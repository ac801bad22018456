//! The calls of `ptrace` that are needed, each with its types.

use std::ffi::CString;
use std::io;

use libc::{c_int, pid_t};

/// What a stopped thread is about to ask of the kernel.
pub(crate) struct Entry {
    /// The audit architecture of the entry.
    pub(crate) arch: u32,
    /// The address of the next instruction.
    pub(crate) after: u64,
    pub(crate) number: u64,
}

const OPTIONS: c_int = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_EXITKILL;

/// Of `linux/ptrace.h`; libc has them for glibc only. The type of requests differs between C libraries.
const GET_SYSCALL_INFO: Request = 0x420e;
const ENTRY: u8 = 1;
#[cfg(target_env = "gnu")]
type Request = libc::c_uint;
#[cfg(not(target_env = "gnu"))]
type Request = c_int;

/// Starts a program that waits until it is attached, and attaches it.
pub(crate) fn start(command: &[CString]) -> io::Result<pid_t> {
    let mut words: Vec<_> = command.iter().map(|word| word.as_ptr()).collect();
    words.push(std::ptr::null());
    let mut pipe = [0; 2];
    // SAFETY: the array has room for two descriptors.
    check(unsafe { libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) })?;
    // SAFETY: one thread runs, and the child makes only calls that are safe after `fork`.
    let child = check(unsafe { libc::fork() })?;
    if child == 0 {
        // SAFETY: the words end with a null pointer and outlive the call.
        unsafe {
            libc::close(pipe[1]);
            let mut byte = 0_u8;
            libc::read(pipe[0], (&raw mut byte).cast(), 1);
            libc::execv(words[0], words.as_ptr());
            libc::_exit(126);
        }
    }
    seize(child)?;
    // SAFETY: both descriptors are ours.
    unsafe {
        libc::close(pipe[0]);
        libc::close(pipe[1]);
    }
    Ok(child)
}

fn seize(thread: pid_t) -> io::Result<()> {
    // SAFETY: the request takes no pointers.
    check(unsafe { libc::ptrace(libc::PTRACE_SEIZE, thread, 0_usize, OPTIONS as usize) } as c_int)?;
    Ok(())
}

/// Waits for a stop or an end of any thread, or gives `None` when there is none left.
pub(crate) fn wait() -> io::Result<Option<(pid_t, c_int)>> {
    let mut status = 0;
    loop {
        // SAFETY: `status` outlives the call.
        match check(unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL) }) {
            Ok(thread) => return Ok(Some((thread, status))),
            Err(error) if error.raw_os_error() == Some(libc::ECHILD) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

/// How a stopped thread goes on.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    ToNextCall,
    Freely,
    Stopped,
}

/// Lets a thread go on, with a signal unless it is 0. A thread that has been killed is no error.
pub(crate) fn go_on(thread: pid_t, mode: Mode, signal: c_int) -> io::Result<()> {
    let request = match mode {
        Mode::ToNextCall => libc::PTRACE_SYSCALL,
        Mode::Freely => libc::PTRACE_CONT,
        Mode::Stopped => libc::PTRACE_LISTEN,
    };
    // SAFETY: the requests take no pointers.
    match check(unsafe { libc::ptrace(request, thread, 0_usize, signal as usize) } as c_int) {
        Err(error) if error.raw_os_error() != Some(libc::ESRCH) => Err(error),
        _ => Ok(()),
    }
}

/// The entry that a thread stopped at, or `None` at the end of a call.
pub(crate) fn entry(thread: pid_t) -> Option<Entry> {
    // `struct ptrace_syscall_info`: op, arch, instruction pointer, stack pointer, number.
    let mut info = [0_u64; 16];
    // SAFETY: the size is that of the buffer.
    let size = unsafe {
        libc::ptrace(
            GET_SYSCALL_INFO,
            thread,
            size_of_val(&info),
            info.as_mut_ptr(),
        )
    };
    (size > 0 && info[0] as u8 == ENTRY).then_some(Entry {
        arch: (info[0] >> 32) as u32,
        after: info[1],
        number: info[3],
    })
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}
