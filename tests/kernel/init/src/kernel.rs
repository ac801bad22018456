//! Which Linux this is.

use std::ffi::CStr;
use std::mem::MaybeUninit;

/// Returns what uname(2) says, `6.1.0-50-s390x`.
pub(crate) fn release() -> String {
    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: uname(2) fills the structure, which was zero before, with strings that end.
    let name = unsafe {
        libc::uname(name.as_mut_ptr());
        name.assume_init()
    };
    // SAFETY: as above; the array lives until the end of this function.
    let release = unsafe { CStr::from_ptr(name.release.as_ptr()) };
    release.to_string_lossy().into_owned()
}

/// Returns whether it is this version or a newer one.
pub(crate) fn since(major: u32, minor: u32) -> bool {
    let release = release();
    let mut numbers = release
        .split(|byte: char| !byte.is_ascii_digit())
        .map(|digits| digits.parse().unwrap_or(0));
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    found >= (major, minor)
}
