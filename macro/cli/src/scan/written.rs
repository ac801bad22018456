//! What a program can do → a profile that allows it, by what `record` writes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::abi::X32_BIT;
use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::{errno, syscalls};
use seccomp_profile_compiler::policy::Policy;

use super::binary::Scanned;
use super::calls::Call;
use crate::Failure;
use crate::failure::complain;
use crate::fate::{Bounds, fate};
use crate::inspect::phrase::plain;
use crate::record::arguments::Choices;
use crate::record::covered;
use crate::record::file::Target;
use crate::record::seen::{self, Refused, Seen};
use crate::record::task::{Manner, Origin, Task};

/// How many combinations of values of arguments become conditions at most.
const MOST_COMBINATIONS: usize = 64;

/// Writes the profile and says what is in it; returns whether all is well.
pub(super) fn write(scanned: &Scanned, manner: Manner<'_>, file: PathBuf) -> Result<bool, Failure> {
    let task = Task::new(manner, scanned.abi, Target::new(Some(file), &[])?)?;
    let groups = match task.args.groups {
        true => covered::policies(&task)?,
        false => Vec::new(),
    };
    let mut seen = Seen::default();
    let mut yes = true;
    for call in &scanned.calls {
        if call.name.is_none() {
            // The kernel answers most of these with ENOSYS, as the profile does; but not those that
            // are newer than the table.
            complain(&format!("{}: no rule can allow it", call.shown()));
            yes &= call.nr < syscalls::highest(scanned.abi) || call.nr & X32_BIT != 0;
            continue;
        }
        seen.calls.insert(call.nr, possible(&task, &groups, call)?);
    }
    Ok(task.write(&seen)?.all && yes)
}

/// Returns where the rules come from, for their comments.
pub(super) fn origin(scanned: &Scanned) -> Origin {
    let lacks = match scanned.lacks() {
        None => String::new(),
        Some(lacks) => format!(". NOT COMPLETE: {lacks}"),
    };
    Origin::Code(format!(
        "{} (on {}), all that its code can do, which is more than it does{lacks}",
        plain(&scanned.path),
        scanned.abi
    ))
}

/// Returns what is known of a call, as if all that is possible had been seen.
fn possible(task: &Task<'_>, groups: &[Policy], call: &Call) -> Result<seen::Call, Failure> {
    let (abi, nr) = (task.abi, call.nr);
    let of_profile = fate(&task.compiled.policy, abi, nr, &call.bounds)?;
    // As `record` answers it: a filter cannot see its flags.
    let enosys =
        call.name == Some("clone3") && of_profile.denied.is_some() && !task.overrides.contains(&nr);
    let is_enosys = |action: Action| {
        errno::number(abi, "ENOSYS").is_some_and(|number| action == Action::Errno(number))
    };
    let refused = of_profile
        .denied
        .filter(|(_, answer)| !enosys || !is_enosys(*answer));
    let mut allowing = 0;
    for (at, group) in groups.iter().enumerate() {
        let of_group = fate(group, abi, nr, &call.bounds)?;
        let suits = match of_group.denied {
            None => !enosys,
            Some((_, answer)) => enosys && !of_group.runs && is_enosys(answer),
        };
        if suits {
            allowing |= 1 << at;
        }
    }
    Ok(seen::Call {
        enosys,
        decided: true,
        refused: refused.map(|(data, answer)| Refused {
            args: data.args,
            answer,
        }),
        choices: choices(abi, nr, &call.bounds),
        groups: BTreeSet::from([allowing]),
    })
}

/// Returns the values of arguments, where all of them are known.
fn choices(abi: Abi, nr: u32, bounds: &Bounds) -> Option<Choices> {
    let known = |index: usize| bounds[index].as_ref().filter(|values| !values.is_empty());
    let mut choices = Choices::new(abi, nr)?.only(|index| known(index).is_some())?;
    let mut all = vec![[0; 6]];
    for index in choices.indices() {
        let values = known(index)?;
        if all.len() * values.len() > MOST_COMBINATIONS {
            return None;
        }
        let with = |args: &[u64; 6], value: u64| {
            let mut args = *args;
            args[index] = value;
            args
        };
        all = { all.iter() }
            .flat_map(|args| values.iter().map(move |value| with(args, *value)))
            .collect();
    }
    for args in &all {
        choices.add(args);
    }
    Some(choices)
}
