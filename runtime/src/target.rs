//! Which ABI the macro compiles for: what this crate's own `cfg` says, since a procedural macro
//! runs on the host and cannot know.
//!
//! Exactly one copy of the hidden macro exists in a build, so nothing conditional is left in the
//! crate that embeds a profile, and a target without an ABI of seccomp is a compile error.

macro_rules! targets {
    ($dollar:tt $($abi:ident: $cfg:meta,)*) => {
        $(
            /// Calls one of the procedural macros for the target.
            #[cfg($cfg)]
            #[doc(hidden)]
            #[macro_export]
            macro_rules! __for_target {
                ($dollar name:ident $dollar($dollar tokens:tt)*) => {
                    $crate::__private::$dollar name! { $crate $abi $dollar($dollar tokens)* }
                };
            }

            /// The same for this crate, which may not call what it exports.
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
                (0, 0)
            };
            (names) => {
                ("", &[], &[], &[], "")
            };
        }
    };
}

// The names are those of `Abi::name` in the compiler.
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

/// The token of the program's own ABI; every one has this call.
pub(crate) const NATIVE: u32 = native!(number exit).0;
