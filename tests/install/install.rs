//! What `Filter::install` does, and what it says when it cannot.

use libc::{c_int, c_long, c_ulong};
use seccomp_profile::__private::since;
use seccomp_profile::{Action, Error, Filter, seccomp_profile};

use crate::child::{call, call_with, check, passes, prctl};
use crate::{ACTIONS, SECOND};

static FLAGS: Filter = seccomp_profile!("tests/profiles/install-flags.json");
static NOTIFY: Filter = seccomp_profile!("tests/profiles/install-notify.json");

const FLAG_TSYNC: u32 = libc::SECCOMP_FILTER_FLAG_TSYNC as u32;
const FLAG_LOG: u32 = libc::SECCOMP_FILTER_FLAG_LOG as u32;
const FLAG_SPEC_ALLOW: u32 = libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW as u32;

#[test]
fn a_filter_is_data() {
    const COPY: Filter = ACTIONS;
    assert_eq!(COPY.program().as_ptr(), ACTIONS.program().as_ptr());
    assert_eq!(ACTIONS.len(), ACTIONS.program().len());
    assert!((1..=4096).contains(&ACTIONS.len()));
    assert_eq!(ACTIONS.flags(), 0);
    assert_eq!(FLAGS.flags(), FLAG_LOG | FLAG_SPEC_ALLOW);
    assert!(!FLAGS.needs_listener());
    assert!(NOTIFY.needs_listener());
}

#[test]
fn installing_sets_no_new_privs_and_the_flags_of_the_profile() {
    passes(|| {
        let Ok(enforced) = FLAGS.install() else {
            return Err(line!());
        };
        check!(enforced.no_new_privs() && enforced.on_all_threads());
        check!(enforced.flags() == FLAGS.flags() | FLAG_TSYNC);
        check!(prctl(libc::PR_GET_NO_NEW_PRIVS) == Ok(1));
        check!(prctl(libc::PR_GET_SECCOMP) == Ok(libc::SECCOMP_MODE_FILTER as c_long));
        check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
        Ok(())
    });
}

#[test]
fn no_privilege_is_needed() {
    passes(|| {
        let nobody: c_ulong = 65534;
        // Whoever is not root has no privilege to give up.
        let _ = call_with(libc::SYS_setresuid, [nobody, nobody, nobody, 0, 0, 0]);
        check!(call(libc::SYS_geteuid) != Ok(0));
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
        Ok(())
    });
}

#[test]
fn of_several_filters_the_strictest_wins_and_then_the_newest() {
    passes(|| {
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getegid).is_ok());
        check!(SECOND.install().is_ok());
        check!(call(libc::SYS_getegid) == Err(libc::EEXIST));
        check!(call(libc::SYS_getpgid) == Err(libc::EPERM));
        check!(call(libc::SYS_getppid) == Err(libc::EEXIST));
        Ok(())
    });
    passes(|| {
        check!(SECOND.install().is_ok());
        check!(ACTIONS.install().is_ok());
        check!(call(libc::SYS_getegid) == Err(libc::EEXIST));
        check!(call(libc::SYS_getpgid) == Err(libc::EPERM));
        check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
        Ok(())
    });
}

#[test]
fn notify_is_refused_before_any_system_call() {
    passes(|| {
        let (mode, privs) = (
            prctl(libc::PR_GET_SECCOMP),
            prctl(libc::PR_GET_NO_NEW_PRIVS),
        );
        check!(NOTIFY.install() == Err(Error::ListenerRequired));
        check!(NOTIFY.install_on_this_thread() == Err(Error::ListenerRequired));
        check!(prctl(libc::PR_GET_SECCOMP) == mode);
        check!(prctl(libc::PR_GET_NO_NEW_PRIVS) == privs);
        check!(call(libc::SYS_getppid).is_ok());
        check!(call(libc::SYS_getpgid).is_ok());
        Ok(())
    });
}

#[test]
fn too_many_filters_are_refused_and_those_before_stay() {
    passes(|| {
        let refused = (0..32768).find_map(|_| ACTIONS.install().err());
        check!(refused == Some(Error::ChainTooLong));
        check!(call(libc::SYS_getppid) == Err(libc::EXDEV));
        Ok(())
    });
}

