//! The only program of a machine: what an init must do.

use std::ffi::CStr;

/// Returns whether this is the init of a machine.
pub fn is_ours() -> bool {
    std::process::id() == 1
}

/// Makes an empty machine one in which the deeds can run.
pub fn prepare() {
    for (kind, at) in [
        (c"proc", c"/proc"),
        (c"sysfs", c"/sys"),
        (c"devtmpfs", c"/dev"),
        (c"tmpfs", c"/tmp"),
    ] {
        mount(kind, at);
    }
    // SAFETY: the request is whole.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as _;
        request.ifr_name[1] = b'o' as _;
        request.ifr_ifru.ifru_flags = libc::IFF_UP as _;
        libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &request);
        libc::close(socket);
    }
}

fn mount(kind: &CStr, at: &CStr) {
    let _ = std::fs::create_dir_all(at.to_str().expect("a path"));
    // SAFETY: the strings end.
    unsafe {
        libc::mount(
            kind.as_ptr(),
            at.as_ptr(),
            kind.as_ptr(),
            0,
            std::ptr::null(),
        )
    };
}

/// Switches the machine off, after the console has shown everything.
pub fn end() {
    // SAFETY: no pointers.
    unsafe {
        libc::ioctl(1, libc::TCSBRK as _, 1);
        libc::sync();
        libc::reboot(libc::RB_POWER_OFF);
    }
}
