//! Facts about the kernel: data, each with a thin reader.
//!
//! Nothing here knows profiles or policies.

pub mod abi;
pub mod action;
pub mod capability;
pub mod constants;
pub mod data;
pub(crate) mod errno;
pub(crate) mod frequency;
pub(crate) mod int_args;
pub mod rings;
pub mod siblings;
pub mod syscalls;
pub mod version;
