//! What can be done with a program without the kernel: evaluate it, and print it.

pub(crate) mod evaluate;
pub(crate) mod listing;
