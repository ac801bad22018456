//! Kernels that are older or newer than the one that runs: filters, and in one case a listener,
//! make it answer a supervisor as they would.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc;
use std::thread;

use seccomp_profile::{Filter, Listener, Notification, Response, seccomp_profile};

use crate::{ask, held};

/// Lets a thread that a filter holds supervise one call, and returns what the caller got.
fn supervised_under(
    filter: &'static Filter,
    supervise: impl FnOnce(Notification<'_>) + Send,
) -> Result<libc::c_long, libc::c_int> {
    let (listener, caller) = held(|| ask(0));
    thread::scope(|scope| {
        let supervisor = scope.spawn(|| {
            filter.install_on_this_thread().unwrap();
            supervise(listener.receive().unwrap().unwrap());
        });
        supervisor.join().unwrap();
    });
    drop(listener);
    caller.join().unwrap()
}

/// The filters know the numbers of these architectures' ioctls.
#[cfg(not(any(
    target_arch = "mips",
    target_arch = "mips64",
    target_arch = "powerpc",
    target_arch = "powerpc64",
)))]
mod ioctls {
    use super::*;

    static LINUX_5_7: Filter = seccomp_profile!("tests/profiles/listener-on-linux-5.7.json");
    static NO_ANSWERS: Filter = seccomp_profile!("tests/profiles/listener-on-no-answers.json");

    #[test]
    fn validity_had_another_number() {
        let got = supervised_under(&LINUX_5_7, |notification| {
            assert!(notification.is_valid().unwrap());
            notification.respond(Response::Value(1)).unwrap();
        });
        assert_eq!(got, Ok(1));
    }

    #[test]
    fn descriptors_could_not_be_given() {
        let null = File::open("/dev/null").unwrap();
        let got = supervised_under(&LINUX_5_7, |notification| {
            let error = notification.add_fd(null.as_fd(), None, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            let error = notification
                .respond_with_fd(null.as_fd(), true)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        });
        assert_eq!(got, Err(libc::EPERM));
    }

    /// The call does not run, and not even `EPERM` can be said until the listener is closed.
    #[test]
    fn what_cannot_be_answered_does_not_run() {
        let got = supervised_under(&NO_ANSWERS, |notification| {
            let error = notification.respond(Response::Continue).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        });
        assert_eq!(got, Err(libc::ENOSYS));
    }
}

#[test]
fn a_kernel_without_notifications_is_an_error() {
    static LINUX_4_20: Filter = seccomp_profile!("tests/profiles/listener-on-linux-4.20.json");
    let (listener, caller) = held(|| ask(0));
    let supervisor = thread::spawn(move || {
        LINUX_4_20.install_on_this_thread().unwrap();
        // It stays so.
        [(); 2].map(|()| listener.receive().unwrap_err().raw_os_error())
    });
    assert_eq!(supervisor.join().unwrap(), [Some(libc::EINVAL); 2]);
    assert_eq!(caller.join().unwrap(), Err(libc::ENOSYS));
}

/// Asks for the sizes of the kernel's structures are answered with others.
fn receive_with_sizes(sizes: [u16; 3]) -> Result<Option<libc::c_long>, ErrorKind> {
    static SIZES: Filter = seccomp_profile!("tests/profiles/listener-sizes.json");
    let (listener, caller) = held(|| ask(0));
    let (sender, receiver) = mpsc::channel::<OwnedFd>();
    let supervisor = thread::spawn(move || {
        sender.send(SIZES.install_with_listener().unwrap()).unwrap();
        match listener.receive() {
            Ok(Some(notification)) => {
                let answer = Response::Value(i64::from(notification.pid()));
                notification.respond(answer).unwrap();
                Ok(())
            }
            Ok(None) => panic!("the caller waits"),
            Err(error) => Err(error.kind()),
        }
    });
    let kernel = Listener::from(receiver.recv().unwrap());
    let asked = kernel.receive().unwrap().unwrap();
    // It is another thread of this process.
    let memory = OpenOptions::new()
        .write(true)
        .open("/proc/self/mem")
        .unwrap();
    let bytes: Vec<u8> = sizes.iter().flat_map(|size| size.to_ne_bytes()).collect();
    memory
        .write_all_at(&bytes, asked.syscall().args[2])
        .unwrap();
    asked.respond(Response::Value(0)).unwrap();
    let received = supervisor.join().unwrap();
    let got = caller.join().unwrap();
    received.map(|()| got.ok())
}

#[test]
fn a_kernel_with_longer_notifications_is_refused_where_they_do_not_fit() {
    for fits in [[80, 24, 64], [512, 512, 480]] {
        assert!(receive_with_sizes(fits).unwrap().is_some());
    }
    for longer in [[513, 24, 64], [80, 513, 64], [u16::MAX; 3]] {
        let refused = receive_with_sizes(longer);
        assert_eq!(refused, Err(ErrorKind::Unsupported), "{longer:?}");
    }
}
