//! The kernel's side of the crate: system calls, and the memory that they and a signal's handler share.
//!
//! The only unsafe code of the crate, and in one file so that it can be read at one go; that is why
//! it is long. Nothing here allocates, takes a lock or keeps state but the handler's own, so all of
//! it may run between `fork` and `exec` and in a signal handler that saves errno.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use libc::sock_filter;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use crate::elsewhere::report;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use crate::elsewhere::sock_filter;
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub(crate) use force::{before_exec, install_with_listener};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use force::{install, set_no_new_privs, takes, uname};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use sigsys::{Trap, die, report, write_error};

/// Returns the memory that the program lies in.
pub(crate) const fn bytes(program: &'static [sock_filter]) -> &'static [u8] {
    // SAFETY: an instruction has 2 + 1 + 1 + 4 bytes and no others, and any byte is a `u8`.
    unsafe { core::slice::from_raw_parts(program.as_ptr().cast(), size_of_val(program)) }
}

/// What puts a program in force, and what has to be known before.
#[cfg(any(target_os = "linux", target_os = "android"))]
mod force {
    use core::ptr;
    #[cfg(feature = "std")]
    use std::os::fd::{FromRawFd, OwnedFd};
    #[cfg(feature = "std")]
    use std::{io, os::unix::process::CommandExt as _, process::Command};

    #[cfg(target_os = "android")]
    pub(super) use libc::__errno as errno_location;
    #[cfg(not(target_os = "android"))]
    pub(super) use libc::__errno_location as errno_location;
    use libc::{c_int, c_long, c_ulong, sock_filter, sock_fprog};

    #[cfg(feature = "std")]
    use crate::{Filter, filter::SECCOMP_FILTER_FLAG_NEW_LISTENER};

    /// Installs the program for the calling thread, and returns what the kernel answered: at least 0.
    pub(crate) fn install(program: &'static [sock_filter], flags: u32) -> Result<c_long, c_int> {
        let program = sock_fprog {
            // 65,536 instructions must not become an empty program.
            len: u16::try_from(program.len()).map_err(|_| libc::EINVAL)?,
            filter: program.as_ptr().cast_mut(),
        };
        match seccomp(flags, &program) {
            Err(libc::ENOSYS) if flags == 0 => prctl_seccomp(&program),
            answer => answer,
        }
    }

    /// Does the same with the flag `NEW_LISTENER` as well, and returns the listener.
    #[cfg(feature = "std")]
    pub(crate) fn install_with_listener(
        program: &'static [sock_filter],
        flags: u32,
    ) -> Result<OwnedFd, c_int> {
        let fd = install(program, flags | SECCOMP_FILTER_FLAG_NEW_LISTENER)?;
        // SAFETY: with this flag the kernel answers with a descriptor that it made for this call, so
        // nobody else owns it; with TSYNC, which would answer with a thread, it takes the flag only
        // beside TSYNC_ESRCH (`kernel/seccomp.c: seccomp_set_mode_filter`). As there is a flag, the
        // answer is never prctl(2)'s. A filter above this one that answers in the kernel's place
        // can lie here as it can of any descriptor.
        Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
    }

    /// Returns whether the kernel takes the flags: it judges them before it looks for the program, so
    /// only then does it miss one.
    pub(crate) fn takes(flags: u32) -> bool {
        seccomp(flags, ptr::null()) == Err(libc::EFAULT)
    }

    /// Returns what the system says of itself.
    pub(crate) fn uname() -> Option<libc::utsname> {
        let mut name = core::mem::MaybeUninit::<libc::utsname>::zeroed();
        // SAFETY: uname(2) writes the structure that the pointer leads to, and nothing else.
        let answer = unsafe { libc::uname(name.as_mut_ptr()) };
        checked(answer.into()).ok()?;
        // SAFETY: bytes are all that it consists of, and all were zero before the call.
        Some(unsafe { name.assume_init() })
    }

    /// `include/uapi/linux/seccomp.h`; older releases of libc do not name it on Android.
    const SECCOMP_SET_MODE_FILTER: c_ulong = 1;

    fn seccomp(flags: u32, program: *const sock_fprog) -> Result<c_long, c_int> {
        // SAFETY: this operation writes no memory of the process. It reads the program by
        // copying from user space, and answers EFAULT where an address is not mapped.
        checked(unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                SECCOMP_SET_MODE_FILTER,
                c_ulong::from(flags),
                program,
            )
        })
    }

    /// Installs a program as kernels before 3.17 do, which have no seccomp(2) and no flags.
    fn prctl_seccomp(program: &sock_fprog) -> Result<c_long, c_int> {
        // SAFETY: as in `seccomp`; the kernel treats this call as that one without flags.
        checked(unsafe {
            libc::syscall(
                libc::SYS_prctl,
                c_long::from(libc::PR_SET_SECCOMP),
                c_ulong::from(libc::SECCOMP_MODE_FILTER),
                ptr::from_ref(program),
            )
        })
    }

    pub(crate) fn set_no_new_privs() -> Result<(), c_int> {
        let (option, on, unused) = (
            c_long::from(libc::PR_SET_NO_NEW_PRIVS),
            1 as c_ulong,
            0 as c_ulong,
        );
        // SAFETY: the arguments are plain numbers; the call sets one bit of the calling thread.
        let answer = unsafe { libc::syscall(libc::SYS_prctl, option, on, unused, unused, unused) };
        checked(answer).map(drop)
    }

    /// Turns the C library's answer into what it means.
    pub(super) fn checked(answer: c_long) -> Result<c_long, c_int> {
        if answer != -1 {
            return Ok(answer);
        }
        // SAFETY: the C library returns the address of the calling thread's errno, valid and aligned
        // as long as the thread runs; no other thread writes it.
        Err(unsafe { *errno_location() })
    }

    /// Makes a command install the filter in its child, between `fork` and `exec`.
    #[cfg(feature = "std")]
    pub(crate) fn before_exec(command: &mut Command, filter: Filter) -> &mut Command {
        let install = move || match filter.install() {
            Ok(_) => Ok(()),
            // Only a number reaches the parent, and only a number needs no allocation.
            Err(error) => Err(io::Error::from_raw_os_error(
                error.errno().unwrap_or(libc::EOPNOTSUPP),
            )),
        };
        // SAFETY: installing is what may be done there: it makes system calls, touches no memory but
        // its own stack and the thread's errno, allocates nothing and takes no lock.
        unsafe { command.pre_exec(install) }
    }
}

