//! Compiles OCI seccomp profiles.
#![forbid(unsafe_code)]
pub mod abi;
pub mod bpf;
pub mod error;
pub mod policy;
