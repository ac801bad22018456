//! The instruction of classic BPF, and the opcodes that the compiler emits.

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use libc::sock_filter;

/// One instruction of classic BPF, laid out as in `include/uapi/linux/filter.h`.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[allow(non_camel_case_types, missing_docs)] // the same names as in the crate `libc` on Linux
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct sock_filter {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

// `include/uapi/linux/bpf_common.h`: an opcode is class | size | mode, or class | operation |
// source.
pub(crate) const LD_W_ABS: u16 = 0x20;
pub(crate) const AND_K: u16 = 0x54;
pub(crate) const JA: u16 = 0x05;
pub(crate) const JEQ_K: u16 = 0x15;
pub(crate) const JGT_K: u16 = 0x25;
pub(crate) const JGE_K: u16 = 0x35;
pub(crate) const JSET_K: u16 = 0x45;
pub(crate) const RET_K: u16 = 0x06;
