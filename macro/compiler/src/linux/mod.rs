//! Facts about the kernel: data, each with a thin reader.
//!
//! Nothing here knows profiles or policies.

pub mod abi;
pub mod action;
pub mod arguments;
pub mod capability;
pub mod data;
pub(crate) mod errno;
pub(crate) mod frequency;
pub(crate) mod int_args;
pub mod syscalls;
pub mod version;
