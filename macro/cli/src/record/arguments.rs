//! The arguments of a call that choose something → conditions that allow what was seen.
//!
//! `linux/arguments.csv` says which arguments have a vocabulary of constants. Of a choice, the
//! values are conditions; of flags, the bits that were never set must not be set.

use std::collections::BTreeSet;

use seccomp_profile_compiler::Abi;
use seccomp_profile_compiler::linux::arguments::{self, Argument, Part, Type};
use seccomp_profile_compiler::linux::{call, constants, syscalls};

use super::rule::{Condition, Datum};

/// Flags without which a call can do more: they must be set if they always were.
const RESTRICTING: [&str; 2] = ["CLONE_THREAD", "MAP_ANONYMOUS"];

/// Flags that musl always sets, for every file and for every thread, with their bits if the table
/// lacks them. They do nothing.
const HARMLESS: [(&str, &str, u64); 2] = [
    ("O", "O_LARGEFILE", 0),
    ("CLONE", "CLONE_DETACHED", 0x0040_0000),
];

/// What C libraries do with a futex: for one deed each library makes another choice of these. They
/// are the operations of the group `threads`.
const LOCKS: [&str; 6] = [
    "FUTEX_WAIT",
    "FUTEX_WAKE",
    "FUTEX_REQUEUE",
    "FUTEX_CMP_REQUEUE",
    "FUTEX_WAKE_OP",
    "FUTEX_WAIT_BITSET",
];

/// All bits of an operation of a futex but FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME.
const FUTEX_OPERATION: u64 = 0xffff_fe7f;

/// How many combinations of values a person still reads.
const READABLE: usize = 8;

/// What was seen of the arguments of a call.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    abi: Abi,
    choices: Vec<(usize, Argument)>,
    flags: Vec<(usize, Argument)>,
    /// The combinations of values of the choices; other arguments are 0. One more than
    /// [`READABLE`] at most.
    seen: BTreeSet<[u64; 6]>,
    last: [u64; 6],
    /// The bits that some call had.
    any: [u64; 6],
    /// The bits that all calls had.
    all: [u64; 6],
}

/// Which calls of one name are allowed.
pub(super) enum Allowed {
    /// All of them, and why not only those that were seen.
    Always(Option<String>),
    /// Those that meet all conditions of one of these, with a comment.
    If(Vec<(String, Vec<Condition>)>),
}

impl Choices {
    /// Returns nothing if the call has no such arguments.
    pub(crate) fn new(abi: Abi, nr: u32) -> Option<Choices> {
        let call = syscalls::name(abi, nr)?;
        let signature = arguments::of(abi, call)?;
        let (mut choices, mut flags) = (Vec::new(), Vec::new());
        for index in 0..arguments::REGISTERS {
            let Some(argument) = signature.get(index) else {
                continue;
            };
            match argument {
                Argument { family: None, .. } => {}
                Argument { part, .. } if part != Part::Whole => {}
                // A descriptor, or the mode of a new file.
                Argument {
                    kind: Type::Descriptor | Type::Short,
                    ..
                } => {}
                Argument {
                    kind: Type::Flags | Type::LongFlags,
                    ..
                } => flags.push((index, argument)),
                _ => choices.push((index, argument)),
            }
        }
        if choices.is_empty() && flags.is_empty() {
            return None;
        }
        Some(Choices {
            abi,
            choices,
            flags,
            seen: BTreeSet::new(),
            last: [u64::MAX; 6],
            any: [0; 6],
            all: [u64::MAX; 6],
        })
    }

    /// Leaves out the arguments of which not all values are known; nothing if there is no other.
    pub(crate) fn only(mut self, is_known: impl Fn(usize) -> bool) -> Option<Choices> {
        self.choices.retain(|(index, _)| is_known(*index));
        self.flags.retain(|(index, _)| is_known(*index));
        (!self.choices.is_empty() || !self.flags.is_empty()).then_some(self)
    }

