//! Other threads of a child, made by clone(2) alone, and the filters of several threads.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

use libc::c_int;
use seccomp_profile::{Error, Filter, seccomp_profile};

use crate::child::{Verdict, call, check, passes, prctl};
use crate::{ACTIONS, SECOND};

static TSYNC: Filter = seccomp_profile!("tests/profiles/install-tsync.json");

const TSYNC_FLAG: u32 = libc::SECCOMP_FILTER_FLAG_TSYNC as u32;

#[repr(align(16))]
struct Stack(UnsafeCell<[u8; 1 << 16]>);

// SAFETY: only the one thread that `start` makes with it uses it.
unsafe impl Sync for Stack {}

/// The most threads that a child can start.
const MOST: usize = 3;

static STACKS: [Stack; MOST] = [const { Stack(UnsafeCell::new([0; 1 << 16])) }; MOST];

/// The numbers of the running threads. The kernel makes one 0 when the thread ends, however it ends.
static TIDS: [AtomicI32; MOST] = [const { AtomicI32::new(0) }; MOST];

/// How many threads were started.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Another thread of a child.
pub(crate) struct Thread {
    index: usize,
    tid: c_int,
}

/// Starts another thread of a child. The address that the body gets is the thread's index.
///
/// It shares errno with the others, so only one of them may make calls that fail at a time.
pub(crate) fn start(body: extern "C" fn(*mut c_void) -> c_int) -> Result<Thread, u32> {
    let flags = libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_PARENT_SETTID
        | libc::CLONE_CHILD_CLEARTID;
    let index = STARTED.fetch_add(1, SeqCst);
    check!(index < MOST);
    // SAFETY: no other thread uses the stack. It lives as long as the process, as the number does.
    // The body unwinds nowhere and touches no thread-local memory but errno.
    let tid = unsafe {
        libc::clone(
            body,
            STACKS[index].0.get().add(1).cast(),
            flags,
            ptr::without_provenance_mut(index),
            TIDS[index].as_ptr(),
            ptr::null_mut::<c_void>(),
            TIDS[index].as_ptr(),
        )
    };
    check!(tid > 0);
    Ok(Thread { index, tid })
}

impl Thread {
    /// Waits until the kernel has ended the thread.
    pub(crate) fn wait_for_its_end(&self) {
        wait_until(|| TIDS[self.index].load(SeqCst) == 0);
    }
}

/// Waits without a call that could fail and so write errno.
fn wait_until(condition: impl Fn() -> bool) {
    while !condition() {
        // SAFETY: takes no arguments.
        unsafe { libc::sched_yield() };
    }
}

/// What a thread found: the errno of `getppid`, or 0; that of `getegid`; and `no_new_privs`.
type Found = [c_int; 3];

fn look() -> Found {
    let errno = |nr| call(nr).err().unwrap_or(0);
    let no_new_privs = prctl(libc::PR_GET_NO_NEW_PRIVS).map_or(-1, |on| on as c_int);
    [
        errno(libc::SYS_getppid),
        errno(libc::SYS_getegid),
        no_new_privs,
    ]
}

/// The number of the thread that may look: its index and 1.
static TURN: AtomicUsize = AtomicUsize::new(0);

static FOUND: [[AtomicI32; 3]; MOST] = [const { [const { AtomicI32::new(-1) }; 3] }; MOST];

/// The body of a thread that waits until it may look.
extern "C" fn waits(index: *mut c_void) -> c_int {
    let index = index.addr();
    wait_until(|| TURN.load(SeqCst) == index + 1);
    for (place, value) in FOUND[index].iter().zip(look()) {
        place.store(value, SeqCst);
    }
    0
}

impl Thread {
    /// Lets a thread that waits look, and returns what it found.
    fn finds(&self) -> Found {
        TURN.store(self.index + 1, SeqCst);
        self.wait_for_its_end();
        [0, 1, 2].map(|place| FOUND[self.index][place].load(SeqCst))
    }
}

