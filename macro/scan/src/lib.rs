//! A superset of the system calls that an ELF program can make, from its code.

mod aarch64;
mod arch;
mod insn;
mod x86_64;

pub use arch::Arch;
