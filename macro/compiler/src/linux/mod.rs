//! Facts about the kernel: data, each with a thin reader.

pub mod arguments;
