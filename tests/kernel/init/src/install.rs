//! What installing a filter depends on: flags, listeners and the version of the kernel.

use seccomp_profile::{Error, Filter, seccomp_profile};

use crate::call::plain;
use crate::child::{Verdict, require};
use crate::kernel;

static FLAGS: Filter = seccomp_profile!("../policies/flags.json");
static NOTIFY: Filter = seccomp_profile!("../policies/notify.json");
static KILLABLE: Filter = seccomp_profile!("../policies/notify-killable.json");
static RECENT: Filter = seccomp_profile!("../policies/flags.json", kernel = "5.11");

/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`, of Linux 5.19.
const WAIT_KILLABLE_RECV: u32 = 1 << 5;

pub(crate) fn flags() -> Verdict {
    let enforced = FLAGS.install();
    require!(
        enforced.is_ok_and(|enforced| enforced.flags() == 7),
        enforced
    );
    require!(plain(libc::SYS_getppid) == -3000);
    Ok(())
}

pub(crate) fn listener_required() -> Verdict {
    require!(NOTIFY.needs_listener());
    let refused = NOTIFY.install();
    require!(refused == Err(Error::ListenerRequired), refused);
    require!(plain(libc::SYS_getppid) >= 0);
    Ok(())
}

pub(crate) fn listener_gone() -> Verdict {
    let listener = NOTIFY.install_with_listener();
    require!(listener.is_ok(), listener);
    let second = NOTIFY.install_with_listener();
    require!(matches!(second, Err(Error::ListenerExists)), second);
    drop(listener);
    require!(
        plain(libc::SYS_getppid) == -i64::from(libc::ENOSYS),
        plain(libc::SYS_getppid)
    );
    Ok(())
}

pub(crate) fn flag_of_5_19() -> Verdict {
    let listener = KILLABLE.install_with_listener();
    if kernel::since(5, 19) {
        require!(listener.is_ok(), listener);
        return Ok(());
    }
    let flags = WAIT_KILLABLE_RECV;
    require!(
        matches!(listener, Err(Error::FlagsUnsupported { flags: f }) if f == flags),
        listener
    );
    require!(plain(libc::SYS_getppid) >= 0);
    Ok(())
}

pub(crate) fn version_of_filter() -> Verdict {
    let enforced = RECENT.install();
    if kernel::since(5, 11) {
        require!(enforced.is_ok(), enforced);
        return Ok(());
    }
    require!(
        matches!(
            enforced,
            Err(Error::KernelTooOld {
                needed: (5, 11),
                ..
            })
        ),
        enforced
    );
    require!(plain(libc::SYS_getppid) >= 0);
    Ok(())
}
