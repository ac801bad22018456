//! The profile format: what every field, action and operator of a profile means.
//!
//! This chapter is the reference: how the compiler reads a profile. The [`guide`](crate::guide)
//! shows how to write one. Every example here is compiled and tested. A comment `// error[KIND]`
//! marks the line that stops the build, and `// warning[NAME]` the line that causes a warning. In
//! messages a name has `-`, as in `unreachable-rule`. In `allow(…)` and `deny(…)`, and in this
//! text, the name of a warning has `_`, as in `unreachable_rule`. `with = ["abort"]` adds the
//! [group](#groups) of calls that a program needs [to crash and to end](#programs-that-cannot-end).
//!
//! | part | sections |
//! |---|---|
//! | the file | [Profile object](#profile-object), [Strict JSON](#strict-json), [Free text](#free-text), [Container configuration](#container-configuration), [Kubernetes object](#kubernetes-object) |
//! | what happens to a call | [Actions](#actions), [Errno numbers](#errno-numbers), [Default action](#default-action), [Supervised calls](#supervised-calls) |
//! | which calls | [Rules](#rules), [System call names](#system-call-names), [First match](#first-match), [Overlapping rules](#overlapping-rules) |
//! | which arguments | [Conditions](#conditions), [Operators](#operators), [Masked comparison](#masked-comparison), [Repeated index](#repeated-index), [Numbers as strings](#numbers-as-strings), [Argument width](#argument-width), [Typed arguments](#typed-arguments), [Pointers and memory](#pointers-and-memory), [Arguments in memory](#arguments-in-memory) |
//! | which architectures | [Architectures](#architectures), [Other architectures](#other-architectures), [x32 numbers](#x32-numbers), [Skipped calls](#skipped-calls), [Multiplexed calls](#multiplexed-calls), [Newer calls](#newer-calls) |
//! | the filter as a whole | [Flags](#flags), [All threads](#all-threads), [Flags of listeners](#flags-of-listeners), [Listener fields](#listener-fields) |
//! | several files | [Composition](#composition), [Profiles that extend a profile](#profiles-that-extend-a-profile), [Groups](#groups) |
//! | container engines | [Docker and Podman fields](#docker-and-podman-fields), [Architecture map](#architecture-map), [Includes and excludes](#includes-and-excludes), [Kernel versions](#kernel-versions), [Errno names](#errno-names) |
//! | what the compiler reports | [Limits](#limits), [Errors](#errors), [Warnings](#warnings), [Other names for the same](#other-names-for-the-same), [Programs that cannot end](#programs-that-cannot-end), [Rules without effect](#rules-without-effect) |
//!
//! In one sentence: **a call gets the action of the first rule that matches it, in the order of the
//! profile, or the default action if no rule matches.** Container runtimes agree with this sentence
//! for almost every real profile. Where they do not, the build stops and the error shows both
//! answers ([Overlapping rules](#overlapping-rules)).
//!
//! Words used below:
//!
//! - The *target* is the ABI that your crate is compiled for.
//! - An *ABI* is one way to make a system call: it has its own call numbers and argument width. An
//!   x86_64 kernel has three: x86_64, x86 (i386) and x32.
//! - An *option* is a `key = value` after the profile in the invocation of
//!   [`seccomp_profile!`](crate::seccomp_profile#options).
//!
#![doc = include_str!("format/profile.md")]
#![doc = include_str!("format/actions.md")]
#![doc = include_str!("format/rules.md")]
#![doc = include_str!("format/conditions.md")]
#![doc = include_str!("format/architectures.md")]
#![doc = include_str!("format/filter.md")]
#![doc = include_str!("format/composition.md")]
#![doc = include_str!("format/engines.md")]
#![doc = include_str!("format/reports.md")]
