//! System calls as numbers, by every way in that a program has.

/// A way into the kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    /// The way of the target's C library.
    Native,
    /// That of i386, from a 64-bit program (`arch/x86/entry/entry_64_compat.S`).
    #[cfg(target_arch = "x86_64")]
    Int80,
}

impl Door {
    /// Makes a call and returns its answer as the kernel gives it: an error is a small negative
    /// number.
    pub(crate) fn call(self, nr: u32, args: [u64; 6]) -> i64 {
        match self {
            Door::Native => native(nr, args),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the caller's calls take no memory of this program, as in `native`; the array
            // holds the six numbers that the function reads.
            Door::Int80 => i64::from(unsafe { int80(nr, args.as_ptr()) }),
        }
    }
}

/// Makes a call of the target's C library that takes no arguments.
pub(crate) fn plain(nr: libc::c_long) -> i64 {
    native(nr as u32, [0; 6])
}

/// Makes a call of the target's C library.
pub(crate) fn native(nr: u32, args: [u64; 6]) -> i64 {
    // A register holds the number as the kernel will: -1 is not 0xffff_ffff.
    let nr = nr as i32 as libc::c_long;
    let [a, b, c, d, e, f] = args.map(|arg| arg as libc::c_ulong);
    // SAFETY: the tests make calls whose arguments are no addresses of this program, or addresses
    // of memory that the test owns, and calls that a filter stops.
    match unsafe { libc::syscall(nr, a, b, c, d, e, f) } {
        -1 => {
            let errno = std::io::Error::last_os_error().raw_os_error();
            -i64::from(errno.unwrap_or(0))
        }
        #[allow(clippy::unnecessary_cast)] // it has 32 bits elsewhere
        answer => answer as i64,
    }
}

#[cfg(target_arch = "x86_64")]
unsafe extern "C" {
    fn int80(nr: u32, args: *const u64) -> i32;
}

// The arguments of i386 are in ebx, ecx, edx, esi, edi and ebp, and here with all their 64 bits.
#[cfg(target_arch = "x86_64")]
std::arch::global_asm!(
    "int80:",
    "push rbx",
    "push rbp",
    "mov eax, edi",
    "mov r8, rsi",
    "mov rbx, [r8]",
    "mov rcx, [r8 + 8]",
    "mov rdx, [r8 + 16]",
    "mov rsi, [r8 + 24]",
    "mov rdi, [r8 + 32]",
    "mov rbp, [r8 + 40]",
    "int 0x80",
    "pop rbp",
    "pop rbx",
    "ret",
);
