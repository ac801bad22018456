//! The calling conventions that a seccomp filter can see: audit token, width, byte order, numbers.
//!
//! Tokens are those of `include/uapi/linux/audit.h`; names are the OCI runtime spec's
//! (`config-linux.md`, seccomp `architectures`).

use Abi::*;

/// One calling convention that a kernel can report to a filter.
///
/// [`Abi::X32`] shares its audit token with [`Abi::X86_64`]; the number distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the variants are the OCI names
pub enum Abi {
    X86,
    X86_64,
    X32,
    Arm,
    Aarch64,
    Loongarch64,
    M68k,
    Mips,
    Mips64,
    Mips64n32,
    Mipsel,
    Mipsel64,
    Mipsel64n32,
    Parisc,
    Parisc64,
    Ppc,
    Ppc64,
    Ppc64le,
    Riscv64,
    S390,
    S390x,
    Sh,
    Sheb,
}

/// The order of the bytes of a word in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Low byte first.
    Little,
    /// High byte first.
    Big,
}

/// How many bits of an argument the kernel uses, and a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Width {
    /// The low 16 bits, as of a `umode_t`.
    W16,
    /// The low 32 bits; the caller can leave anything in the high half.
    W32,
    /// All 64 bits.
    W64,
}

impl Width {
    /// Returns the number of bits.
    pub const fn bits(self) -> u32 {
        u64::BITS - self.max().leading_zeros()
    }

    /// Returns the greatest argument of this width, which is also the mask of its bits.
    pub const fn max(self) -> u64 {
        match self {
            Width::W16 => u16::MAX as u64,
            Width::W32 => u32::MAX as u64,
            Width::W64 => u64::MAX,
        }
    }
}

/// The system calls through which old ABIs reach the socket and IPC calls
/// (`net/socket.c: socketcall`, `ipc/syscall.c: ipc`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Multiplexer {
    /// `socketcall(2)`; the call is the low 32 bits of the first argument.
    Socketcall,
    /// `ipc(2)`; the call is the low 16 bits of the first argument, the high bits are a version.
    Ipc,
}

struct Facts {
    name: &'static str,
    token: u32,
    width: Width,
    endian: Endian,
    column: &'static str,
    multiplexed: bool,
}

const fn facts(
    name: &'static str,
    token: u32,
    width: Width,
    endian: Endian,
    column: &'static str,
    multiplexed: bool,
) -> Facts {
    Facts {
        name,
        token,
        width,
        endian,
        column,
        multiplexed,
    }
}

/// The bit that marks the numbers of x32 (`arch/x86/include/uapi/asm/unistd.h`,
/// `__X32_SYSCALL_BIT`). A number with the x86_64 token that is not below it belongs to x32,
/// except -1.
pub const X32_BIT: u32 = 0x4000_0000;

impl Abi {
    /// Every ABI of the OCI runtime spec, in the order of the variants.
    pub const ALL: [Abi; 23] = [
        X86,
        X86_64,
        X32,
        Arm,
        Aarch64,
        Loongarch64,
        M68k,
        Mips,
        Mips64,
        Mips64n32,
        Mipsel,
        Mipsel64,
        Mipsel64n32,
        Parisc,
        Parisc64,
        Ppc,
        Ppc64,
        Ppc64le,
        Riscv64,
        S390,
        S390x,
        Sh,
        Sheb,
    ];

    #[rustfmt::skip]
    const fn facts(self) -> Facts {
        use Endian::{Big, Little};
        use Width::{W32, W64};
        match self {
            X86         => facts("x86",         0x4000_0003, W32, Little, "x86",         true),
            X86_64      => facts("x86_64",      0xc000_003e, W64, Little, "x86_64",      false),
            // The kernel passes 64-bit registers, but uses only 32 bits of most arguments.
            X32         => facts("x32",         0xc000_003e, W32, Little, "x32",         false),
            Arm         => facts("arm",         0x4000_0028, W32, Little, "arm",         false),
            Aarch64     => facts("aarch64",     0xc000_00b7, W64, Little, "aarch64",     false),
            Loongarch64 => facts("loongarch64", 0xc000_0102, W64, Little, "loongarch64", false),
            M68k        => facts("m68k",        0x0000_0004, W32, Big,    "m68k",        true),
            Mips        => facts("mips",        0x0000_0008, W32, Big,    "mips",        true),
            Mips64      => facts("mips64",      0x8000_0008, W64, Big,    "mips64",      false),
            Mips64n32   => facts("mips64n32",   0xa000_0008, W32, Big,    "mips64n32",   false),
            Mipsel      => facts("mipsel",      0x4000_0008, W32, Little, "mips",        true),
            Mipsel64    => facts("mipsel64",    0xc000_0008, W64, Little, "mips64",      false),
            Mipsel64n32 => facts("mipsel64n32", 0xe000_0008, W32, Little, "mips64n32",   false),
            Parisc      => facts("parisc",      0x0000_000f, W32, Big,    "parisc",      false),
            Parisc64    => facts("parisc64",    0x8000_000f, W64, Big,    "parisc64",    false),
            Ppc         => facts("ppc",         0x0000_0014, W32, Big,    "ppc",         true),
            Ppc64       => facts("ppc64",       0x8000_0015, W64, Big,    "ppc64",       true),
            Ppc64le     => facts("ppc64le",     0xc000_0015, W64, Little, "ppc64",       true),
            Riscv64     => facts("riscv64",     0xc000_00f3, W64, Little, "riscv64",     false),
            S390        => facts("s390",        0x0000_0016, W32, Big,    "s390",        true),
            S390x       => facts("s390x",       0x8000_0016, W64, Big,    "s390x",       true),
            Sh          => facts("sh",          0x4000_002a, W32, Little, "sh",          true),
            Sheb        => facts("sheb",        0x0000_002a, W32, Big,    "sh",          true),
        }
    }

