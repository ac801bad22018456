//! A guide from the first group of rules to a server that is confined by its profile.
//!
//! The command `seccomp-profile` is in this project's repository: `cargo install --path macro/cli` in
//! a clone installs it. The guide also uses the examples there, which are programs to read:
//! `sandbox`, `server`, `async_server`, `decompress`, `landlock` and `supervise`. The chapter
//! [`format`](mod@crate::format) explains each field of a profile.
//!
#![doc = include_str!("guide/write.md")]
#![doc = include_str!("guide/review.md")]
#![doc = include_str!("guide/scan.md")]
#![doc = include_str!("guide/embed.md")]
#![doc = include_str!("guide/confine.md")]
#![doc = include_str!("guide/limits.md")]
