//! The system calls of a supervisor on its listener (seccomp_unotify(2)).
//!
//! A *notification* is a call that the kernel sends to the supervisor, an *answer* is what the
//! supervisor sends back. A *request* is an ioctl(2) on the listener.

use core::ptr;
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd, RawFd};

use libc::{c_int, c_long, c_short, c_ulong};

use super::syscall_result;

/// The size of the buffer for a notification or an answer: several times what Linux needs today.
pub(crate) const BUFFER_SIZE: usize = 512;

/// The proof that the kernel's notifications and answers fit into [`BUFFER_SIZE`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizesChecked(());

/// Repeats a system call as long as signals interrupt it.
pub(crate) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Asks the kernel for the sizes of notifications and answers; `None` if one does not fit.
pub(crate) fn check_sizes() -> io::Result<Option<SizesChecked>> {
    const SECCOMP_GET_NOTIF_SIZES: c_ulong = 3;
    let no_flags: c_ulong = 0;
    let mut sizes = [0_u16; 3];
    // SAFETY: the kernel writes a `struct seccomp_notif_sizes`: three such numbers, the sizes of a
    // notification, of an answer, and of `struct seccomp_data`.
    let returned = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            SECCOMP_GET_NOTIF_SIZES,
            no_flags,
            sizes.as_mut_ptr(),
        )
    };
    io_result(returned)?;
    let [notification, answer, _] = sizes;
    let fits = usize::from(notification.max(answer)) <= BUFFER_SIZE;
    Ok(fits.then_some(SizesChecked(())))
}

/// Waits for events of poll(2) on the listener: `timeout` milliseconds, or without a limit if it is
/// negative.
pub(crate) fn poll(listener: BorrowedFd<'_>, timeout: c_int) -> io::Result<c_short> {
    let mut poll = libc::pollfd {
        fd: listener.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: the kernel reads and writes one structure, at this address.
    io_result(unsafe { libc::poll(&mut poll, 1, timeout) }.into())?;
    Ok(poll.revents)
}

/// Receives a notification, a `struct seccomp_notif`. Waits if there is none.
pub(crate) fn receive(listener: BorrowedFd<'_>, _: SizesChecked) -> io::Result<[u8; BUFFER_SIZE]> {
    // Linux accepts only zeros (`kernel/seccomp.c: seccomp_notify_recv`).
    let mut buffer = [0; BUFFER_SIZE];
    // SAFETY: the kernel writes one notification, which fits.
    let returned = unsafe { ioctl(listener, ioctl_number(READ | WRITE, 0, 80), &mut buffer) };
    io_result(returned)?;
    Ok(buffer)
}

/// Sends an answer, a `struct seccomp_notif_resp`.
pub(crate) fn send(
    listener: BorrowedFd<'_>,
    _: SizesChecked,
    mut answer: [u8; BUFFER_SIZE],
) -> io::Result<()> {
    // SAFETY: the kernel reads one answer, which fits.
    let returned = unsafe { ioctl(listener, ioctl_number(READ | WRITE, 1, 24), &mut answer) };
    io_result(returned).map(drop)
}

/// Checks that the call still waits for an answer; `ENOENT` if not.
pub(crate) fn is_valid(listener: BorrowedFd<'_>, mut id: u64) -> io::Result<()> {
    let mut check = |direction| {
        // SAFETY: the kernel reads the number at this address.
        io_result(unsafe {
            ioctl(
                listener,
                ioctl_number(direction, 2, size_of::<u64>()),
                &mut id,
            )
        })
    };
    match check(WRITE) {
        // Before Linux 5.8 the number of this request had the wrong direction.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => check(READ),
        result => result,
    }
    .map(drop)
}

/// Adds a file descriptor to the calling process, as a `struct seccomp_notif_addfd` describes.
pub(crate) fn add_fd(listener: BorrowedFd<'_>, mut addfd: [u8; 24]) -> io::Result<RawFd> {
    // SAFETY: the kernel reads as many bytes as the number of the request says.
    io_result(unsafe { ioctl(listener, ioctl_number(WRITE, 3, 24), &mut addfd) })
        .map(|fd| fd as RawFd)
}

/// Does the same with all signals blocked, also those that the C library uses itself. Only a signal
/// that stops or kills the process can interrupt it.
pub(crate) fn add_fd_uninterrupted(listener: BorrowedFd<'_>, addfd: [u8; 24]) -> io::Result<RawFd> {
    let before = set_signal_mask([u64::MAX; 2])?;
    let result = add_fd(listener, addfd);
    // This cannot fail: the same call succeeded above.
    let _ = set_signal_mask(before);
    result
}

/// Sets the signal mask of the calling thread, and returns the old one. The function of the C
/// library would not block the signals that the library uses itself.
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
    // SAFETY: the kernel reads one set and writes the other. Both have at least `bytes` bytes.
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

/// Reads the memory of another process. Returns the number of bytes that could be read.
pub(crate) fn read_memory(pid: u32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let out_of_range = |_| io::Error::from_raw_os_error(libc::EFAULT);
    let address = usize::try_from(address).map_err(out_of_range)?;
    let local = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    let remote = libc::iovec {
        iov_base: ptr::without_provenance_mut(address),
        iov_len: buffer.len(),
    };
    // SAFETY: the kernel writes only to the buffer, which is borrowed during the call. The other
    // address is of the other process; the call fails with EFAULT if it is not mapped there.
    let read = unsafe { libc::process_vm_readv(pid as libc::pid_t, &local, 1, &remote, 1, 0) };
    io_result(read as c_long).map(|read| read as usize)
}

// `include/uapi/asm-generic/ioctl.h`; on some architectures `arch/*/include/uapi/asm/ioctl.h`, with
// three bits for the direction of a request.
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

/// Returns the number of a request, of the type `!` that seccomp uses.
const fn ioctl_number(direction: u32, number: u32, size: usize) -> u32 {
    direction | (size as u32) << 16 | (b'!' as u32) << 8 | number
}

/// Makes a request.
///
/// # Safety
/// The kernel must read and write only `data` for this request.
unsafe fn ioctl<T>(listener: BorrowedFd<'_>, request: u32, data: &mut T) -> c_long {
    // SAFETY: the caller ensures this for a listener. On any other descriptor the call fails with
    // ENOTTY, because only seccomp uses this type of request.
    unsafe { libc::ioctl(listener.as_raw_fd(), request as _, ptr::from_mut(data)) }.into()
}

fn io_result(returned: c_long) -> io::Result<c_long> {
    syscall_result(returned).map_err(io::Error::from_raw_os_error)
}

/// A C compiler computed the expected numbers from `include/uapi/linux/seccomp.h`.
#[test]
fn requests_have_the_numbers_of_the_kernel_headers() {
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
