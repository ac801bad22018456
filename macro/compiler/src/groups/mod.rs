//! Rule lists for what Rust programs do, as profiles of this crate.
//!
//! A group is a profile in JSON without `defaultAction`. It only allows calls, and answers ENOSYS to
//! calls that libcs replace by older ones then. It is for every ABI, for glibc and musl, and for
//! `std` from the minimum supported Rust version on. Between groups permissions are united, so no
//! two groups have different actions for one call.
//!
//! Every rule has a comment that says what makes the call. A comment that begins with `Elsewhere:`
//! is about calls that no program on x86_64 makes today with current libraries; all others are
//! measured by `tests/groups`.
//!
//! What a group allows is a promise: [`Group::version`] grows when it changes.

use crate::error::{Error, Kind};

/// A rule list for one thing that Rust programs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The name, as in `with = ["files-read"]`.
    pub name: &'static str,
    /// Grows by one when the group allows something else.
    pub version: u32,
    /// What the group is for, in one line.
    pub summary: &'static str,
    /// The groups that this one brings along. They come earlier in [`GROUPS`].
    pub builds_on: &'static [&'static str],
    /// The profile, without `defaultAction`.
    pub text: &'static str,
}

macro_rules! group {
    ($name:literal, $version:literal, [$($base:literal),*], $summary:literal) => {
        Group {
            name: $name,
            version: $version,
            summary: $summary,
            builds_on: &[$($base),*],
            text: include_str!(concat!($name, ".json")),
        }
    };
}

/// All groups, each after those that it builds on.
#[rustfmt::skip]
pub const GROUPS: &[Group] = &[
    group!("exit", 1, [], "end: return from main, or exit"),
    group!("abort", 1, ["exit"], "crash: faults, abort, stack overflow"),
    group!("memory", 1, ["exit"], "allocate, nothing executable (on s390x anything)"),
    group!("panic", 1, ["abort", "memory"], "panic: message, unwinding"),
    group!("stdio", 1, ["exit"], "standard input, output and error"),
    group!("time", 1, ["exit"], "read clocks, sleep"),
    group!("random", 1, ["memory"], "random numbers, hash maps"),
    group!("threads", 1, ["memory"], "start, name, park and join threads; locks"),
    group!("files-read", 1, ["memory"], "open, read, list and inspect files"),
    group!("backtrace", 1, ["panic", "files-read"], "backtraces of panics, with symbols"),
    group!("files-write", 1, ["files-read"], "create, write, rename and remove files"),
    group!("tcp", 1, ["exit"], "TCP over IPv4 and IPv6"),
    group!("udp", 1, ["exit"], "UDP over IPv4 and IPv6"),
    group!("unix-sockets", 1, ["exit"], "Unix sockets and pairs of them"),
    group!("dns", 1, ["files-read", "time", "udp"], "look up names of hosts"),
    group!("event-loop", 1, ["threads", "time", "random"], "epoll, eventfd and timers: tokio"),
    group!("spawn", 1, ["files-read"], "start programs and wait for them"),
];

/// Returns the group of a name.
pub fn of(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.name == name)
}

/// Returns whether a word of the option `with` is the name of a group. Any other word is a path.
pub fn is_name(word: &str) -> bool {
    !word.contains(['/', '\\', '.'])
}

/// Returns the groups of a list and all that they build on, each once, in the order of [`GROUPS`].
pub fn closure(chosen: impl IntoIterator<Item = &'static Group>) -> Vec<&'static Group> {
    let mut wanted: Vec<&str> = chosen.into_iter().map(|group| group.name).collect();
    // Backwards, so that a group is added before those that it builds on are looked at.
    for group in GROUPS.iter().rev() {
        if wanted.contains(&group.name) {
            wanted.extend(group.builds_on);
        }
    }
    GROUPS
        .iter()
        .filter(|group| wanted.contains(&group.name))
        .collect()
}

/// Returns the groups with some names, as [`closure`] does.
///
/// ```
/// use seccomp_profile_compiler::groups;
///
/// let chosen = groups::named(&["panic"])?;
/// let names: Vec<_> = chosen.iter().map(|group| group.name).collect();
/// assert_eq!(names, ["exit", "abort", "memory", "panic"]);
/// # Ok::<(), seccomp_profile_compiler::Error>(())
/// ```
///
/// # Errors
/// `unknown-group`, with the nearest names; `repeated` for a name that occurs twice.
pub fn named(names: &[&str]) -> Result<Vec<&'static Group>, Error> {
    let mut chosen: Vec<&'static Group> = Vec::new();
    for name in names {
        if chosen.iter().any(|group| group.name == *name) {
            let message = format!("the group `{name}` is in this composition twice");
            return Err(Error::nowhere(Kind::Repeated, message).label("remove one of the two"));
        }
        chosen.push(of(name).ok_or_else(|| unknown(name))?);
    }
    Ok(closure(chosen))
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = GROUPS.iter().map(|group| group.name).collect();
    let all = names.join(", ");
    Error::nowhere(Kind::UnknownGroup, format!("unknown group `{name}`"))
        .did_you_mean(name, &names, "no such group")
        .note(format!("known groups: {all}"))
        .note(format!(
            "the path of a profile contains a `/` or a `.`: `./{name}` or `{name}.json`"
        ))
}
