//! A program and one of its instructions → a call that executes it.
//!
//! Along a path every test says something of one word; a path is possible if what is said of each
//! word can be true at once.

use seccomp_profile_compiler::bpf::{AND, Insn, JA, JEQ, JGE, JGT, JSET, LD};
use seccomp_profile_compiler::linux::abi::Endian;
use seccomp_profile_compiler::linux::data::{SeccompData, Word};

/// What a search came to.
pub(crate) enum Found {
    /// A call.
    Call(SeccompData),
    /// No call executes the instruction.
    Dead,
    /// The search took too long.
    Unknown,
}

/// What all searches in one program may take: prefixes of values that are looked at.
pub(crate) const STEPS: usize = 20_000_000;
/// What one of them may.
const STEPS_FOR_ONE: usize = 1_000_000;

/// Searches a call that executes the instruction `goal`; `left` is what it may take.
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
        if leads[path.at] {
            let insn = program[path.at];
            match path.step(insn, endian, steps) {
                Some(next) => open.extend(next),
                None => return Found::Unknown,
            }
        }
    }
    Found::Dead
}

/// Which instructions some path leads from to the goal.
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
    /// What A holds: a word under a mask.
    a: (Word, u32),
    facts: Vec<(Word, Facts)>,
}

impl Path {
    /// The paths one instruction further; `None` if one cannot be judged.
    fn step(mut self, insn: Insn, endian: Endian, steps: &mut usize) -> Option<Vec<Path>> {
        self.at += 1;
        match insn.code {
            LD => self.a = (Word::at(insn.k, endian)?, u32::MAX),
            AND => self.a.1 &= insn.k,
            JA => self.at += insn.k as usize,
            _ => {
                let mut next = Vec::new();
                for (holds, skip) in [(false, insn.jf), (true, insn.jt)] {
                    let mut path = self.clone();
                    path.at += usize::from(skip);
                    if path.learn(insn, holds, steps)? {
                        next.push(path);
                    }
                }
                return Some(next);
            }
        }
        Some(vec![self])
    }

    /// Takes a test's answer for true; whether that is possible.
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
            JEQ => facts.bits.push((mask, k, holds)),
            JSET => facts.bits.push((mask & k, 0, !holds)),
            JGE if mask == u32::MAX && holds => facts.low = facts.low.max(k),
            JGE if mask == u32::MAX => facts.high = facts.high.min(k.checked_sub(1)?),
            _ => return None,
        }
        Some(facts.value(steps)?.is_some())
    }

    fn call(&self) -> SeccompData {
        let mut data = SeccompData::default();
        for (word, facts) in &self.facts {
            let value = facts
                .value(&mut STEPS_FOR_ONE.clone())
                .flatten()
                .expect("checked at every step");
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

/// What is known of a word.
#[derive(Clone)]
struct Facts {
    low: u32,
    high: u32,
    /// Whether word & mask == value.
    bits: Vec<(u32, u32, bool)>,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            low: 0,
            high: u32::MAX,
            bits: Vec::new(),
        }
    }
}

impl Facts {
    /// A value for which all facts are true; `Some(None)` if there is none, `None` if it is too
    /// hard to say.
    fn value(&self, steps: &mut usize) -> Option<Option<u32>> {
        let value = self.search(32, 0, steps);
        (*steps > 0).then_some(value)
    }

    /// Searches the values whose bits from `open` up are those of `value`.
    fn search(&self, open: u32, value: u32, steps: &mut usize) -> Option<u32> {
        *steps = steps.checked_sub(1)?;
        let below = u32::MAX.checked_shr(32 - open).unwrap_or(0);
        if value > self.high || value | below < self.low {
            return None;
        }
        for &(mask, wanted, equal) in &self.bits {
            let differs = (value & mask ^ wanted) & !below != 0 || wanted & !mask != 0;
            let decided = differs || mask & below == 0;
            if decided && differs == equal {
                return None;
            }
        }
        if open == 0 {
            return Some(value);
        }
        let bit = 1 << (open - 1);
        self.search(open - 1, value, steps)
            .or_else(|| self.search(open - 1, value | bit, steps))
    }
}
