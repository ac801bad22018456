//! A guide from the first group of rules to a server that is confined by its profile.
//!
//! The command `seccomp-profile` is in this project's repository; `cargo install --path macro/cli`
//! in a checkout of it installs the command. The programs that the guide mentions are the examples
//! there: `record` is a tool, the others are programs to read: `server`, `async_server`,
//! `decompress`, `landlock` and `supervise`. What each field of a profile means is in the chapter
//! [`format`](mod@crate::format).
//!
#![doc = include_str!("guide/write.md")]
#![doc = include_str!("guide/review.md")]
#![doc = include_str!("guide/embed.md")]
#![doc = include_str!("guide/confine.md")]
#![doc = include_str!("guide/limits.md")]