/// Installs while three other threads run. Requires that each of them finds this then.
fn others_find(expected: Found, install: impl FnOnce() -> Verdict) -> Verdict {
    let others = [start(waits)?, start(waits)?, start(waits)?];
    install()?;
    for other in &others {
        check!(other.finds() == expected);
    }
    Ok(())
}

#[test]
fn install_confines_all_threads() {
    for filter in [ACTIONS, TSYNC] {
        passes(|| {
            others_find([libc::EXDEV, 0, 1], || {
                let Ok(enforced) = filter.install() else {
                    return Err(line!());
                };
                check!(enforced.on_all_threads());
                check!(enforced.flags() == TSYNC_FLAG);
                check!(look() == [libc::EXDEV, 0, 1]);
                Ok(())
            })
        });
    }
}

#[test]
fn install_on_this_thread_confines_no_other() {
    passes(|| {
        let before = look();
        others_find(before, || {
            let Ok(enforced) = ACTIONS.install_on_this_thread() else {
                return Err(line!());
            };
            check!(!enforced.on_all_threads());
            check!(enforced.flags() == 0);
            check!(look() == [libc::EXDEV, 0, 1]);
            Ok(())
        })
    });
}

/// What a person wrote in the profile is not loosened, not even by the name of a function.
#[test]
fn the_flag_tsync_forbids_a_filter_on_one_thread() {
    assert_eq!(TSYNC.flags(), TSYNC_FLAG);
    passes(|| {
        let before = look();
        check!(before[..2] == [0, 0]);
        others_find(before, || {
            let refused = TSYNC.install_on_this_thread();
            check!(refused == Err(Error::AllThreadsRequired));
            check!(look() == before);
            Ok(())
        })
    });
}

#[test]
fn other_threads_get_the_older_filters_of_this_one_too() {
    passes(|| {
        others_find([libc::EXDEV, libc::EEXIST, 1], || {
            check!(SECOND.install_on_this_thread().is_ok());
            check!(ACTIONS.install().is_ok());
            check!(look() == [libc::EXDEV, libc::EEXIST, 1]);
            Ok(())
        })
    });
}

#[test]
fn a_diverged_thread_is_named_and_no_thread_is_confined() {
    static STEP: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn diverges(index: *mut c_void) -> c_int {
        let installed = SECOND.install_on_this_thread().is_ok();
        STEP.store(if installed { 1 } else { 2 }, SeqCst);
        waits(index)
    }
    passes(|| {
        let free = start(waits)?;
        let diverged = start(diverges)?;
        wait_until(|| STEP.load(SeqCst) != 0);
        check!(STEP.load(SeqCst) == 1);
        let tid = Some(diverged.tid);
        for filter in [ACTIONS, TSYNC] {
            check!(filter.install() == Err(Error::NotSynchronised { tid }));
        }
        check!(look()[..2] == [0, 0]);
        check!(free.finds()[..2] == [0, 0]);
        // Its own filter is still its newest.
        check!(diverged.finds()[..2] == [libc::EEXIST, libc::EEXIST]);
        // When it has ended, it is not in the way any more.
        check!(ACTIONS.install().is_ok());
        check!(look() == [libc::EXDEV, 0, 1]);
        Ok(())
    });
}

/// The other threads could not be confined, so this one is not.
#[test]
fn a_kernel_without_tsync_confines_one_thread_only_if_asked_to() {
    const LINUX_3_16: Filter = seccomp_profile!("tests/profiles/install-on-linux-3.16.json");
    passes(|| {
        check!(LINUX_3_16.install().is_ok());
        others_find([0, 0, 1], || {
            let errno = libc::ENOSYS;
            let refused = Err(Error::AllThreadsUnsupported { errno });
            for filter in [SECOND, TSYNC] {
                check!(filter.install() == refused);
                check!(look() == [0, 0, 1]);
            }
            check!(TSYNC.install_on_this_thread() == Err(Error::AllThreadsRequired));
            check!(look() == [0, 0, 1]);
            check!(SECOND.install_on_this_thread().is_ok());
            check!(look() == [libc::EEXIST, libc::EEXIST, 1]);
            Ok(())
        })
    });
}