    /// Returns the arguments that choose something, by index.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> {
        let all = self.choices.iter().chain(&self.flags);
        all.map(|(index, _)| *index)
    }

    /// Adds a call; returns whether it had something new.
    pub(crate) fn add(&mut self, args: &[u64; 6]) -> bool {
        let mut new = false;
        for (index, _) in &self.flags {
            new |= args[*index] & !self.any[*index] != 0;
            self.any[*index] |= args[*index];
            self.all[*index] &= args[*index];
        }
        let mut values = [0; 6];
        for (index, argument) in &self.choices {
            values[*index] = args[*index] & argument.width(self.abi).max();
        }
        if values != self.last && self.seen.len() <= READABLE {
            new |= self.seen.insert(values);
        }
        self.last = values;
        new
    }

    /// Returns whether all calls had a flag.
    pub(super) fn always_had(&self, flag: &str) -> bool {
        let bit = constants::value(self.abi, flag).unwrap_or(0);
        let mut flags = self.flags.iter();
        bit != 0 && flags.any(|(index, _)| self.all[*index] & bit != 0)
    }

    /// Returns what allows the calls that were seen. `names`: with names of constants. `exact`: not
    /// what another C library adds.
    pub(super) fn allowed(&self, names: bool, exact: bool) -> Allowed {
        if self.seen.len() > READABLE {
            let choices: Vec<&str> = { self.choices.iter() }
                .map(|(_, argument)| argument.name)
                .collect();
            return Allowed::Always(Some(format!(
                "Without conditions: more than {READABLE} choices of {} were seen",
                choices.join(" and ")
            )));
        }
        if let ([choice], false) = (&self.choices[..], exact) {
            if choice.1.family == Some("FUTEX") {
                return self.futex(choice, names);
            }
        }
        let free: Vec<&(usize, Argument)> = { self.choices.iter() }
            .filter(|(index, argument)| self.is_free(*index, argument))
            .collect();
        let choices: Vec<&(usize, Argument)> = { self.choices.iter() }
            .filter(|(index, _)| free.iter().all(|(other, _)| other != index))
            .collect();
        let masks: Vec<Condition> = { self.flags.iter() }
            .map(|(index, argument)| self.mask(*index, argument, exact))
            .collect();
        let flags = { self.flags.iter() }.map(|(index, argument)| {
            let text = call::value_of(
                self.abi,
                *argument,
                self.any[*index] & argument.width(self.abi).max(),
                argument.width(self.abi),
            );
            let always = self.always(*index, argument).map(|(flag, _)| flag);
            let always = always.collect::<Vec<_>>().join("|");
            let always = match always.as_str() {
                "" => always,
                _ => format!(", always {always}"),
            };
            format!("bits of {} seen: {text}{always}", argument.name)
        });
        let mut remarks: Vec<String> = flags.collect();
        remarks.extend(free.iter().map(|(_, argument)| {
            format!("any {}: values that have no name were seen", argument.name)
        }));
        let combinations: BTreeSet<Vec<u64>> = { self.seen.iter() }
            .map(|values| choices.iter().map(|(index, _)| values[*index]).collect())
            .collect();
        if let ([choice], true) = (&choices[..], masks.is_empty()) {
            // Conditions on one argument are alternatives.
            let values: Vec<u64> = combinations.iter().flatten().copied().collect();
            let texts: Vec<String> = { values.iter() }
                .map(|value| self.shown(choice, *value, &values))
                .collect();
            let comment = format!("{} is {}", choice.1.name, texts.join(", "));
            let comment = { [comment].into_iter().chain(remarks) }.collect::<Vec<_>>();
            let args = values
                .iter()
                .map(|value| self.equal(choice, *value, &values, names));
            return Allowed::If(vec![(comment.join("; "), args.collect())]);
        }
        if choices.is_empty() && masks.is_empty() {
            return Allowed::Always(Some(remarks.join("; ")));
        }
        let ways = combinations.iter().map(|values| {
            let chosen = || choices.iter().zip(values);
            let texts = chosen().map(|(choice, value)| {
                format!(
                    "{} is {}",
                    choice.1.name,
                    self.shown(choice, *value, values)
                )
            });
            let comment: Vec<String> = texts.chain(remarks.iter().cloned()).collect();
            let equal = chosen().map(|(choice, value)| self.equal(choice, *value, values, names));
            let mut args: Vec<Condition> = equal.chain(masks.iter().cloned()).collect();
            args.sort();
            (comment.join("; "), args)
        });
        Allowed::If(ways.collect())
    }

    /// Returns what allows the operations of a futex that were seen, and those that other C libraries
    /// choose for the same.
    fn futex(&self, (index, argument): &(usize, Argument), names: bool) -> Allowed {
        let locks = LOCKS
            .iter()
            .filter_map(|name| constants::value(self.abi, name));
        let seen = self
            .seen
            .iter()
            .map(|values| values[*index] & FUTEX_OPERATION);
        let all: BTreeSet<u64> = locks.chain(seen).collect();
        let all: Vec<u64> = all.into_iter().collect();
        let args = all.iter().map(|value| {
            let named = self.names_of(argument, *value, &all).filter(|_| names);
            Condition {
                index: *index as u8,
                value: Datum::Number(FUTEX_OPERATION),
                masked: Some(named.map_or(Datum::Number(*value), Datum::Names)),
            }
        });
        let texts = { self.seen.iter() }
            .map(|values| self.shown(&(*index, *argument), values[*index], &all))
            .collect::<Vec<_>>();
        let comment = format!(
            "{} is {}, or what C libraries choose instead",
            argument.name,
            texts.join(", ")
        );
        Allowed::If(vec![(comment, args.collect())])
    }

    /// Returns whether the values of a choice are numbers that depend on the run, such as the clock
    /// of a process.
    fn is_free(&self, index: usize, argument: &Argument) -> bool {
        let sign = argument.width(self.abi).max() >> 1;
        let mut values = self.seen.iter().map(|values| values[index]);
        values.any(|value| value > sign && argument.kind.is_signed())
    }

    /// Returns a condition that forbids the bits that were never set. The high half of a 64-bit
    /// argument has no flags.
    fn mask(&self, index: usize, argument: &Argument, exact: bool) -> Condition {
        let mut seen = self.any[index];
        if !exact {
            let mut harmless = HARMLESS.iter();
            let here = harmless.find(|(family, ..)| Some(*family) == argument.family);
            seen |= here.map_or(0, |(_, flag, bit)| {
                constants::value(self.abi, flag).unwrap_or(*bit)
            });
        }
        let always = self.always(index, argument).map(|(_, bit)| bit);
        let always = always.fold(0, |bits, bit| bits | bit);
        Condition {
            index: index as u8,
            value: Datum::Number(u64::from(!(seen as u32)) | always),
            masked: Some(Datum::Number(always)),
        }
    }

    /// Returns the restricting flags that all calls had, with their bits.
    fn always(
        &self,
        index: usize,
        argument: &Argument,
    ) -> impl Iterator<Item = (&'static str, u64)> {
        let of_family = |flag: &&str| constants::family(flag) == argument.family;
        let flags = RESTRICTING.into_iter().filter(of_family);
        flags.filter_map(move |flag| {
            let bit = constants::value(self.abi, flag)?;
            (self.all[index] & bit != 0).then_some((flag, bit))
        })
    }

    fn equal(
        &self,
        (index, argument): &(usize, Argument),
        value: u64,
        all: &[u64],
        names: bool,
    ) -> Condition {
        let named = self.names_of(argument, value, all).filter(|_| names);
        let datum = named.map_or(Datum::Number(value), Datum::Names);
        // The kernel takes 32 bits, which one C library extends with zeros and another by the sign.
        let low = u64::from(u32::MAX);
        let is_ambiguous = argument.width(self.abi).max() == low && value > low >> 1;
        let (value, masked) = match is_ambiguous {
            true => (Datum::Number(low), Some(datum)),
            false => (datum, None),
        };
        Condition {
            index: *index as u8,
            value,
            masked,
        }
    }

    fn shown(&self, (_, argument): &(usize, Argument), value: u64, all: &[u64]) -> String {
        { self.names_of(argument, value, all) }.unwrap_or_else(|| call::number(value))
    }

    /// Returns the names that make up a value, if they make up all of it.
    fn names_of(&self, argument: &Argument, value: u64, all: &[u64]) -> Option<String> {
        // Other levels have options of their own.
        let is_option = argument.name == "optname";
        if is_option && all.first().copied() != constants::value(self.abi, "SOL_SOCKET") {
            return None;
        }
        let (names, rest) = constants::names_of(self.abi, argument.family?, value);
        (rest == 0 && !names.is_empty()).then(|| names.join("|"))
    }
}
