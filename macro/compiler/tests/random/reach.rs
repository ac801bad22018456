//! A program and one of its instructions → a call that executes it.
//!
//! Each test on a path is a fact about one word. A path is possible if some value of each word
//! satisfies all facts about it.

use std::ops::RangeInclusive;

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD};
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};

/// The result of a search.
pub(crate) enum Found {
    /// A call.
    Call(SeccompData),
    /// No call executes the instruction.
    Dead,
    /// The search took too long.
    Unknown,
}

/// The limit on steps of all searches in one program. Each step tries one prefix of a value.
pub(crate) const STEPS: usize = 20_000_000;
/// The limit on steps of one search.
const STEPS_FOR_ONE: usize = 1_000_000;

/// Searches for a call that executes the instruction `goal`, in at most `left` steps.
pub(crate) fn reach(program: &[Insn], endian: Endian, goal: usize, left: &mut usize) -> Found {
    let mut steps = STEPS_FOR_ONE.min(*left);
    let before = steps;
    let found = search(program, endian, goal, &mut steps);
    *left -= before - steps;
    found
}

fn search(program: &[Insn], endian: Endian, goal: usize, steps: &mut usize) -> Found {
    let leads = leading_to(program, goal);
    let mut open = vec![Path {
        at: 0,
        a: (Word::Nr, 0),
        facts: Vec::new(),
    }];
    while let Some(path) = open.pop() {
        if *steps == 0 {
            return Found::Unknown;
        }
        *steps -= 1;
        if path.at == goal {
            return Found::Call(path.call());
        }
        let insn = program[path.at];
        match path.step(insn, endian, &leads, steps) {
            Some(next) => open.extend(next),
            None => return Found::Unknown,
        }
    }
    Found::Dead
}

/// Returns for each instruction whether a path leads from it to the goal.
fn leading_to(program: &[Insn], goal: usize) -> Vec<bool> {
    let mut leads = vec![false; program.len()];
    leads[goal] = true;
    for at in (0..goal).rev() {
        let Insn { code, jt, jf, k } = program[at];
        let near = |skip: u8| leads[at + 1 + usize::from(skip)];
        leads[at] = match code {
            LD | AND => leads[at + 1],
            JA => leads[at + 1 + k as usize],
            JEQ | JGT | JGE | JSET => near(jt) || near(jf),
            _ => false,
        };
    }
    leads
}

#[derive(Clone)]
struct Path {
    at: usize,
    /// The accumulator: a word under a mask.
    a: (Word, u32),
    facts: Vec<(Word, Facts)>,
}

impl Path {
    /// Returns the paths one instruction further that lead to the goal, or `None` if one cannot be
    /// decided.
    fn step(
        mut self,
        insn: Insn,
        endian: Endian,
        leads: &[bool],
        steps: &mut usize,
    ) -> Option<Vec<Path>> {
        self.at += 1;
        match insn.code {
            LD => self.a = (Word::at(insn.k, endian)?, u32::MAX),
            AND => self.a.1 &= insn.k,
            JA => self.at += insn.k as usize,
            _ => {
                let [yes, no] = [insn.jt, insn.jf].map(|skip| self.at + usize::from(skip));
                let mut next = Vec::new();
                let branches = [(false, no), (true, yes)].into_iter();
                for (holds, at) in branches.filter(|(_, at)| leads[*at]) {
                    let mut path = Path { at, ..self.clone() };
                    if path.learn(insn, holds, steps)? {
                        next.push(path);
                    }
                }
                return Some(next);
            }
        }
        Some(vec![self])
    }

    /// Adds the outcome of a test to the facts. Returns whether the path is still possible.
    fn learn(&mut self, insn: Insn, holds: bool, steps: &mut usize) -> Option<bool> {
        let (word, mask) = self.a;
        let index = match self.facts.iter().position(|(of, _)| *of == word) {
            Some(index) => index,
            None => {
                self.facts.push((word, Facts::default()));
                self.facts.len() - 1
            }
        };
        let facts = &mut self.facts[index].1;
        let k = insn.k;
        match insn.code {
            JEQ => facts.bits.push(Bits {
                mask,
                wanted: k,
                equal: holds,
            }),
            JSET => facts.bits.push(Bits {
                mask: mask & k,
                wanted: 0,
                equal: !holds,
            }),
            JGE if mask == u32::MAX && holds => facts.low = facts.low.max(k),
            JGE if mask == u32::MAX => facts.high = facts.high.min(k.checked_sub(1)?),
            _ => return None,
        }
        facts.find_value(steps)
    }

