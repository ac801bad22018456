//! What a supervisor asks of a listener: seccomp_unotify(2).

use core::ptr;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

use libc::{c_int, c_long, c_short, c_ulong};

use super::syscall_result;

/// Room for a notification or an answer, several times what Linux needs so far.
pub(crate) const BUFFER_SIZE: usize = 512;

/// The knowledge that the kernel's notifications and answers are no longer than [`BUFFER_SIZE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizesChecked(());

/// Does something anew while signals interrupt it.
pub(crate) fn retry<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match work() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            answer => return answer,
        }
    }
}

/// Asks the kernel how long they are; `None` if they are longer.
pub(crate) fn check_sizes() -> io::Result<Option<SizesChecked>> {
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
    io_result(answer)?;
    let [notification, answer, _] = sizes;
    let fits = usize::from(notification.max(answer)) <= BUFFER_SIZE;
    Ok(fits.then_some(SizesChecked(())))
}

/// Waits for so many milliseconds, or for ever, for what poll(2) has to say of the listener.
pub(crate) fn poll(listener: BorrowedFd<'_>, timeout: c_int) -> io::Result<c_short> {
    let mut poll = libc::pollfd {
        fd: listener.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: the kernel reads and writes the one structure that it is told of.
    io_result(unsafe { libc::poll(&mut poll, 1, timeout) }.into())?;
    Ok(poll.revents)
}

/// Receives a `struct seccomp_notif`, and waits for one if there is none.
pub(crate) fn receive(listener: BorrowedFd<'_>, _: SizesChecked) -> io::Result<[u8; BUFFER_SIZE]> {
    // Linux takes no other bytes (`kernel/seccomp.c: seccomp_notify_recv`).
    let mut buffer = [0; BUFFER_SIZE];
    // SAFETY: the kernel writes one notification, and it fits.
    let answer = unsafe { ioctl(listener, ioctl_number(READ | WRITE, 0, 80), &mut buffer) };
    io_result(answer)?;
    Ok(buffer)
}

/// Answers with a `struct seccomp_notif_resp`.
pub(crate) fn send(
    listener: BorrowedFd<'_>,
    _: SizesChecked,
    mut answer: [u8; BUFFER_SIZE],
) -> io::Result<()> {
    // SAFETY: the kernel reads one answer, and it fits.
    let answer = unsafe { ioctl(listener, ioctl_number(READ | WRITE, 1, 24), &mut answer) };
    io_result(answer).map(drop)
}

/// Asks whether the call still waits for an answer, and fails with `ENOENT` if not.
pub(crate) fn is_valid(listener: BorrowedFd<'_>, mut id: u64) -> io::Result<()> {
    let mut ask = |direction| {
        // SAFETY: the kernel reads the number.
        io_result(unsafe {
            ioctl(
                listener,
                ioctl_number(direction, 2, size_of::<u64>()),
                &mut id,
            )
        })
    };
    match ask(WRITE) {
        // Until Linux 5.8 the direction was wrong.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => ask(READ),
        answer => answer,
    }
    .map(drop)
}

/// Gives the caller a descriptor, by a `struct seccomp_notif_addfd`.
pub(crate) fn add_fd(listener: BorrowedFd<'_>, mut request: [u8; 24]) -> io::Result<RawFd> {
    // SAFETY: the kernel reads as many bytes as the request says.
    io_result(unsafe { ioctl(listener, ioctl_number(WRITE, 3, 24), &mut request) })
        .map(|fd| fd as RawFd)
}

/// Does the same while no signal can interrupt it, the C library's own among them, but one that
/// stops or ends the process.
pub(crate) fn add_fd_uninterrupted(
    listener: BorrowedFd<'_>,
    request: [u8; 24],
) -> io::Result<RawFd> {
    let before = set_signal_mask([u64::MAX; 2])?;
    let answer = add_fd(listener, request);
    // It was possible a moment ago.
    let _ = set_signal_mask(before);
    answer
}

/// Sets the calling thread's mask of signals, and returns the one before. The C library's own
/// function leaves out the signals that it uses itself.
fn set_signal_mask(new: [u64; 2]) -> io::Result<[u64; 2]> {
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
    io_result(unsafe {
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
    io_result(read as c_long).map(|read| read as usize)
}

// `include/uapi/asm-generic/ioctl.h`, and what some architectures have in its place.
const THREE_BITS: bool = cfg!(any(
    target_arch = "mips",
    target_arch = "mips32r6",
    target_arch = "mips64",
    target_arch = "mips64r6",
    target_arch = "powerpc",
    target_arch = "powerpc64",
    target_arch = "sparc",
    target_arch = "sparc64",
));
const WRITE: u32 = if THREE_BITS { 4 << 29 } else { 1 << 30 };
const READ: u32 = if THREE_BITS { 2 << 29 } else { 2 << 30 };

/// Returns the number of one of seccomp's requests.
const fn ioctl_number(direction: u32, number: u32, size: usize) -> u32 {
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

fn io_result(answer: c_long) -> io::Result<c_long> {
    syscall_result(answer).map_err(io::Error::from_raw_os_error)
}

/// The numbers that a C compiler makes of `include/uapi/linux/seccomp.h`.
#[test]
fn requests_are_those_of_the_kernels_headers() {
    const NUMBERS: [u32; 5] = [
        ioctl_number(READ | WRITE, 0, 80),
        ioctl_number(READ | WRITE, 1, 24),
        ioctl_number(WRITE, 2, 8),
        ioctl_number(READ, 2, 8),
        ioctl_number(WRITE, 3, 24),
    ];
    let expected = match THREE_BITS {
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
