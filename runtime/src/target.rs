//! The `cfg` of the target → the ABI for which the macros compile.
//!
//! A procedural macro runs on the host and does not know the target, but this crate is compiled for
//! the target. Its `cfg` selects one copy of the hidden macro, so the expansion in a user's crate
//! has no `cfg`. For an unsupported target the macro is a compile error.

macro_rules! targets {
    ($dollar:tt $($abi:ident: $cfg:meta,)*) => {
        $(
            /// Calls a procedural macro with the ABI of the target.
            #[cfg($cfg)]
            #[doc(hidden)]
            #[macro_export]
            macro_rules! __for_target {
                ($dollar name:ident $dollar($dollar tokens:tt)*) => {
                    $crate::__private::$dollar name! { $crate $abi $dollar($dollar tokens)* }
                };
            }

            /// The same for this crate, in which an exported macro that a macro defines has no
            /// path.
            #[cfg($cfg)]
            macro_rules! native {
                ($dollar name:ident $dollar($dollar tokens:tt)*) => {
                    ::seccomp_profile_macro::$dollar name! { $crate $abi $dollar($dollar tokens)* }
                };
            }
        )*

        #[cfg(not(any($($cfg),*)))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! __for_target {
            ($dollar($dollar tokens:tt)*) => {
                ::core::compile_error!(::core::concat!(
                    "seccomp_profile! does not support this target; it supports",
                    $(" ", ::core::stringify!($abi),)*
                ))
            };
        }

        #[cfg(not(any($($cfg),*)))]
        macro_rules! native {
            (number $name:ident) => {
                (0, 0, 0)
            };
            (names) => {
                ("", &[], &[], &[], "")
            };
        }
    };
}

// The names are those of the compiler's `Abi::name`.
targets! { $
    x86_64: all(target_arch = "x86_64", target_pointer_width = "64"),
    x32: all(target_arch = "x86_64", target_pointer_width = "32"),
    x86: target_arch = "x86",
    arm: all(target_arch = "arm", target_endian = "little"),
    aarch64: all(target_arch = "aarch64", target_pointer_width = "64", target_endian = "little"),
    loongarch64: target_arch = "loongarch64",
    m68k: target_arch = "m68k",
    mips: all(any(target_arch = "mips", target_arch = "mips32r6"), target_endian = "big"),
    mipsel: all(any(target_arch = "mips", target_arch = "mips32r6"), target_endian = "little"),
    mips64: all(
        any(target_arch = "mips64", target_arch = "mips64r6"),
        target_pointer_width = "64", target_endian = "big"
    ),
    mips64n32: all(
        any(target_arch = "mips64", target_arch = "mips64r6"),
        target_pointer_width = "32", target_endian = "big"
    ),
    mipsel64: all(
        any(target_arch = "mips64", target_arch = "mips64r6"),
        target_pointer_width = "64", target_endian = "little"
    ),
    mipsel64n32: all(
        any(target_arch = "mips64", target_arch = "mips64r6"),
        target_pointer_width = "32", target_endian = "little"
    ),
    ppc: all(target_arch = "powerpc", target_endian = "big"),
    ppc64: all(target_arch = "powerpc64", target_endian = "big"),
    ppc64le: all(target_arch = "powerpc64", target_endian = "little"),
    riscv64: target_arch = "riscv64",
    s390x: target_arch = "s390x",
}

/// The `AUDIT_ARCH_*` token of the target's ABI. Every ABI has the system call `exit`.
pub(crate) const NATIVE: u32 = native!(number exit).0;
