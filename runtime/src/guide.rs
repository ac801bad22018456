//! A guide from the first group of rules to a server that is confined by its profile.
//!
//! The guide uses the examples in this project's repository. `record` and `inspect` are tools. The
//! others are programs to read: `sandbox`, `server`, `async_server`, `decompress`, `landlock` and
//! `supervise`. Run the commands in a clone of the repository. The chapter
//! [`format`](mod@crate::format) explains each field of a profile.
//!
#![doc = include_str!("guide/write.md")]
#![doc = include_str!("guide/embed.md")]
#![doc = include_str!("guide/confine.md")]
#![doc = include_str!("guide/limits.md")]