/// What a supervisor asks of a listener: seccomp_unotify(2).
#[cfg(all(feature = "std", any(target_os = "linux", target_os = "android")))]
pub(crate) mod listener {
    use core::ptr;
    use std::io;
    use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

    use libc::{c_int, c_long, c_short, c_ulong};

    use super::force::checked;

    /// Room for a notification or an answer, several times what Linux needs so far.
    pub(crate) const ROOM: usize = 512;

    /// The knowledge that the kernel's notifications and answers are no longer than [`ROOM`].
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Fits(());

    /// Asks the kernel how long they are; `None` if they are longer.
    pub(crate) fn fits() -> io::Result<Option<Fits>> {
        const SECCOMP_GET_NOTIF_SIZES: c_ulong = 3;
        let no_flags: c_ulong = 0;
        let mut sizes = [0_u16; 3];
        // SAFETY: the kernel writes a `struct seccomp_notif_sizes`, which is three such numbers:
        // of a notification, an answer, and the data of a call.
        let answer = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                SECCOMP_GET_NOTIF_SIZES,
                no_flags,
                sizes.as_mut_ptr(),
            )
        };
        told(answer)?;
        let [notification, answer, _] = sizes;
        let fits = usize::from(notification.max(answer)) <= ROOM;
        Ok(fits.then_some(Fits(())))
    }

    /// Waits for so many milliseconds, or for ever, for what poll(2) has to say of the listener.
    pub(crate) fn poll(listener: BorrowedFd<'_>, timeout: c_int) -> io::Result<c_short> {
        let mut poll = libc::pollfd {
            fd: listener.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: the kernel reads and writes the one structure that it is told of.
        told(unsafe { libc::poll(&mut poll, 1, timeout) }.into())?;
        Ok(poll.revents)
    }

    /// Receives a `struct seccomp_notif`, and waits for one if there is none.
    pub(crate) fn receive(listener: BorrowedFd<'_>, _: Fits) -> io::Result<[u8; ROOM]> {
        // Linux takes no other bytes (`kernel/seccomp.c: seccomp_notify_recv`).
        let mut buffer = [0; ROOM];
        // SAFETY: the kernel writes one notification, and it fits.
        let answer = unsafe { ioctl(listener, request(READ | WRITE, 0, 80), &mut buffer) };
        told(answer)?;
        Ok(buffer)
    }

    /// Answers with a `struct seccomp_notif_resp`.
    pub(crate) fn send(
        listener: BorrowedFd<'_>,
        _: Fits,
        mut answer: [u8; ROOM],
    ) -> io::Result<()> {
        // SAFETY: the kernel reads one answer, and it fits.
        let answer = unsafe { ioctl(listener, request(READ | WRITE, 1, 24), &mut answer) };
        told(answer).map(drop)
    }

    /// Asks whether the call still waits for an answer, and fails with `ENOENT` if not.
    pub(crate) fn is_valid(listener: BorrowedFd<'_>, mut id: u64) -> io::Result<()> {
        let mut ask = |direction| {
            // SAFETY: the kernel reads the number.
            told(unsafe { ioctl(listener, request(direction, 2, size_of::<u64>()), &mut id) })
        };
        match ask(WRITE) {
            // Until Linux 5.8 the direction was wrong.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => ask(READ),
            answer => answer,
        }
        .map(drop)
    }

    /// Gives the caller a descriptor, by a `struct seccomp_notif_addfd`.
    pub(crate) fn add_fd(listener: BorrowedFd<'_>, mut what: [u8; 24]) -> io::Result<RawFd> {
        // SAFETY: the kernel reads as many bytes as the request says.
        told(unsafe { ioctl(listener, request(WRITE, 3, 24), &mut what) }).map(|fd| fd as RawFd)
    }

    /// Does the same while no signal can interrupt it, the C library's own among them, but one that
    /// stops or ends the process.
    pub(crate) fn add_fd_at_once(listener: BorrowedFd<'_>, what: [u8; 24]) -> io::Result<RawFd> {
        let before = mask([u64::MAX; 2])?;
        let answer = add_fd(listener, what);
        // It was possible a moment ago.
        let _ = mask(before);
        answer
    }

    /// Sets the calling thread's mask of signals, and returns the one before. The C library's own
    /// function leaves out the signals that it uses itself.
    fn mask(new: [u64; 2]) -> io::Result<[u64; 2]> {
        // `_NSIG` is 128 on MIPS and 64 elsewhere.
        let bytes: c_long = if cfg!(any(
            target_arch = "mips",
            target_arch = "mips32r6",
            target_arch = "mips64",
            target_arch = "mips64r6",
        )) {
            16
        } else {
            8
        };
        let (how, mut old) = (c_long::from(libc::SIG_SETMASK), [0_u64; 2]);
        // SAFETY: the kernel reads one set and writes the other, and both are as long as it is told
        // or longer.
        told(unsafe {
            libc::syscall(
                libc::SYS_rt_sigprocmask,
                how,
                new.as_ptr(),
                old.as_mut_ptr(),
                bytes,
            )
        })?;
        Ok(old)
    }

    /// Reads the memory of another process, as much of it as is there.
    pub(crate) fn read_memory(pid: u32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let beyond = |_| io::Error::from_raw_os_error(libc::EFAULT);
        let address = usize::try_from(address).map_err(beyond)?;
        let local = libc::iovec {
            iov_base: buffer.as_mut_ptr().cast(),
            iov_len: buffer.len(),
        };
        let remote = libc::iovec {
            iov_base: ptr::without_provenance_mut(address),
            iov_len: buffer.len(),
        };
        // SAFETY: the kernel writes no more than the buffer, which is borrowed for the call; the
        // other address is looked at in the other process, and answered with EFAULT if nothing is
        // there.
        let read = unsafe { libc::process_vm_readv(pid as libc::pid_t, &local, 1, &remote, 1, 0) };
        told(read as c_long).map(|read| read as usize)
    }

    // `include/uapi/asm-generic/ioctl.h`, and what some architectures have in its place.
    const OLD: bool = cfg!(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "powerpc",
        target_arch = "powerpc64",
        target_arch = "sparc",
        target_arch = "sparc64",
    ));
    const WRITE: u32 = if OLD { 4 << 29 } else { 1 << 30 };
    const READ: u32 = if OLD { 2 << 29 } else { 2 << 30 };

    /// Returns the number of one of seccomp's requests.
    const fn request(direction: u32, number: u32, size: usize) -> u32 {
        direction | (size as u32) << 16 | (b'!' as u32) << 8 | number
    }

    /// Makes a request of the listener.
    ///
    /// # Safety
    /// What the kernel reads or writes for the request must be inside of `what`.
    unsafe fn ioctl<T>(listener: BorrowedFd<'_>, request: u32, what: &mut T) -> c_long {
        // SAFETY: the caller's promise; a descriptor of another kind answers with ENOTTY, as the
        // type of the request is seccomp's own.
        unsafe { libc::ioctl(listener.as_raw_fd(), request as _, ptr::from_mut(what)) }.into()
    }

    fn told(answer: c_long) -> io::Result<c_long> {
        checked(answer).map_err(io::Error::from_raw_os_error)
    }

    /// The numbers that a C compiler makes of `include/uapi/linux/seccomp.h`.
    #[test]
    fn requests_are_those_of_the_kernels_headers() {
        const NUMBERS: [u32; 5] = [
            request(READ | WRITE, 0, 80),
            request(READ | WRITE, 1, 24),
            request(WRITE, 2, 8),
            request(READ, 2, 8),
            request(WRITE, 3, 24),
        ];
        let expected = match OLD {
            false => [
                0xc050_2100,
                0xc018_2101,
                0x4008_2102,
                0x8008_2102,
                0x4018_2103,
            ],
            true => [
                0xc050_2100,
                0xc018_2101,
                0x8008_2102,
                0x4008_2102,
                0x8018_2103,
            ],
        };
        assert_eq!(NUMBERS, expected);
    }
}

