//! `groups`: the lists of rules that `--with` and the macro's `with` can name.

use clap::Args;
use seccomp_profile_compiler::groups::{GROUPS, named};

use crate::{Failure, Output};

/// Lists the groups of rules, or prints one as a profile.
///
/// The rules of a group can change with a release. To keep them as they are, write them to a file,
/// and name the file in place of the group.
///
/// Example: seccomp-profile groups threads > threads.json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Groups {
    /// The group to print
    name: Option<String>,
}

impl Groups {
    pub(crate) fn run(&self) -> Result<Output, Failure> {
        let Some(name) = &self.name else {
            return Ok(list().into());
        };
        match &named(&[name]) {
            Ok(_) => {}
            Err(error) => {
                return Err(Failure::Wrong(format!(
                    "{}; {}",
                    error.message, error.label
                )));
            }
        }
        let group = GROUPS.iter().find(|group| group.name == name);
        Ok(group.map_or("", |group| group.text).to_string().into())
    }
}

fn list() -> String {
    let width = GROUPS
        .iter()
        .map(|group| group.name.len())
        .max()
        .unwrap_or(0);
    let lines = GROUPS.iter().map(|group| {
        let below = match group.builds_on {
            [] => String::new(),
            names => format!(" (with {})", names.join(", ")),
        };
        format!("{:width$}  {}{below}\n", group.name, group.summary)
    });
    lines.collect()
}
