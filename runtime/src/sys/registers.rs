//! The registers of a call in the `ucontext_t` that a signal handler gets.
//!
//! They are numbered in the order in which the kernel saves them
//! (`arch/*/include/uapi/asm/sigcontext.h`). For each target: the field of the first one; for each
//! ABI that the kernel can report there, its audit token, the six argument registers (syscall(2),
//! "Architecture calling conventions") and the bits of them that the ABI uses; and the register of
//! the return value.

use core::ffi::c_void;

macro_rules! registers {
    ($($condition:meta: $($field:ident).+, $args:expr, $result:literal;)*) => {
        $(
            #[cfg($condition)]
            mod layout {
                pub(crate) const SUPPORTED: bool = true;
                pub(crate) const ARGS: &[(u32, [usize; 6], u64)] = $args;
                pub(crate) const RESULT: usize = $result;

                /// # Safety
                /// `context` must point to a `ucontext_t` that the kernel wrote.
                pub(crate) unsafe fn saved(context: *mut super::c_void) -> Option<*mut usize> {
                    let context: *mut libc::ucontext_t = context.cast();
                    // SAFETY: the field is inside of the structure; nothing is read.
                    Some(unsafe { &raw mut (*context).$($field).+ }.cast())
                }
            }
        )*

        #[cfg(not(any($($condition),*)))]
        mod layout {
            pub(crate) const SUPPORTED: bool = false;
            pub(crate) const ARGS: &[(u32, [usize; 6], u64)] = &[];
            pub(crate) const RESULT: usize = 0;

            /// # Safety
            /// None: the C library does not name the registers, so `context` is not used.
            pub(crate) unsafe fn saved(_: *mut super::c_void) -> Option<*mut usize> {
                None
            }
        }
    };
}

registers! {
    all(
        target_arch = "x86_64", target_pointer_width = "64",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.gregs, &[
        (0xc000_003e, [8, 9, 12, 2, 0, 1], u64::MAX),
        (0x4000_0003, [11, 14, 12, 9, 8, 10], u32::MAX as u64),
    ], 13;
    all(target_arch = "x86", any(target_env = "gnu", target_os = "android")):
        uc_mcontext.gregs, &[(0x4000_0003, [8, 10, 9, 5, 4, 6], u64::MAX)], 11;
    all(
        target_arch = "aarch64", target_pointer_width = "64", target_endian = "little",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.regs, &[(0xc000_00b7, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
    all(
        target_arch = "arm", target_endian = "little",
        any(target_env = "gnu", target_env = "musl", target_os = "android")
    ): uc_mcontext.arm_r0, &[(0x4000_0028, [0, 1, 2, 3, 4, 5], u64::MAX)], 0;
    all(target_arch = "riscv64", any(target_env = "gnu", target_env = "musl")):
        uc_mcontext.__gregs, &[(0xc000_00f3, [10, 11, 12, 13, 14, 15], u64::MAX)], 10;
    all(target_arch = "loongarch64", any(target_env = "gnu", target_env = "musl")):
        uc_mcontext.__gregs, &[(0xc000_0102, [4, 5, 6, 7, 8, 9], u64::MAX)], 4;
    all(target_arch = "s390x", target_env = "gnu"):
        uc_mcontext.gregs, &[(0x8000_0016, [2, 3, 4, 5, 6, 7], u64::MAX)], 2;
}

pub(crate) use layout::SUPPORTED;
pub(super) use layout::{ARGS, RESULT, saved};