    /// Returns the name in lower case and without prefix: `x86_64` for `SCMP_ARCH_X86_64`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Returns the ABI with this [`name`](Abi::name).
    pub fn from_name(name: &str) -> Option<Abi> {
        Abi::ALL.iter().find(|abi| abi.name() == name).copied()
    }

    /// Returns the OCI name: `SCMP_ARCH_X86_64`.
    pub fn oci_name(self) -> String {
        format!("SCMP_ARCH_{}", self.name().to_uppercase())
    }

    /// Returns the ABI with this exact OCI name; there are no aliases.
    pub fn from_oci_name(name: &str) -> Option<Abi> {
        let name = name.strip_prefix("SCMP_ARCH_")?;
        let mut all = Abi::ALL.iter();
        all.find(|abi| abi.name().to_uppercase() == name).copied()
    }

    /// Returns the `AUDIT_ARCH_*` value of `seccomp_data.arch` for calls of this ABI.
    pub const fn token(self) -> u32 {
        self.facts().token
    }

    /// Returns how many bits of an argument are compared.
    pub const fn width(self) -> Width {
        self.facts().width
    }

    /// Returns the byte order of programs of this ABI.
    ///
    /// A filter reads `seccomp_data` in the byte order of the *kernel*, which is the byte order of the
    /// target: on ppc64le also for calls with the (big-endian) PPC token.
    pub const fn endian(self) -> Endian {
        self.facts().endian
    }

    /// Returns the name of this ABI's column in `syscalls.csv`.
    pub const fn column(self) -> &'static str {
        self.facts().column
    }

    /// Returns whether this ABI has `socketcall` and `ipc`.
    pub const fn multiplexed(self) -> bool {
        self.facts().multiplexed
    }

    /// Returns the ABIs that a kernel running programs of this target can report, by
    /// `syscall_get_arch()` of each architecture.
    pub const fn family(self) -> &'static [Abi] {
        match self {
            X86 | X86_64 | X32 => &[X86_64, X86, X32],
            Arm | Aarch64 => &[Aarch64, Arm],
            Mips | Mips64 | Mips64n32 => &[Mips64, Mips, Mips64n32],
            Mipsel | Mipsel64 | Mipsel64n32 => &[Mipsel64, Mipsel, Mipsel64n32],
            Parisc | Parisc64 => &[Parisc64, Parisc],
            Ppc | Ppc64 => &[Ppc64, Ppc],
            Ppc64le => &[Ppc64le, Ppc],
            S390 | S390x => &[S390x, S390],
            Loongarch64 => &[Loongarch64],
            M68k => &[M68k],
            Riscv64 => &[Riscv64],
            Sh => &[Sh],
            Sheb => &[Sheb],
        }
    }
}

impl std::fmt::Display for Abi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the multiplexer through which the call `name` can also be made, and its number there
/// (`include/uapi/linux/net.h`, `include/uapi/linux/ipc.h`).
#[rustfmt::skip]
pub fn subcall(name: &str) -> Option<(Multiplexer, u32)> {
    use Multiplexer::{Ipc, Socketcall};
    Some(match name {
        "socket"      => (Socketcall, 1),
        "bind"        => (Socketcall, 2),
        "connect"     => (Socketcall, 3),
        "listen"      => (Socketcall, 4),
        "accept"      => (Socketcall, 5),
        "getsockname" => (Socketcall, 6),
        "getpeername" => (Socketcall, 7),
        "socketpair"  => (Socketcall, 8),
        "send"        => (Socketcall, 9),
        "recv"        => (Socketcall, 10),
        "sendto"      => (Socketcall, 11),
        "recvfrom"    => (Socketcall, 12),
        "shutdown"    => (Socketcall, 13),
        "setsockopt"  => (Socketcall, 14),
        "getsockopt"  => (Socketcall, 15),
        "sendmsg"     => (Socketcall, 16),
        "recvmsg"     => (Socketcall, 17),
        "accept4"     => (Socketcall, 18),
        "recvmmsg"    => (Socketcall, 19),
        "sendmmsg"    => (Socketcall, 20),
        "semop"       => (Ipc, 1),
        "semget"      => (Ipc, 2),
        "semctl"      => (Ipc, 3),
        "semtimedop"  => (Ipc, 4),
        "msgsnd"      => (Ipc, 11),
        "msgrcv"      => (Ipc, 12),
        "msgget"      => (Ipc, 13),
        "msgctl"      => (Ipc, 14),
        "shmat"       => (Ipc, 21),
        "shmdt"       => (Ipc, 22),
        "shmget"      => (Ipc, 23),
        "shmctl"      => (Ipc, 24),
        _ => return None,
    })
}

impl Multiplexer {
    /// Returns the multiplexer with a name, on an ABI that has it.
    pub fn of(abi: Abi, name: &str) -> Option<Multiplexer> {
        let all = [Multiplexer::Socketcall, Multiplexer::Ipc];
        let named = all.iter().find(|multiplexer| multiplexer.name() == name);
        named.copied().filter(|_| abi.multiplexed())
    }

    /// Returns the name of the multiplexing call itself.
    pub const fn name(self) -> &'static str {
        match self {
            Multiplexer::Socketcall => "socketcall",
            Multiplexer::Ipc => "ipc",
        }
    }

    /// Returns the bits of the first argument that contain the number of the call.
    pub const fn mask(self) -> u64 {
        match self {
            Multiplexer::Socketcall => 0xffff_ffff,
            Multiplexer::Ipc => 0xffff,
        }
    }
}
