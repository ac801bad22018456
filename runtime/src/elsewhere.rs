//! What stands in for the system calls where the kernel is not Linux: nothing can be installed,
//! but a program that embeds a filter still compiles and can look at it.

use crate::Error;

/// One instruction of classic BPF, laid out as in `include/uapi/linux/filter.h`.
#[allow(non_camel_case_types, missing_docs)] // the C names, as in libc on Linux
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct sock_filter {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

pub(crate) fn install(_: &'static [sock_filter], _: u32, _: Option<(u8, u8)>) -> Result<(), Error> {
    Err(Error::NotLinux)
}

pub(crate) fn report(_: crate::After) -> Result<(), Error> {
    Err(Error::NotLinux)
}
