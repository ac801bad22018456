//! The replacement of `install.rs` on other operating systems: every installation is an error.
//!
//! A program that embeds a filter still compiles there, and can evaluate and print the filter.

use crate::error::Error;
use crate::insn::sock_filter;

pub(crate) fn install(_: &'static [sock_filter], _: u32, _: Option<(u8, u8)>) -> Result<(), Error> {
    Err(Error::NotLinux)
}
