//! Constants that a profile names: the crate `libc` must agree with the compiler's table.

/// Asserts that `libc` has the same value for each constant that it has on this target; the low 32
/// bits are compared.
///
/// The inner block sees the constant of `libc` if there is one, else the one of the outer block.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __same_constants {
    ($krate:ident $($name:ident = $value:literal,)*) => {
        #[allow(clippy::all, dead_code, trivial_numeric_casts, unused_imports)]
        const _: () = {
            $(const $name: u32 = $value;)*
            {
                use $krate::__private::libc::*;
                $(::core::assert!(
                    $name as u32 == $value,
                    ::core::concat!(
                        "the crate `libc` has another value for ",
                        ::core::stringify!($name),
                        " than the compiler of the profile",
                    ),
                );)*
            }
        };
    };
}

/// Other systems have other values, and install no filter.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[doc(hidden)]
#[macro_export]
macro_rules! __same_constants {
    ($($tokens:tt)*) => {};
}