#[test]
fn large_filters_are_refused_as_a_whole() {
    const LARGE: Filter =
        seccomp_profile!("tests/profiles/install-large.json", allow(sibling_bypass));
    const STRICT: Filter = seccomp_profile!(
        "tests/profiles/install-large.json",
        default_action = "SCMP_ACT_ERRNO(99)",
        allow(exit_denied, crash_denied)
    );
    passes(|| {
        let fit = (0..32).take_while(|_| LARGE.install().is_ok()).count();
        check!((2..32).contains(&fit));
        check!(LARGE.install() == Err(Error::ChainTooLong));
        check!(STRICT.install() == Err(Error::ChainTooLong));
        check!(call(libc::SYS_getegid).is_ok());
        // A small one still has room.
        check!(SECOND.install().is_ok());
        check!(call(libc::SYS_getegid) == Err(libc::EEXIST));
        Ok(())
    });
}

/// A filter that makes the kernel answer as another kernel would; one to install under it; and
/// what comes of that.
type Case = (Filter, Filter, Result<(), Error>);

#[test]
fn each_failure_has_its_error() {
    const PRCTL_DENIED: Filter = seccomp_profile!("tests/profiles/install-on-prctl-denied.json");
    const SECCOMP_DENIED: Filter =
        seccomp_profile!("tests/profiles/install-on-seccomp-denied.json");
    const NO_FILTERS: Filter = seccomp_profile!("tests/profiles/install-on-no-filters.json");
    const LINUX_3_4: Filter = seccomp_profile!("tests/profiles/install-on-linux-3.4.json");
    const LINUX_3_16: Filter = seccomp_profile!("tests/profiles/install-on-linux-3.16.json");
    const LINUX_4_13: Filter = seccomp_profile!("tests/profiles/install-on-linux-4.13.json");
    const LINUX_4_16: Filter = seccomp_profile!("tests/profiles/install-on-linux-4.16.json");
    const QUESTION_DENIED: Filter =
        seccomp_profile!("tests/profiles/install-on-action-question-denied.json");
    const LINUX_FAR: Filter = seccomp_profile!(
        "tests/profiles/install-actions.json",
        kernel = "255.255",
        allow(kill_thread)
    );
    let unsupported = |errno: c_int| Err(Error::Unsupported { errno });
    let running = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    let mut running = running
        .split(|c: char| !c.is_ascii_digit())
        .map(|part| part.parse().unwrap());
    let (major, minor) = (running.next().unwrap(), running.next().unwrap());
    let found = Some((major, minor));
    // What the option `kernel` expands to, with a number that nobody knew before.
    let linux_now = since(SECOND, major, minor);
    let linux_next = since(ACTIONS, major, minor + 1);
    let no_action = |errno: c_int| {
        Err(Error::ActionUnsupported {
            action: Action::KillProcess,
            needed: (4, 14),
            errno,
        })
    };
    let cases: [Case; 16] = [
        (
            LINUX_3_16,
            LINUX_FAR,
            Err(Error::KernelTooOld {
                needed: (255, 255),
                found,
            }),
        ),
        (
            LINUX_3_16,
            linux_next,
            Err(Error::KernelTooOld {
                needed: (major, minor + 1),
                found,
            }),
        ),
        (LINUX_4_13, linux_now, Ok(())),
        (
            PRCTL_DENIED,
            ACTIONS,
            Err(Error::NoNewPrivs { errno: libc::EPERM }),
        ),
        (
            SECCOMP_DENIED,
            ACTIONS,
            Err(Error::NotPermitted { errno: libc::EPERM }),
        ),
        (NO_FILTERS, ACTIONS, unsupported(libc::EINVAL)),
        (LINUX_3_4, ACTIONS, unsupported(libc::ENOSYS)),
        (LINUX_3_4, FLAGS, unsupported(libc::ENOSYS)),
        (LINUX_3_16, ACTIONS, no_action(libc::ENOSYS)),
        (
            LINUX_3_16,
            FLAGS,
            Err(Error::FlagsUnsupported {
                flags: FLAG_LOG | FLAG_SPEC_ALLOW,
            }),
        ),
        (LINUX_4_13, ACTIONS, no_action(libc::EINVAL)),
        (LINUX_4_13, SECOND, Ok(())),
        (QUESTION_DENIED, SECOND, Ok(())),
        (
            QUESTION_DENIED,
            ACTIONS,
            Err(Error::NotPermitted { errno: libc::EPERM }),
        ),
        (
            LINUX_4_13,
            FLAGS,
            Err(Error::FlagsUnsupported {
                flags: FLAG_LOG | FLAG_SPEC_ALLOW,
            }),
        ),
        (
            LINUX_4_16,
            FLAGS,
            Err(Error::FlagsUnsupported {
                flags: FLAG_SPEC_ALLOW,
            }),
        ),
    ];
    // Only for one thread there is another way, which does not exist either.
    passes(|| {
        check!(LINUX_3_4.install().is_ok());
        check!(SECOND.install().map(drop) == unsupported(libc::ENOSYS));
        check!(SECOND.install_on_this_thread().map(drop) == unsupported(libc::EINVAL));
        check!(call(libc::SYS_getppid).is_ok());
        Ok(())
    });
    // The process has one thread, so both give it the filter.
    for install in [Filter::install, Filter::install_on_this_thread] {
        for (kernel, filter, expected) in cases {
            passes(|| {
                check!(kernel.install().is_ok());
                check!(install(&filter).map(drop) == expected);
                check!(call(libc::SYS_getppid).is_err() == expected.is_ok());
                Ok(())
            });
        }
    }
}

