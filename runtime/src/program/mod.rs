//! A program without a kernel: what it answers, and what it looks like.

pub(crate) mod evaluate;
pub(crate) mod listing;