    fn call(&self) -> SeccompData {
        let mut data = SeccompData::default();
        for (word, facts) in &self.facts {
            let value = facts.value;
            let (low, high) = (u64::from(value), u64::from(value) << 32);
            match *word {
                Word::Nr => data.nr = value,
                Word::Arch => data.arch = value,
                Word::IpLow => data.instruction_pointer |= low,
                Word::IpHigh => data.instruction_pointer |= high,
                Word::ArgLow(arg) => data.args[usize::from(arg)] |= low,
                Word::ArgHigh(arg) => data.args[usize::from(arg)] |= high,
            }
        }
        data
    }
}

/// The facts about a word.
#[derive(Clone)]
struct Facts {
    low: u32,
    high: u32,
    bits: Vec<Bits>,
    /// A value that satisfies all facts, once `find_value` has found it.
    value: u32,
}

/// A fact: whether word & mask == wanted.
#[derive(Clone, Copy)]
struct Bits {
    mask: u32,
    wanted: u32,
    equal: bool,
}

impl Bits {
    /// Returns whether the fact is true of all values (`Some(true)`), of none (`Some(false)`) or of
    /// some (`None`) that differ from `value` only in the bits `open`.
    fn decided(self, value: u32, open: u32) -> Option<bool> {
        let Bits {
            mask,
            wanted,
            equal,
        } = self;
        let differs = (value & mask ^ wanted) & !open != 0 || wanted & !mask != 0;
        (differs || mask & open == 0).then_some(differs != equal)
    }
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            low: 0,
            high: u32::MAX,
            bits: Vec::new(),
            value: 0,
        }
    }
}

impl Facts {
    /// Finds a value that satisfies all facts, and returns whether there is one. Returns `None` if
    /// the search takes too long.
    fn find_value(&mut self, steps: &mut usize) -> Option<bool> {
        // The value of the facts so far often satisfies the new one too.
        let bounds = self.low..=self.high;
        let same = |fact: &Bits| fact.decided(self.value, 0) == Some(true);
        if bounds.contains(&self.value) && self.bits.iter().all(same) {
            return Some(true);
        }
        let found = search_value(bounds, u32::MAX, 0, &mut self.bits, steps);
        self.value = found.unwrap_or(self.value);
        (*steps > 0).then_some(found.is_some())
    }
}

/// Searches for a value within the bounds that satisfies all facts, among the values that differ
/// from `value` only in the bits `open`, which are the lowest ones. Reorders the facts.
fn search_value(
    bounds: RangeInclusive<u32>,
    open: u32,
    value: u32,
    facts: &mut [Bits],
    steps: &mut usize,
) -> Option<u32> {
    *steps = steps.checked_sub(1)?;
    let last = value | open;
    let first = value.max(*bounds.start());
    if first > last.min(*bounds.end()) {
        return None;
    }
    // Undecided facts come first.
    let (mut at, mut undecided) = (0, facts.len());
    while at < undecided {
        match facts[at].decided(value, open) {
            None => at += 1,
            Some(true) => {
                undecided -= 1;
                facts.swap(at, undecided);
            }
            Some(false) => return None,
        }
    }
    let facts = &mut facts[..undecided];
    if facts.is_empty() {
        return Some(first);
    }
    let bit = open ^ open >> 1;
    // If the bit is in no fact and both halves are within the bounds, they are alike.
    let alike = facts.iter().all(|fact| fact.mask & bit == 0)
        && bounds.contains(&value)
        && bounds.contains(&last);
    search_value(bounds.clone(), open >> 1, value, facts, steps)
        .or_else(|| (!alike).then(|| search_value(bounds, open >> 1, value | bit, facts, steps))?)
}
