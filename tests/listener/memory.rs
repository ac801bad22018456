//! The caller's memory.

use std::io::{Error, ErrorKind};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::sync::mpsc;
use std::time::Duration;
use std::{ptr, thread};

use seccomp_profile::{Answer, Inspected, Listener};

use crate::child::{check, found, passes};
use crate::process::start;
use crate::skip::skip;
use crate::{GETPPID, ask, held};

/// Calls with an address, and shows the supervisor what is there.
fn look(address: u64, supervise: impl FnOnce(Inspected<'_>)) {
    let (listener, caller) = held(move || ask(address));
    let notification = listener.receive().unwrap().unwrap();
    assert_eq!(notification.syscall().args[0], address);
    supervise(notification.inspect());
    drop(listener);
    caller.join().unwrap().unwrap();
}

fn address<T: ?Sized>(of: &'static T) -> u64 {
    ptr::from_ref(of).cast::<u8>().addr() as u64
}

#[test]
fn a_path_is_read() {
    look(address(c"/etc/hostname"), |inspected| {
        let path = inspected.syscall().args[0];
        assert_eq!(
            *inspected.read_c_string(path, 4095).unwrap(),
            *c"/etc/hostname"
        );
        assert_eq!(
            *inspected.read_c_string(path, 13).unwrap(),
            *c"/etc/hostname"
        );
        let error = inspected.read_c_string(path, 12).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(*inspected.read_c_string(path + 13, 0).unwrap(), *c"");
        let mut start = [0; 4];
        assert_eq!(inspected.read_memory(path, &mut start).unwrap(), 4);
        assert_eq!(&start, b"/etc");
        assert_eq!(inspected.read_memory(path, &mut []).unwrap(), 0);
        inspected.respond(Answer::Value(0)).unwrap();
    });
}

/// Two pages of which the second cannot be read, and the first is full of a letter.
fn edge() -> u64 {
    // SAFETY: asks for the size of a page, and makes a new mapping, whose first page is written.
    unsafe {
        let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
        let none = libc::PROT_NONE;
        let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let start = libc::mmap(ptr::null_mut(), 2 * page, none, private, -1, 0);
        assert_ne!(start, libc::MAP_FAILED);
        let both = libc::PROT_READ | libc::PROT_WRITE;
        assert_eq!(libc::mprotect(start, page, both), 0);
        start.cast::<u8>().write_bytes(b'a', page);
        start.addr() as u64 + page as u64
    }
}

#[test]
fn memory_ends_where_it_ends() {
    let edge = edge();
    look(edge, move |inspected| {
        let efault = Some(libc::EFAULT);
        let mut buffer = [0; 64];
        assert_eq!(inspected.read_memory(edge - 3, &mut buffer).unwrap(), 3);
        assert_eq!(&buffer[..4], b"aaa\0");
        for nowhere in [edge, 0, u64::MAX, u64::MAX - 70, 1 << 63] {
            let error = inspected.read_memory(nowhere, &mut buffer).unwrap_err();
            assert_eq!(error.raw_os_error(), efault, "{nowhere:#x}");
        }
        for longest in [3, 4, 4095] {
            let endless = inspected.read_c_string(edge - 3, longest).unwrap_err();
            assert_eq!(endless.raw_os_error(), efault);
        }
        let long = inspected.read_c_string(edge - 3, 2).unwrap_err();
        assert_eq!(long.kind(), ErrorKind::InvalidData);
        // SAFETY: the last byte of the page that was made to be written.
        unsafe { ptr::with_exposed_provenance_mut::<u8>(edge as usize - 1).write(0) };
        assert_eq!(*inspected.read_c_string(edge - 3, 4095).unwrap(), *c"aa");
        inspected.respond(Answer::Value(0)).unwrap();
    });
}

/// A text that goes from one page to the next.
#[test]
fn a_long_text_is_read_by_pages() {
    static LONG: [u8; 10_000] = {
        let mut text = [b'x'; 10_000];
        text[9_999] = 0;
        text
    };
    look(address(&LONG), |inspected| {
        let address = inspected.syscall().args[0];
        let text = inspected.read_c_string(address, 9_999).unwrap();
        assert_eq!(text.as_bytes_with_nul(), LONG);
        let error = inspected.read_c_string(address, 9_998).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        inspected.respond(Answer::Value(0)).unwrap();
    });
}

/// The memory is another process's, not what is at the same place of the supervisor's.
#[test]
fn the_memory_is_the_callers() {
    static mut WORD: [u8; 4] = *b"mine";
    let (listener, caller) = held(|| {
        passes(|| {
            let word = &raw mut WORD;
            // SAFETY: the only thread of the process.
            unsafe { word.write(*b"hers") };
            check!(ask(word.addr() as u64) == Ok(7));
            Ok(())
        });
    });
    let inspected = listener.receive().unwrap().unwrap().inspect();
    let mut word = [0; 4];
    let address = inspected.syscall().args[0];
    assert_eq!(inspected.read_memory(address, &mut word).unwrap(), 4);
    assert_eq!(&word, b"hers");
    inspected.respond(Answer::Value(7)).unwrap();
    drop(listener);
    caller.join().unwrap();
}

/// A supervisor in a PID namespace below the caller's neither sees the caller nor its memory, and
/// can answer it.
#[test]
fn a_caller_may_be_out_of_sight() {
    // Without privileges it takes a user namespace too, which a changed root rules out.
    // SAFETY: plain numbers; only processes that are started later are in the namespaces.
    let unshare = || unsafe {
        match libc::unshare(libc::CLONE_NEWPID) {
            0 => 0,
            _ => libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID),
        }
    };
    if found(|| unshare().into()) != 0 {
        return skip("this process cannot make namespaces");
    }
    passes(|| {
        let listener = GETPPID.install_with_listener().map_err(|_| line!())?;
        let listener = Listener::from(listener);
        check!(unshare() == 0);
        let supervisor = start(|| {
            let notification = listener.receive().ok().flatten().ok_or(line!())?;
            check!(notification.pid() == 0);
            let inspected = notification.inspect();
            let mut byte = [0];
            let error = inspected
                .read_memory(inspected.syscall().args[0], &mut byte)
                .err();
            check!(error.and_then(|error| error.raw_os_error()) == Some(libc::ESRCH));
            check!(inspected.respond(Answer::Value(12)).is_ok());
            Ok(())
        })?;
        let byte = 1_u8;
        check!(ask((&raw const byte).addr() as u64) == Ok(12));
        supervisor.passes()
    });
}

