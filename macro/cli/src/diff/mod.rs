//! `diff`: what two profiles mean differently.

mod change;
mod json;
mod report;

use clap::Args;
use seccomp_profile_compiler::{Abi, Compiled, Options, Sources};

use crate::inspect::phrase::plain;
use crate::inspect::snippet::Text;
use crate::options::ProfileOptions;
use crate::paint::Paint;
use crate::texts::Texts;
use crate::{Failure, Output, compose};
use change::Changes;

/// Shows which calls two profiles answer differently.
///
/// The comparison is exact: it lists every call whose answer differs for some arguments, with one
/// example. An answer is looser if the kernel prefers the other one where both apply. The exit status
/// is 1 if an answer got looser. All options apply to both profiles, but --old-with and --new-with.
///
/// Examples:
///   seccomp-profile diff old.json new.json
///   seccomp-profile diff --old-with panic --old-with tcp server.json recorded.json
///   seccomp-profile diff --all-targets --allow-looser old.json new.json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Diff {
    /// The profile as it was
    old: String,
    /// The profile as it is now; one of both can be - for standard input
    new: String,
    /// A group or the path of another profile, like --with, for OLD only; can be repeated
    #[arg(long, value_name = "NAME")]
    old_with: Vec<String>,
    /// The same for NEW only
    #[arg(long, value_name = "NAME")]
    new_with: Vec<String>,
    /// Compare for every architecture that one of the profiles lists
    #[arg(long, conflicts_with = "target")]
    all_targets: bool,
    /// Succeed even if an answer got looser
    #[arg(long)]
    allow_looser: bool,
    /// Write the differences as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    options: ProfileOptions,
}

impl Diff {
    pub(crate) fn run(&self) -> Result<Output, Failure> {
        let options = self.options.options()?;
        let sides = [(&self.old, &self.old_with), (&self.new, &self.new_with)];
        let [old, new] = sides.map(|(path, own)| {
            // What both have decides after what one has.
            let with = own.iter().chain(&self.options.with).cloned();
            Texts::read(path, &with.collect::<Vec<_>>())
        });
        let (old, new) = (old?, new?);
        let pair = Pair {
            old: Side::new(&self.old, old.sources()?),
            new: Side::new(&self.new, new.sources()?),
        };
        let mut changes = Vec::new();
        for target in self.targets(&pair)? {
            changes.push(pair.compare(target, &options)?);
        }
        let looser = changes.iter().any(Changes::is_looser);
        let text = match self.json {
            true => json::json(&pair, &changes)?,
            false => report::report(&pair, &changes, Paint::of_stdout()),
        };
        Ok(Output {
            bytes: text.into_bytes(),
            yes: !looser || self.allow_looser,
        })
    }

    /// The targets to compare for.
    fn targets(&self, pair: &Pair<'_>) -> Result<Vec<Abi>, Failure> {
        if !self.all_targets {
            return Ok(vec![self.options.target.abi()?]);
        }
        let mut targets = Vec::new();
        for side in [&pair.old, &pair.new] {
            for source in side.sources.iter() {
                if let Ok(json) = serde_json::from_str(source.text) {
                    listed(&json, &mut targets);
                }
            }
        }
        targets.sort_unstable();
        targets.dedup();
        if targets.is_empty() {
            let message = "neither profile lists an architecture: name a --target";
            return Err(Failure::Wrong(message.into()));
        }
        Ok(targets)
    }
}

/// Collects the `architectures` of a profile, and each `architecture` of its `archMap`.
fn listed(json: &serde_json::Value, targets: &mut Vec<Abi>) {
    let mut known = |name: &serde_json::Value| {
        let named = |abi: &Abi| Some(abi.oci_name().as_str()) == name.as_str();
        targets.extend(Abi::ALL.into_iter().find(named));
    };
    if let Some(members) = json.as_object() {
        if let Some(name) = members.get("architecture") {
            known(name);
        }
        if let Some(names) = members
            .get("architectures")
            .and_then(|list| list.as_array())
        {
            names.iter().for_each(known);
        }
    }
    match json {
        serde_json::Value::Object(members) => {
            members.values().for_each(|value| listed(value, targets));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| listed(value, targets)),
        _ => {}
    }
}

/// One of the profiles.
struct Side<'s> {
    path: String,
    sources: Sources<'s>,
}

/// Both profiles.
struct Pair<'s> {
    old: Side<'s>,
    new: Side<'s>,
}

impl<'s> Side<'s> {
    fn new(path: &str, sources: Sources<'s>) -> Side<'s> {
        Side {
            path: plain(path),
            sources,
        }
    }

    fn compile(&self, target: Abi, options: &Options) -> Result<Compiled, Failure> {
        compose::without_warnings(&self.sources, target, options).map_err(|failure| match failure {
            Failure::Wrong(message) => Failure::Wrong(format!("for {target}:\n{message}")),
            usage => usage,
        })
    }
}

impl Pair<'_> {
    fn compare(&self, target: Abi, options: &Options) -> Result<Changes, Failure> {
        let old = self.old.compile(target, options)?;
        let new = self.new.compile(target, options)?;
        let places = [&self.old, &self.new].map(|side| Text::new(&side.sources));
        Changes::between([&old, &new], &places)
    }
}