/// The handler of SIGSYS: what the kernel leaves in memory → a [`Trap`], and what can follow.
///
/// All that runs in the handler is async-signal-safe. SIGSYS is blocked there, so that a call of
/// the handler's own that is trapped ends the process (`kernel/signal.c: force_sig_info_to_task`).
#[cfg(any(target_os = "linux", target_os = "android"))]
mod sigsys {
    use core::cell::UnsafeCell;
    use core::ffi::c_void;
    use core::mem::MaybeUninit;
    use core::ptr;
    use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use libc::{c_int, c_long, siginfo_t};

    use super::force::{checked, errno_location};
    use crate::violation::Violation;
    use crate::{After, Error, Syscall, reporter};

    // `arch/mips/include/uapi/asm/signal.h` numbers its own; libc 0.2.191 has those of other
    // architectures on 64-bit MIPS.
    const MIPS: bool = cfg!(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
    ));
    const SIGSYS: c_int = if MIPS { 12 } else { libc::SIGSYS };
    const SA_SIGINFO: c_int = if MIPS { 8 } else { libc::SA_SIGINFO as c_int };

    /// `si_code` of a SIGSYS that seccomp sends (`include/uapi/asm-generic/siginfo.h`).
    const SYS_SECCOMP: c_int = 1;

    /// The part of [`siginfo_t`] that tells of a trapped call (there, `_sigsys`); the first three
    /// fields stand in another order on MIPS.
    #[repr(C)]
    struct Sigsys {
        _common: [c_int; 3],
        call_addr: *const c_void,
        syscall: c_int,
        arch: u32,
    }

    /// Sets the handler, and an alternate stack if the calling thread has none.
    pub(crate) fn report(after: After) -> Result<(), Error> {
        let handler: extern "C" fn(c_int, *const siginfo_t, *mut c_void) = match after {
            After::Kill => on_sigsys::<false>,
            After::Enosys if registers::KNOWN => on_sigsys::<true>,
            After::Enosys => return Err(Error::RegistersUnknown),
        };
        give_stack()
            .and_then(|()| set_action(handler as usize))
            .map_err(|errno| Error::HandlerNotSet { errno })
    }

    extern "C" fn on_sigsys<const ENOSYS: bool>(
        _: c_int,
        info: *const siginfo_t,
        context: *mut c_void,
    ) {
        // SAFETY: with SA_SIGINFO the kernel passes a whole `siginfo_t`, longer than `Sigsys`, of
        // plain numbers, which begins as `Sigsys` does if `si_code` says so,
        // and lives until the handler returns.
        let (code, sigsys) = unsafe { ((*info).si_code, &*info.cast::<Sigsys>()) };
        if code != SYS_SECCOMP {
            die();
        }
        // SAFETY: the address of the calling thread's errno, valid and aligned as long as it runs.
        let errno = unsafe { *errno_location() };
        let mut trap = Trap {
            nr: sigsys.syscall,
            arch: sigsys.arch,
            instruction_pointer: sigsys.call_addr.addr(),
            // SAFETY: with SA_SIGINFO the kernel passes a `ucontext_t`.
            registers: unsafe { registers::of(context) },
        };
        reporter::trapped(&mut trap, if ENOSYS { After::Enosys } else { After::Kill });
        // SAFETY: as where it was read.
        unsafe { *errno_location() = errno };
    }

    /// A trapped call, as its thread waits for the handler to return.
    pub(crate) struct Trap {
        nr: c_int,
        arch: u32,
        instruction_pointer: usize,
        /// The first of the thread's saved registers, in the layout of [`registers`].
        registers: Option<*mut usize>,
    }

    impl Trap {
        fn args(&self) -> Option<[u64; 6]> {
            let first = self.registers?;
            let (_, args, bits) = registers::ARGS
                .iter()
                .find(|(arch, ..)| *arch == self.arch)?;
            // SAFETY: the kernel saved all registers of the layout before it ran the handler, and the
            // trap is gone when that returns.
            Some(args.map(|at| unsafe { first.add(at).read() } as u64 & bits))
        }

        /// Returns what can be said of it.
        pub(crate) fn violation(&self) -> Violation {
            Violation {
                nr: self.nr,
                arch: self.arch,
                args: self.args(),
                instruction_pointer: self.instruction_pointer,
                thread: thread(),
            }
        }

        /// Makes the call fail with `ENOSYS` when the handler returns.
        pub(crate) fn answer_enosys(&mut self) {
            if let Some(first) = self.registers {
                let answer = libc::ENOSYS.wrapping_neg() as usize;
                // SAFETY: as in `args`; an answer is any number.
                unsafe { first.add(registers::ANSWER).write(answer) };
            }
        }

        /// Makes the call once more, which is trapped once more: then the kernel takes the default
        /// action, as SIGSYS is blocked.
        ///
        /// Returns if it cannot be made from here.
        pub(crate) fn repeat(&self) {
            const NATIVE: u32 = Syscall::new(0, [0; 6]).arch;
            // The number of another ABI would be another call.
            if let (NATIVE, Some(args)) = (self.arch, self.args()) {
                let [a, b, c, d, e, f] = args.map(|arg| arg as c_long);
                // SAFETY: the program itself made this call with these arguments a moment ago; or
                // it sent itself a signal that says so, and vouches for them.
                unsafe { libc::syscall(c_long::from(self.nr), a, b, c, d, e, f) };
            }
        }
    }

    /// Writes to file descriptor 2, once; there is nobody to tell if that fails.
    pub(crate) fn write_error(bytes: &[u8]) {
        let (fd, buffer, length) = (libc::STDERR_FILENO as c_long, bytes.as_ptr(), bytes.len());
        // SAFETY: the kernel reads the slice and writes no memory. This is no cancellation point, as
        // the C library's `write` is.
        unsafe { libc::syscall(libc::SYS_write, fd, buffer, length) };
    }

    fn thread() -> i32 {
        // SAFETY: takes no arguments.
        unsafe { libc::syscall(libc::SYS_gettid) as i32 }
    }

    /// Ends the process by the default action of SIGSYS; if a filter does not let it, by `exit_group`
    /// with the status that a shell gives to such an end.
    pub(crate) fn die() -> ! {
        // While the handler is set, the signal would only lead back here.
        let is_deadly = set_action(libc::SIG_DFL).is_ok();
        let mut sigsys = MaybeUninit::zeroed();
        // SAFETY: plain system calls; the set is initialised before it is used. The signal, pending
        // while it is blocked, arrives when it is unblocked.
        unsafe {
            if is_deadly {
                let [process, thread, signal] =
                    [libc::getpid(), thread(), SIGSYS].map(c_long::from);
                libc::syscall(libc::SYS_tgkill, process, thread, signal);
                libc::sigemptyset(sigsys.as_mut_ptr());
                libc::sigaddset(sigsys.as_mut_ptr(), SIGSYS);
                libc::pthread_sigmask(libc::SIG_UNBLOCK, sigsys.as_ptr(), ptr::null_mut());
            }
            libc::syscall(libc::SYS_exit_group, c_long::from(128 + SIGSYS));
            libc::abort()
        }
    }

    /// Sets what happens at SIGSYS; none but the C library's own signals interrupt a handler.
    fn set_action(handler: usize) -> Result<(), c_int> {
        let mut action = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: all-zero is a valid `sigaction`. A handler is `on_sigsys`, which takes what the flags
        // promise.
        let answer = unsafe {
            let action = action.assume_init_mut();
            action.sa_sigaction = handler;
            action.sa_flags = (SA_SIGINFO | libc::SA_ONSTACK) as _;
            libc::sigfillset(&mut action.sa_mask);
            libc::sigaction(SIGSYS, action, ptr::null_mut())
        };
        checked(answer.into()).map(drop)
    }

    /// An alternate stack. The kernel's part of it is below 16 KiB; where a processor has more to
    /// save, as some with SME may, the kernel ends the process without a line.
    #[repr(align(64))]
    struct Stack(UnsafeCell<[u8; 1 << 16]>);

    // SAFETY: only the kernel and the handler touch it, on the one thread that it was given to.
    unsafe impl Sync for Stack {}

    static STACK: Stack = Stack(UnsafeCell::new([0; 1 << 16]));
    static GIVEN: AtomicBool = AtomicBool::new(false);

    /// Gives the stack to the calling thread if that has none and no other has this one.
    fn give_stack() -> Result<(), c_int> {
        let mut old = MaybeUninit::<libc::stack_t>::zeroed();
        // SAFETY: reads the thread's setting into `old`, which is valid all-zero.
        let old = unsafe {
            checked(libc::sigaltstack(ptr::null(), old.as_mut_ptr()).into())?;
            old.assume_init()
        };
        if old.ss_flags & libc::SS_DISABLE == 0 || GIVEN.swap(true, Relaxed) {
            return Ok(());
        }
        let stack = libc::stack_t {
            ss_sp: STACK.0.get().cast(),
            ss_flags: 0,
            ss_size: size_of::<Stack>(),
        };
        // SAFETY: the memory is never freed, and `GIVEN` has given it to this thread alone.
        let answer = checked(unsafe { libc::sigaltstack(&stack, ptr::null_mut()) }.into());
        if answer.is_err() {
            GIVEN.store(false, Relaxed);
        }
        answer.map(drop)
    }

    /// Where a thread's registers lie in `ucontext_t`, in the kernel's order
    /// (`arch/*/include/uapi/asm/sigcontext.h`): for each ABI that can meet the handler those that hold
    /// the arguments of a call (syscall(2), "Architecture calling conventions") and the bits that count,
    /// and the one for the answer.
    macro_rules! registers {
        ($($condition:meta: $($field:ident).+, $args:expr, $answer:literal;)*) => {
            $(
                #[cfg($condition)]
                mod registers {
                    pub(super) const KNOWN: bool = true;
                    pub(super) const ARGS: &[(u32, [usize; 6], u64)] = $args;
                    pub(super) const ANSWER: usize = $answer;

                    /// # Safety
                    /// The context is a `ucontext_t` of the kernel's making.
                    pub(super) unsafe fn of(context: *mut core::ffi::c_void) -> Option<*mut usize> {
                        let context: *mut libc::ucontext_t = context.cast();
                        // SAFETY: the field lies within what the caller has; nothing is read.
                        Some(unsafe { &raw mut (*context).$($field).+ }.cast())
                    }
                }
            )*

            #[cfg(not(any($($condition),*)))]
            mod registers {
                pub(super) const KNOWN: bool = false;
                pub(super) const ARGS: &[(u32, [usize; 6], u64)] = &[];
                pub(super) const ANSWER: usize = 0;

                /// # Safety
                /// Anything may be passed: the C library does not name the registers.
                pub(super) unsafe fn of(_: *mut core::ffi::c_void) -> Option<*mut usize> {
                    None
                }
            }
        };
    }

    registers! {
        all(
            target_arch = "x86_64", target_pointer_width = "64",
            any(target_env = "gnu", target_env = "musl", target_os = "android")
        ): uc_mcontext.gregs, &[
            (0xc000_003e, [8, 9, 12, 2, 0, 1], u64::MAX),
            (0x4000_0003, [11, 14, 12, 9, 8, 10], u32::MAX as u64),
        ], 13;
        all(target_arch = "x86", any(target_env = "gnu", target_os = "android")):
            uc_mcontext.gregs, &[(0x4000_0003, [8, 10, 9, 5, 4, 6], u64::MAX)], 11;
        all(
            target_arch = "aarch64", target_pointer_width = "64", target_endian = "little",
            any(target_env = "gnu", target_env = "musl", target_os = "android")
        ): uc_mcontext.regs, &[(0xc000_00b7, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
        all(
            target_arch = "arm", target_endian = "little",
            any(target_env = "gnu", target_env = "musl", target_os = "android")
        ): uc_mcontext.arm_r0, &[(0x4000_0028, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
        all(target_arch = "riscv64", any(target_env = "gnu", target_env = "musl")):
            uc_mcontext.__gregs, &[(0xc000_00f3, [10, 11, 12, 13, 14, 15], u64::MAX)], 10;
        all(target_arch = "loongarch64", any(target_env = "gnu", target_env = "musl")):
            uc_mcontext.__gregs, &[(0xc000_0102, [4, 5, 6, 7, 8, 9], u64::MAX)], 4;
        all(target_arch = "s390x", target_env = "gnu"):
            uc_mcontext.gregs, &[(0x8000_0016, [2, 3, 4, 5, 6, 7], u64::MAX)], 2;
    }
}
