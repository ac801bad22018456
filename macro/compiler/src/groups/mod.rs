//! Stub: replaced by the branch `groups`.

use crate::error::{Error, Kind};

/// A rule list for one thing that Rust programs do.
#[derive(Debug)]
pub struct Group {
    /// The name.
    pub name: &'static str,
    /// The version.
    pub version: u32,
    /// What it is for.
    pub summary: &'static str,
    /// The groups that it needs.
    pub builds_on: &'static [&'static str],
    /// The JSON.
    pub text: &'static str,
}

/// All groups.
pub const GROUPS: &[Group] = &[
    Group {
        name: "abort",
        version: 1,
        summary: "x",
        builds_on: &[],
        text: r#"{"syscalls":[{"names":["rt_sigaction","rt_sigprocmask","gettid","getpid","tgkill","tkill","rt_sigreturn"],"action":"SCMP_ACT_ALLOW"}]}"#,
    },
    Group {
        name: "tcp",
        version: 1,
        summary: "x",
        builds_on: &["abort"],
        text: r#"{"syscalls":[{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":"AF_INET"}]},{"names":["connect"],"action":"SCMP_ACT_ALLOW"}]}"#,
    },
];

/// Returns a group by its name.
pub fn of(name: &str) -> Option<&'static Group> {
    GROUPS.iter().find(|group| group.name == name)
}

/// Returns a group by its name.
///
/// # Errors
/// `unknown-group`, with the nearest names and the list.
pub fn require(name: &str) -> Result<&'static Group, Error> {
    of(name).ok_or_else(|| {
        let names = || GROUPS.iter().map(|group| group.name);
        let all = names().collect::<Vec<_>>().join(", ");
        Error::nowhere(Kind::UnknownGroup, format!("unknown group `{name}`"))
            .did_you_mean(name, names(), "no such group")
            .note(format!("known groups: {all}"))
            .note(format!(
                "the path of a profile contains a `/` or a `.`, such as `./{name}.json`"
            ))
    })
}

/// Returns whether a word of `with` is the name of a group, not the path of a profile.
pub fn is_name(word: &str) -> bool {
    !word.contains(['/', '\\', '.'])
}

/// Returns the groups with these names and all that they build on, each once, in the order of
/// [`GROUPS`].
///
/// # Errors
/// `unknown-group`; `repeated` for a name that occurs twice.
pub fn with_foundations(names: &[&str]) -> Result<Vec<&'static Group>, Error> {
    let mut wanted: Vec<&'static str> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            let message = format!("the group `{name}` is named twice");
            return Err(Error::nowhere(Kind::Repeated, message).label("remove one of the two"));
        }
        wanted.push(require(name)?.name);
    }
    let mut at = 0;
    while let Some(name) = wanted.get(at) {
        let below = of(name).map_or(&[][..], |group| group.builds_on);
        let new: Vec<&str> = { below.iter().copied() }
            .filter(|name| !wanted.contains(name))
            .collect();
        wanted.extend(new);
        at += 1;
    }
    Ok({ GROUPS.iter() }
        .filter(|group| wanted.contains(&group.name))
        .collect())
}
