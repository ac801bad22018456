//! A guide from the first group of rules to a server that is confined by its profile.
//!
//! The command `seccomp-profile` is in this project's repository, and so are the examples that the
//! guide mentions: `inspect` is a tool, the others are programs to read: `server`, `async_server`, `decompress`,
//! `landlock` and `supervise`. Run the commands in a checkout of it. What each field of a profile
//! means is in the chapter [`format`](mod@crate::format).
//!
#![doc = include_str!("guide/write.md")]
#![doc = include_str!("guide/embed.md")]
#![doc = include_str!("guide/confine.md")]
#![doc = include_str!("guide/limits.md")]
