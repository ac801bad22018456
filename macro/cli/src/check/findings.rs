//! A profile × what a program can do → where they differ.

use std::collections::{BTreeMap, BTreeSet};

use seccomp_profile_compiler::linux::action::Action;
use seccomp_profile_compiler::linux::data::SeccompData;
use seccomp_profile_compiler::linux::{errno, syscalls};
use seccomp_profile_compiler::{Abi, Compiled};
use seccomp_profile_scan::Numbers;

use crate::Failure;
use crate::fate::{Bounds, Fate, fate};
use crate::judge::{Answer, Judge, Origin};
use crate::scan::binary::Scanned;
use crate::scan::calls::{Call, makers, shown};

/// Where a profile and a program differ.
pub(super) struct Findings<'s> {
    /// Calls of the program that never run.
    pub(super) denied: Vec<Denied<'s>>,
    /// Calls of the program of which some run and some do not, as far as is known.
    pub(super) conditional: Vec<Denied<'s>>,
    /// Calls of the program that a rule answers with ENOSYS, so that C libraries make another call.
    pub(super) fallback: Vec<Denied<'s>>,
    /// Calls that run, and that nothing makes.
    pub(super) unused: Vec<Unused>,
    /// ABIs of which calls run, although the program is for another one.
    pub(super) abis: Vec<Abi>,
    /// Whether the default action lets calls run that no rule names.
    pub(super) open_default: bool,
    /// Calls that a recording has seen, and the scan has not.
    pub(super) missed: Vec<String>,
}

/// A call of the program that does not run.
pub(super) struct Denied<'s> {
    pub(super) call: &'s Call,
    pub(super) answer: Answer,
    /// One such call.
    pub(super) example: SeccompData,
    /// Indices of the functions that make it, the nearest to the start first; none if the kernel or
    /// its vDSO makes it.
    pub(super) functions: BTreeSet<usize>,
    /// Whether it is meant, by `--accept`.
    pub(super) accepted: bool,
}

/// A call that runs, and that nothing makes.
pub(super) struct Unused {
    pub(super) nr: u32,
    pub(super) name: &'static str,
    /// Where it is allowed.
    pub(super) places: Vec<String>,
    /// Whether groups allow it, and no rule of a file.
    pub(super) of_group: bool,
    pub(super) accepted: bool,
}

/// What is compared.
pub(super) struct Pair<'p> {
    pub(super) judge: &'p Judge<'p>,
    pub(super) scanned: &'p Scanned,
    /// The calls that a recording has seen.
    pub(super) recorded: &'p BTreeSet<u32>,
    /// The calls whose findings are meant.
    pub(super) accepted: &'p BTreeSet<u32>,
}

