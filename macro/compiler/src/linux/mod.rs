//! Facts about the kernel: tables, each with a small reader.
//!
//! Nothing here depends on profiles or policies.

pub mod abi;
pub mod action;
pub mod arguments;
pub mod call;
pub mod capability;
pub mod constants;
pub mod data;
pub mod errno;
pub(crate) mod frequency;
pub mod rings;
pub mod siblings;
pub mod syscalls;
mod table;
pub mod version;
