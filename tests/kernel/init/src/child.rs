//! A forked child, where a filter does its work without touching anything else.

use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicI64, AtomicPtr, AtomicU32, Ordering::SeqCst};

use libc::c_int;

use crate::bound::bound;

/// How a child's call ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The call returned this.
    Answered(i64),
    /// The handler of SIGSYS was told this.
    Trapped { errno: i32, nr: u32, arch: u32 },
    /// The process was killed.
    Killed(c_int),
    /// The filter could not be installed.
    NotInstalled,
    /// The process ended as it should not have.
    Exited(c_int),
}

/// What a child leaves behind, in memory that its parent shares.
#[repr(C)]
pub(crate) struct Seen {
    state: AtomicU32,
    before: AtomicI64,
    answer: AtomicI64,
    errno: AtomicI32,
    nr: AtomicU32,
    arch: AtomicU32,
}

const NOTHING: u32 = 0;
const ANSWERED: u32 = 1;
const TRAPPED: u32 = 2;
const NOT_INSTALLED: u32 = 3;

impl Seen {
    /// Keeps the answer that the call has without a filter.
    pub(crate) fn before(&self, answer: i64) {
        self.before.store(answer, SeqCst);
    }

    /// Keeps the answer of the call, if no signal came first.
    pub(crate) fn answer(&self, answer: i64) {
        self.answer.store(answer, SeqCst);
        let _ = self
            .state
            .compare_exchange(NOTHING, ANSWERED, SeqCst, SeqCst);
    }

    /// Keeps that there is no filter.
    pub(crate) fn not_installed(&self) {
        self.state.store(NOT_INSTALLED, SeqCst);
    }
}

/// Where the handler of SIGSYS writes.
static SEEN: AtomicPtr<Seen> = AtomicPtr::new(ptr::null_mut());

/// Runs `work` in a child and returns what the call answers without a filter, as far as `work`
/// asked, and how it ended with one.
pub(crate) fn observe(work: impl FnOnce(&Seen)) -> (i64, End) {
    let page = page();
    // SAFETY: the page is mapped, aligned and zero, and zeros are a `Seen`; only the child and
    // this process know it, and write it as atomics.
    let seen = unsafe { &*page };
    let status = fork(|| {
        SEEN.store(page, SeqCst);
        handle_sigsys();
        work(seen);
        0
    });
    let end = if libc::WIFSIGNALED(status) {
        End::Killed(libc::WTERMSIG(status))
    } else {
        match (libc::WEXITSTATUS(status), seen.state.load(SeqCst)) {
            (0, ANSWERED) => End::Answered(seen.answer.load(SeqCst)),
            (0, TRAPPED) => End::Trapped {
                errno: seen.errno.load(SeqCst),
                nr: seen.nr.load(SeqCst),
                arch: seen.arch.load(SeqCst),
            },
            (0, NOT_INSTALLED) => End::NotInstalled,
            (code, _) => End::Exited(code),
        }
    };
    let before = seen.before.load(SeqCst);
    // SAFETY: mapped by `page`; `seen` is not used any more.
    unsafe { libc::munmap(page.cast(), size_of::<Seen>()) };
    (before, end)
}

/// Nothing, or what is wrong.
pub(crate) type Verdict = Result<(), String>;

/// Ends a test with what does not hold, and with the values that say why.
macro_rules! require {
    ($condition:expr $(, $value:expr)*) => {
        if !$condition {
            let why = [
                String::from(stringify!($condition)),
                $(format!("{} is {:?}", stringify!($value), $value),)*
            ];
            return Err(why.join("; "));
        }
    };
}
pub(crate) use require;

/// Runs `work` in a child and requires that it ends well.
pub(crate) fn passes(work: &fn() -> Verdict) -> Verdict {
    let status = fork(|| match work() {
        Ok(()) => 0,
        Err(why) => {
            println!("# {why}");
            1
        }
    });
    match status {
        0 => Ok(()),
        _ => Err(format!("the child ended with status {status:#x}")),
    }
}

/// Runs `work` in a child and returns the wait status.
pub(crate) fn fork(work: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: this process has one thread, so that its child may do whatever it could do itself.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork: {}", std::io::Error::last_os_error());
    if pid == 0 {
        bound();
        let code = work();
        // SAFETY: ends the process at once, by a call that every policy allows.
        unsafe { libc::_exit(code) }
    }
    let mut status = 0;
    // SAFETY: `pid` is a child of this process that nobody else waits for.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    status
}

fn page() -> *mut Seen {
    // SAFETY: a fresh anonymous mapping, which replaces none.
    let page = unsafe {
        libc::mmap(
            ptr::null_mut(),
            size_of::<Seen>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(page, libc::MAP_FAILED);
    page.cast()
}

/// The part of `siginfo_t` that seccomp fills (`include/uapi/asm-generic/siginfo.h`, `_sigsys`);
/// MIPS has the code before the errno.
#[repr(C)]
struct Sigsys {
    signo: c_int,
    #[cfg(not(target_arch = "mips64"))]
    errno: c_int,
    code: c_int,
    #[cfg(target_arch = "mips64")]
    errno: c_int,
    call_addr: *mut libc::c_void,
    syscall: c_int,
    arch: u32,
}

extern "C" fn on_sigsys(_: c_int, info: *mut Sigsys, _: *mut libc::c_void) {
    // SAFETY: the kernel passes what it filled, which lives until the handler returns; `observe`
    // stored a mapped page before it set the handler.
    let (info, seen) = unsafe { (&*info, &*SEEN.load(SeqCst)) };
    seen.errno.store(info.errno, SeqCst);
    seen.nr.store(info.syscall as u32, SeqCst);
    seen.arch.store(info.arch, SeqCst);
    seen.state.store(TRAPPED, SeqCst);
}

fn handle_sigsys() {
    // SAFETY: all zeros are a `sigaction`; the handler only stores to atomics.
    let handled = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_flags = libc::SA_SIGINFO;
        action.sa_sigaction = on_sigsys as *const () as usize;
        libc::sigaction(libc::SIGSYS, &action, ptr::null_mut())
    };
    assert_eq!(handled, 0);
}