impl<'p> Pair<'p> {
    /// Returns where they differ.
    pub(super) fn findings(&self) -> Result<Findings<'p>, Failure> {
        let mut findings = Findings {
            denied: Vec::new(),
            conditional: Vec::new(),
            fallback: Vec::new(),
            unused: self.unused()?,
            abis: self.abis(),
            open_default: self.compiled().policy.default.runs(),
            missed: Vec::new(),
        };
        let mut fates = self.fates()?;
        for call in &self.scanned.calls {
            let Some((fate, functions)) = fates.remove(&call.nr) else {
                continue;
            };
            let Some((example, action)) = fate.denied else {
                continue;
            };
            let denied = Denied {
                call,
                answer: self.judge.answer(&example),
                example,
                functions,
                accepted: self.accepted.contains(&call.nr),
            };
            let enosys = errno::number(self.abi(), "ENOSYS").map(Action::Errno);
            let by_rule = matches!(denied.answer.origin, Origin::Rule | Origin::Group);
            // The flags of `clone3` are in memory, so that profiles which `record` writes answer it
            // like this; and for a number without a call the kernel has no other answer.
            let meant = by_rule || matches!(call.name, None | Some("clone3"));
            let list = match fate.runs {
                true => &mut findings.conditional,
                false if meant && Some(action) == enosys => &mut findings.fallback,
                false => &mut findings.denied,
            };
            list.push(denied);
        }
        let missed = self.recorded.iter();
        let missed = missed.filter(|nr| self.scanned.call(**nr).is_none());
        findings.missed = missed
            .map(|nr| shown(syscalls::name(self.abi(), *nr), *nr))
            .collect();
        Ok(findings)
    }

    fn abi(&self) -> Abi {
        self.scanned.abi
    }

    fn compiled(&self) -> &Compiled {
        &self.judge.compiled
    }

    /// Returns for each number what happens to the calls of all sites, and the functions whose calls
    /// do not all run.
    fn fates(&self) -> Result<BTreeMap<u32, (Fate, BTreeSet<usize>)>, Failure> {
        let policy = &self.compiled().policy;
        let mut fates: BTreeMap<u32, (Fate, BTreeSet<usize>)> = BTreeMap::new();
        let mut add = |nr: u32, bounds: &Bounds, functions: Vec<usize>| {
            let here = fate(policy, self.abi(), nr, bounds)?;
            let (all, makers) = fates.entry(nr).or_default();
            all.runs |= here.runs;
            if let Some(denied) = here.denied {
                all.denied.get_or_insert(denied);
                makers.extend(functions);
            }
            Ok::<(), Failure>(())
        };
        for site in &self.scanned.scan.sites {
            let Numbers::Bounded(numbers) = &site.numbers else {
                continue;
            };
            for number in numbers {
                add(
                    number.number,
                    &number.arguments,
                    makers(number, site.function),
                )?;
            }
        }
        let elsewhere = self.scanned.calls.iter();
        for call in elsewhere.filter(|call| !call.elsewhere.is_empty()) {
            add(call.nr, &Bounds::default(), Vec::new())?;
        }
        Ok(fates)
    }

    fn unused(&self) -> Result<Vec<Unused>, Failure> {
        let (abi, policy) = (self.abi(), &self.compiled().policy);
        let mut unused = Vec::new();
        for &(nr, name) in syscalls::calls(abi) {
            let is_used = self.scanned.call(nr).is_some() || self.recorded.contains(&nr);
            if is_used || !fate(policy, abi, nr, &Bounds::default())?.runs {
                continue;
            }
            let answers = self.judge.answers(abi.token(), nr, &[None; 6]);
            let named = |answer: &&Answer| {
                let by_rule = matches!(answer.origin, Origin::Rule | Origin::Group);
                by_rule && answer.action.runs()
            };
            let allowing: Vec<&Answer> = answers.iter().filter(named).collect();
            // What the default action allows is told in one line.
            if allowing.is_empty() {
                continue;
            }
            let mut places: Vec<String> = { allowing.iter() }
                .filter_map(|answer| answer.place.clone())
                .collect();
            places.dedup();
            unused.push(Unused {
                nr,
                name,
                places,
                of_group: { allowing.iter() }.all(|answer| answer.origin == Origin::Group),
                accepted: self.accepted.contains(&nr),
            });
        }
        Ok(unused)
    }

    /// Returns the other ABIs of which some calls run.
    fn abis(&self) -> Vec<Abi> {
        let policy = &self.compiled().policy;
        let others = policy.abis.iter().filter(|rules| rules.abi != self.abi());
        let run = others.filter(|rules| {
            let mut actions = rules.lists.values().flatten();
            policy.default.runs() || actions.any(|rule| rule.action.runs())
        });
        run.map(|rules| rules.abi).collect()
    }
}

impl Findings<'_> {
    /// Returns the numbers of the calls about which there is something.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        let denied = [&self.denied, &self.conditional, &self.fallback];
        let denied = denied.into_iter().flatten().map(|denied| denied.call.nr);
        denied
            .chain(self.unused.iter().map(|unused| unused.nr))
            .collect()
    }
}