/// A page whose contents only a reader of the descriptor could provide; `None` if the kernel or its
/// settings do not permit it, and the test is skipped.
#[track_caller]
fn page_without_contents(flags: libc::c_int) -> Option<(OwnedFd, u64)> {
    // `include/uapi/linux/userfaultfd.h`
    const UFFDIO_API: u32 = 0xc018_aa3f;
    const UFFDIO_REGISTER: u32 = 0xc020_aa00;
    // SAFETY: a new descriptor, a new mapping, and structures of the sizes in the requests.
    unsafe {
        let fd = libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC | flags) as libc::c_int;
        if fd < 0 {
            skip(format_args!("userfaultfd: {}", Error::last_os_error()));
            return None;
        }
        let fd = OwnedFd::from_raw_fd(fd);
        let mut api = [0xaa_u64, 0, 0];
        let done = libc::ioctl(fd.as_raw_fd(), UFFDIO_API as _, api.as_mut_ptr());
        assert_eq!(done, 0, "{}", Error::last_os_error());
        let page = libc::sysconf(libc::_SC_PAGESIZE) as usize;
        let (read, private) = (libc::PROT_READ, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let memory = libc::mmap(ptr::null_mut(), page, read, private, -1, 0);
        assert_ne!(memory, libc::MAP_FAILED);
        let address = memory.addr() as u64;
        let mut register = [address, page as u64, 1, 0]; // UFFDIO_REGISTER_MODE_MISSING
        let done = libc::ioctl(fd.as_raw_fd(), UFFDIO_REGISTER as _, register.as_mut_ptr());
        assert_eq!(done, 0, "{}", Error::last_os_error());
        Some((fd, address))
    }
}

/// The documentation of `Listener` says so.
#[test]
fn a_read_blocks_until_userfaultfd_is_closed() {
    let Some((fd, address)) = page_without_contents(0) else {
        return;
    };
    look(address, move |inspected| {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            let inspected = &inspected;
            scope.spawn(move || {
                let read = inspected.read_memory(address, &mut [0; 8]);
                sender
                    .send(read.map_err(|error| error.raw_os_error()))
                    .unwrap();
            });
            let early = receiver.recv_timeout(Duration::from_millis(300));
            drop(fd);
            assert!(early.is_err(), "{early:?}");
            assert_eq!(receiver.recv().unwrap(), Ok(8));
        });
        inspected.respond(Answer::Value(0)).unwrap();
    });
}

/// What unprivileged processes get since Linux 5.11.
#[test]
fn a_read_does_not_block_on_user_mode_userfaultfd() {
    const UFFD_USER_MODE_ONLY: libc::c_int = 1;
    let Some((_fd, address)) = page_without_contents(UFFD_USER_MODE_ONLY) else {
        return;
    };
    look(address, move |inspected| {
        let error = inspected.read_memory(address, &mut [0; 8]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EFAULT));
        let error = inspected.read_c_string(address, 4095).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EFAULT));
        inspected.respond(Answer::Value(0)).unwrap();
    });
}
