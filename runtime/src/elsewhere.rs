//! What stands in for `install.rs` where the kernel is not Linux: nothing can be installed, but a
//! program that embeds a filter still compiles and can look at it.

use crate::error::Error;
use crate::insn::sock_filter;

pub(crate) fn install(_: &'static [sock_filter], _: u32, _: Option<(u8, u8)>) -> Result<(), Error> {
    Err(Error::NotLinux)
}