/// Each filter has one action that is newer than filters are, so an old kernel would kill the
/// thread instead.
#[test]
fn an_action_that_the_kernel_does_not_have_is_an_error() {
    const LINUX_4_13: Filter = seccomp_profile!("tests/profiles/install-on-linux-4.13.json");
    const LINUX_4_20: Filter = seccomp_profile!("tests/profiles/install-on-linux-4.20.json");
    const LOG: Filter = seccomp_profile!(
        "tests/profiles/install-second.json",
        deny_action = "SCMP_ACT_LOG",
        allow(default_allow_foreign_abi)
    );
    const KILL: Filter = seccomp_profile!(
        "tests/profiles/install-second.json",
        bad_arch_action = "SCMP_ACT_KILL_PROCESS"
    );
    const NEWEST: Filter = seccomp_profile!(
        "tests/profiles/install-notify.json",
        bad_arch_action = "SCMP_ACT_KILL_PROCESS"
    );
    let installed = |filter: Filter| match filter.needs_listener() {
        true => filter.install_with_listener().map(drop),
        false => filter.install().map(drop),
    };
    for (kernel, errno) in [(LINUX_4_13, libc::EINVAL), (LINUX_4_20, libc::EOPNOTSUPP)] {
        for (filter, action, needed) in [
            (LOG, Action::Log, (4, 14)),
            (KILL, Action::KillProcess, (4, 14)),
            (NOTIFY, Action::Notify, (5, 0)),
            (NEWEST, Action::Notify, (5, 0)),
        ] {
            passes(|| {
                check!(kernel.install().is_ok());
                let error = Error::ActionUnsupported {
                    action,
                    needed,
                    errno,
                };
                check!(error.errno() == Some(errno));
                check!(installed(filter) == Err(error));
                check!(call(libc::SYS_getppid).is_ok());
                Ok(())
            });
            passes(|| {
                check!(installed(filter) == Ok(()));
                Ok(())
            });
        }
    }
}

#[test]
fn an_error_names_what_is_missing() {
    let error = Error::ActionUnsupported {
        action: Action::KillProcess,
        needed: (4, 14),
        errno: libc::EINVAL,
    };
    assert_eq!(
        error.to_string(),
        "the kernel does not have SCMP_ACT_KILL_PROCESS (errno 22), and would kill the calling \
         thread instead: this action needs Linux 4.14 or newer"
    );
    let error = Error::FlagsUnsupported {
        flags: FLAG_LOG | FLAG_SPEC_ALLOW | 1 << 31,
    };
    assert_eq!(error.errno(), Some(libc::EINVAL));
    assert_eq!(
        error.to_string(),
        "the kernel does not support SECCOMP_FILTER_FLAG_LOG (Linux 4.14), \
         SECCOMP_FILTER_FLAG_SPEC_ALLOW (Linux 4.17), 0x80000000: \
         use a newer kernel, or a profile that does not need it"
    );
    let error = Error::NotSynchronised { tid: Some(42) };
    assert_eq!(error.errno(), None);
    assert!(error.to_string().starts_with("thread 42 has a filter"));
    let errno = libc::ENOSYS;
    let error = Error::AllThreadsUnsupported { errno };
    assert_eq!(error.errno(), Some(errno));
    assert!(error.to_string().contains("`install_on_this_thread`"));
    let error = Error::AllThreadsRequired;
    assert_eq!(error.errno(), None);
    assert!(error.to_string().contains("`install`"));
}
