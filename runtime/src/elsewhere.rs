//! The replacement of `install.rs` on other operating systems: every installation is an error.
//!
//! A program that embeds a filter still compiles there, and can evaluate and print the filter.

use crate::error::Error;
use crate::insn::sock_filter;
use crate::needs::Needs;

pub(crate) fn install(_: &'static [sock_filter], _: u32) -> Result<(), Error> {
    Err(Error::NotLinux)
}

pub(crate) fn check(_: Needs) -> Result<(), Error> {
    Err(Error::NotLinux)
}

pub(crate) use {check as check_actions, check as check_version};
